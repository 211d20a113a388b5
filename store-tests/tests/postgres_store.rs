//! What `PostgresStore` keeps beyond the sentences of every store, on a PostgreSQL that is well.

#[allow(dead_code, reason = "a part of what tests share")]
mod postgres;

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use postgres::{
    EXPIRES, NOW, commit, entries, entry, key, login, logout, new_name, new_store, owner, pool_of,
    pool_with, row, set, store_in,
};
use session_postgres::PostgresStore;
use session_runtime::store::{
    Change, Commit, Committed, Created, Ended, Entry, EntryTag, Listed, Loaded, Mark, MemoryStore,
    NewRow, Owner, Renewal, Role, RowEnding, Store, StoreErrorKind, Why,
};
use sqlx::postgres::PgPool;
use sqlx::{AssertSqlSafe, Executor as _, query_scalar};
use store_tests::postgres::shared_postgres;
use tokio::task::{JoinHandle, JoinSet};

fn pool() -> PgPool {
    pool_of(shared_postgres())
}

/// Runs SQL of the test's own.
async fn run(pool: &PgPool, sql: &str) {
    pool.execute(AssertSqlSafe(sql)).await.unwrap();
}

async fn count(pool: &PgPool, sql: &str) -> i64 {
    query_scalar(AssertSqlSafe(sql))
        .fetch_one(pool)
        .await
        .unwrap()
}

/// Every operation, on rows that are not there.
async fn each_operation(store: &PostgresStore) -> [(&'static str, Option<StoreErrorKind>); 9] {
    let (row, of_a_user) = (row(900, None), row(901, Some(owner(9))));
    let owners = [owner(9)];
    let commit = commit(&[]);
    let failed = |result: Result<(), session_runtime::store::StoreError>| {
        result.err().map(|error| error.kind())
    };
    [
        ("load", failed(store.load(key(900), NOW).await.map(drop))),
        ("create", failed(store.create(row, NOW).await.map(drop))),
        (
            "create of a user",
            failed(store.create(of_a_user, NOW).await.map(drop)),
        ),
        (
            "commit",
            failed(store.commit(key(900), commit, NOW).await.map(drop)),
        ),
        (
            "end",
            failed(store.end(key(900), logout(&[]), NOW).await.map(drop)),
        ),
        ("list", failed(store.list(&owners, NOW).await.map(drop))),
        (
            "end_all",
            failed(store.end_all(&owners, None, EXPIRES, NOW).await.map(drop)),
        ),
        ("sweep", failed(store.sweep(NOW, 64).await.map(drop))),
        ("check", failed(store.check().await)),
    ]
}

#[tokio::test]
#[cfg_attr(no_postgres, ignore = "there is no postgres")]
async fn ten_instances_create_the_tables_at_once() {
    for _ in 0..10 {
        let table = new_name();
        let mut instances = JoinSet::new();
        for _ in 0..10 {
            let instance = PostgresStore::new(pool()).table(&table).unwrap();
            instances.spawn(async move {
                instance.create_tables().await.unwrap();
                instance.create_tables().await.unwrap();
            });
        }
        instances.join_all().await;
    }
}

#[tokio::test]
#[cfg_attr(no_postgres, ignore = "there is no postgres")]
async fn whatever_a_name_has_in_it_the_store_keeps_to_its_table() {
    let pool = pool();
    run(
        &pool,
        "CREATE TABLE victim (x int); INSERT INTO victim VALUES (7)",
    )
    .await;
    run(
        &pool,
        r#"CREATE SCHEMA "it's ""mine"""; CREATE SCHEMA "session_rows""#,
    )
    .await;
    let names = [
        ("it's \"mine\"", "x\"; DROP TABLE victim; --"),
        ("it's \"mine\"", "'); DROP TABLE victim; --"),
        ("session_rows", "session_rows_owner"),
        ("public", "Sitzungen für \u{1f36a}"),
        ("public", "$1 {} %s \\ /* "),
        ("public", "a.b"),
    ];
    for (schema, table) in names {
        let store = PostgresStore::new(pool.clone())
            .schema(schema)
            .unwrap()
            .table(table)
            .unwrap();
        store.create_tables().await.unwrap();
        store.create_tables().await.unwrap();
        assert_eq!(
            store.create(row(1, Some(owner(1))), NOW).await.unwrap(),
            Created::Done
        );
        assert_eq!(set(&store, 1, 1, 5).await.unwrap(), Committed::Done);
        assert_eq!(entries(&store, 1).await, [entry(1, 5)]);
        assert_eq!(
            store
                .end_all(&[owner(1)], None, EXPIRES, NOW)
                .await
                .unwrap(),
            1
        );
        let (schema, table) = (schema.replace('\'', "''"), table.replace('\'', "''"));
        let relations = format!(
            "SELECT count(*) FROM pg_class WHERE relnamespace = \
             (SELECT oid FROM pg_namespace WHERE nspname = '{schema}') \
             AND relname IN ('{table}', '{table}_owner', '{table}_expires', '{table}_pkey')"
        );
        assert_eq!(count(&pool, &relations).await, 4, "{table}");
    }
    assert_eq!(count(&pool, "SELECT x::bigint FROM victim").await, 7);
}

#[tokio::test]
#[cfg_attr(no_postgres, ignore = "there is no postgres")]
async fn the_statements_for_a_migration_are_those_of_create_tables() {
    let pool = pool();
    run(&pool, "CREATE SCHEMA by_hand; CREATE SCHEMA by_call").await;
    let by_hand = pool_with(shared_postgres(), |options| {
        options.options([("search_path", "by_hand")])
    });
    for _ in 0..2 {
        by_hand.execute(PostgresStore::CREATE_TABLES).await.unwrap();
    }
    let by_hand = PostgresStore::new(by_hand);
    by_hand.create_tables().await.unwrap();
    assert_eq!(
        by_hand.create(row(1, None), NOW).await.unwrap(),
        Created::Done
    );
    let by_call = PostgresStore::new(pool.clone()).schema("by_call").unwrap();
    by_call.create_tables().await.unwrap();
    let describe = |schema: &str| {
        AssertSqlSafe(format!(
            "SELECT string_agg(indexdef, '; ' ORDER BY indexdef) || ( \
             SELECT reloptions::text FROM pg_class WHERE oid = '{schema}.session_rows'::regclass) || ( \
             SELECT string_agg(attname || attstorage::text || attnotnull::text, ',' ORDER BY attnum) \
             FROM pg_attribute WHERE attrelid = '{schema}.session_rows'::regclass) \
             FROM pg_indexes WHERE schemaname = '{schema}'"
        ))
    };
    let by_hand: String = query_scalar(describe("by_hand"))
        .fetch_one(&pool)
        .await
        .unwrap();
    let by_call: String = query_scalar(describe("by_call"))
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(by_hand.replace("by_hand", "by_call"), by_call);
}

#[tokio::test]
#[cfg_attr(no_postgres, ignore = "there is no postgres")]
async fn without_its_table_every_operation_says_what_to_call() {
    let store = PostgresStore::new(pool()).table("nowhere").unwrap();
    for (operation, failed) in each_operation(&store).await {
        assert_eq!(failed, Some(StoreErrorKind::NotSetUp), "{operation}");
    }
    let error = store.check().await.unwrap_err().to_string();
    assert_eq!(
        error,
        "the store is not set up: relation \"nowhere\" does not exist (SQLSTATE 42P01); call \
         `PostgresStore::create_tables`, or run the statements that `PostgresStore::create_tables_sql` returns"
    );
    let store = store.schema("no schema").unwrap();
    let error = store.create_tables().await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::NotSetUp, "{error}");
}

#[tokio::test]
#[cfg_attr(no_postgres, ignore = "there is no postgres")]
async fn a_table_with_other_columns_is_refused_when_tables_are_created() {
    let pool = pool();
    run(&pool, "CREATE TABLE of_another (key bytea, mark text)").await;
    let store = PostgresStore::new(pool).table("of_another").unwrap();
    let error = store.create_tables().await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Other);
    assert!(
        error
            .to_string()
            .contains("it has the columns key bytea, mark text;"),
        "{error}"
    );
}

#[tokio::test]
#[cfg_attr(no_postgres, ignore = "there is no postgres")]
async fn a_table_that_would_lack_an_index_is_not_created_and_the_error_says_what_to_do() {
    let pool = pool();
    let store = |table: &str| PostgresStore::new(pool.clone()).table(table).unwrap();
    store("set_aside").create_tables().await.unwrap();
    run(&pool, "ALTER TABLE set_aside RENAME TO set_aside_before").await;
    for _ in 0..2 {
        let error = store("set_aside").create_tables().await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::NotSetUp);
        let error = error.to_string();
        assert!(
            error.contains("has no index of its column owner"),
            "{error}"
        );
        assert!(error.contains("\"set_aside_owner\""), "{error}");
    }
    let there = "SELECT count(*) FROM pg_class WHERE relname = 'set_aside'";
    assert_eq!(count(&pool, there).await, 0);

    run(&pool, "DROP TABLE set_aside_before").await;
    store("set_aside").create_tables().await.unwrap();
    run(&pool, "DROP INDEX set_aside_expires").await;
    let error = store("set_aside").create_tables().await.unwrap_err();
    assert!(error.to_string().contains("its column expires"), "{error}");
    run(&pool, "CREATE INDEX by_another_name ON set_aside (expires)").await;
    store("set_aside").create_tables().await.unwrap();
}

#[tokio::test]
#[cfg_attr(no_postgres, ignore = "there is no postgres")]
async fn an_end_of_all_that_is_interrupted_leaves_less_for_the_next_one() {
    let (pool, table) = (pool(), new_name());
    let store = store_in(pool.clone(), &table).await;
    run(
        &pool,
        &format!(
            "INSERT INTO {table} (key, expires, mark, owner, fields, sealed) \
             SELECT int8send(n) || int8send(n), {EXPIRES}, int8send(n), decode(repeat('01', 16), 'hex'), '{{}}', '{{}}' \
             FROM generate_series(1, 2500) AS n"
        ),
    )
    .await;
    let owners = [owner(1)];
    let alive = format!("SELECT count(*) FROM {table} WHERE why IS NULL");
    let mut other = pool.begin().await.unwrap();
    let last =
        format!("SELECT FROM {table} WHERE key = int8send(2500) || int8send(2500) FOR UPDATE");
    other.execute(AssertSqlSafe(last)).await.unwrap();
    let end_all = store.end_all(&owners, None, EXPIRES, NOW);
    let waits = tokio::time::timeout(Duration::from_secs(5), end_all).await;
    assert!(waits.is_err());
    assert_eq!(count(&pool, &alive).await, 500);
    other.rollback().await.unwrap();
    let left = store.end_all(&owners, None, EXPIRES, NOW).await;
    assert_eq!(left.unwrap(), 500);
    assert_eq!(count(&pool, &alive).await, 0);
}

#[tokio::test]
#[cfg_attr(no_postgres, ignore = "there is no postgres")]
async fn a_row_that_cannot_be_read_counts_as_missing_and_ends_all_the_same() {
    let pool = pool();
    let table = new_name();
    let store = store_in(pool.clone(), &table).await;
    let damages = [
        "mark = 'short'",
        "mark = NULL",
        "owner = 'short'",
        "expires = 9223372036854775807, why = 4",
        "why = -1",
        "fields = NULL",
        "sealed = NULL",
        "sealed = sealed || 'more'::bytea",
        "fields = array_append(fields, NULL), sealed = array_append(sealed, NULL)",
        "fields = '{-1}'",
        "fields = '{2147483647}'",
        "sealed = '{{x},{y}}'",
        "fields = '[0:0]={1}', sealed = '{}'",
        "before_mark = 'too long for it'",
        "before_mark = mark, before_until = -1, before_fields = '{}', before_sealed = '{}'",
        "before_mark = mark, before_until = 9223372036854775807",
    ];
    for (number, damage) in (1..).zip(damages) {
        let entries = [entry(1, 1)];
        let new = NewRow {
            entries: &entries,
            ..row(number, Some(owner(1)))
        };
        assert_eq!(store.create(new, NOW).await.unwrap(), Created::Done);
        run(&pool, &format!("UPDATE {table} SET {damage} WHERE why IS NULL AND key = '\\xabababababababababababab{number:08x}'")).await;
        assert_eq!(
            store.load(key(number), NOW).await.unwrap(),
            Loaded::Missing,
            "{damage}"
        );
        assert_eq!(
            store.create(new, NOW).await.unwrap(),
            Created::Taken,
            "{damage}"
        );
        // An answer or an error, and no panic.
        let _ = set(&store, number, 1, 2).await;
        let _ = store.commit(key(number), login(2, owner(1)), NOW).await;
        store.list(&[owner(1)], NOW).await.unwrap();
        store
            .end_all(&[owner(1)], None, EXPIRES, NOW)
            .await
            .unwrap();
        store
            .end(key(number), logout(&[owner(1)]), NOW)
            .await
            .unwrap();
        run(&pool, &format!("DELETE FROM {table}")).await;
    }
}

#[tokio::test]
#[cfg_attr(no_postgres, ignore = "there is no postgres")]
async fn on_a_read_only_server_sessions_are_read_and_nothing_is_written() {
    let table = new_name();
    let writer = store_in(pool(), &table).await;
    writer.create(row(1, Some(owner(1))), NOW).await.unwrap();
    let read_only = pool_with(shared_postgres(), |options| {
        options.options([("default_transaction_read_only", "on")])
    });
    let store = PostgresStore::new(read_only).table(&table).unwrap();
    for (operation, failed) in each_operation(&store).await {
        let expected = match operation {
            "load" | "list" | "check" => None,
            _ => Some(StoreErrorKind::ReadOnly),
        };
        assert_eq!(failed, expected, "{operation}");
    }
    assert!(matches!(
        store.load(key(1), NOW).await.unwrap(),
        Loaded::Alive(_)
    ));
    store.create_tables().await.unwrap();
}

#[tokio::test]
#[cfg_attr(no_postgres, ignore = "there is no postgres")]
async fn a_role_without_the_right_to_create_uses_tables_that_are_there() {
    let pool = pool();
    run(
        &pool,
        "CREATE SCHEMA web; CREATE ROLE web LOGIN; GRANT USAGE ON SCHEMA web TO web",
    )
    .await;
    let of_the_role = pool_with(shared_postgres(), |options| options.username("web"));
    let store = PostgresStore::new(of_the_role).schema("web").unwrap();
    let refused = store.create_tables().await.unwrap_err();
    assert_eq!(refused.kind(), StoreErrorKind::ReadOnly, "{refused}");
    let migration = PostgresStore::new(pool.clone()).schema("web").unwrap();
    migration.create_tables().await.unwrap();
    run(
        &pool,
        "GRANT SELECT, INSERT, UPDATE, DELETE ON web.session_rows TO web",
    )
    .await;
    store.create_tables().await.unwrap();
    for (operation, failed) in each_operation(&store).await {
        assert_eq!(failed, None, "{operation}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(no_postgres, ignore = "there is no postgres")]
async fn in_every_isolation_sixty_four_tasks_on_one_session_keep_every_change() {
    for isolation in ["read committed", "repeatable read", "serializable"] {
        let pool = pool_with(shared_postgres(), |options| {
            options.options([("default_transaction_isolation", isolation)])
        });
        let store = new_store(pool).await;
        store.create(row(1, None), NOW).await.unwrap();
        let mut tasks = JoinSet::new();
        for field in 0..64 {
            let store = store.clone();
            tasks.spawn(async move {
                for value in 0..4 {
                    store.load(key(1), NOW).await.unwrap();
                    assert_eq!(set(&store, 1, field, value).await.unwrap(), Committed::Done);
                }
            });
        }
        tasks.join_all().await;
        let all: Vec<_> = (0..64).map(|field| entry(field, 3)).collect();
        assert_eq!(entries(&store, 1).await, all, "{isolation}");
    }
}

async fn updates_of(pool: &PgPool, table: &str) -> (i64, i64) {
    run(pool, "SELECT pg_stat_force_next_flush()").await;
    let column = |name| format!("SELECT {name} FROM pg_stat_user_tables WHERE relname = '{table}'");
    (
        count(pool, &column("n_tup_upd")).await,
        count(pool, &column("n_tup_hot_upd")).await,
    )
}

/// A pool of one, so that one connection tells its statistics.
async fn store_with_statistics() -> (PostgresStore, PgPool, String) {
    let pool = sqlx::postgres::PgPoolOptions::new()
        .max_connections(1)
        .connect_lazy(&store_tests::postgres::url(shared_postgres()))
        .unwrap();
    let table = new_name();
    let store = store_in(pool.clone(), &table).await;
    (store, pool, table)
}

#[tokio::test]
#[cfg_attr(no_postgres, ignore = "there is no postgres")]
async fn writing_a_field_leaves_the_indexes_alone() {
    let (store, pool, table) = store_with_statistics().await;
    for number in 0..200 {
        let entries: Vec<_> = (0..5).map(|field| entry(field, 0)).collect();
        let new = NewRow {
            entries: &entries,
            ..row(number, Some(owner(1)))
        };
        store.create(new, NOW).await.unwrap();
    }
    for value in 0..20 {
        for number in 0..200 {
            // Another order than that of the pages.
            let number = number * 77 % 200;
            let changes = [Change::Set(entry(1, value))];
            let used = Commit {
                expires: Some(EXPIRES),
                ..commit(&changes)
            };
            let done = store.commit(key(number), used, NOW).await.unwrap();
            assert_eq!(done, Committed::Done);
        }
    }
    let (all, without_indexes) = updates_of(&pool, &table).await;
    assert_eq!(all, 4000);
    assert!(
        without_indexes * 100 >= all * 99,
        "{without_indexes} of {all}"
    );
}

#[tokio::test]
#[cfg_attr(no_postgres, ignore = "there is no postgres")]
async fn sixty_four_touches_at_once_are_one_write() {
    let (store, pool, table) = store_with_statistics().await;
    store.create(row(1, None), NOW).await.unwrap();
    let mut tasks = JoinSet::new();
    for _ in 0..64 {
        let store = store.clone();
        tasks.spawn(async move {
            let touch = Commit {
                expires: Some(EXPIRES + 60),
                ..commit(&[])
            };
            store.commit(key(1), touch, NOW).await.unwrap()
        });
    }
    assert_eq!(tasks.join_all().await, [Committed::Done; 64]);
    assert_eq!(updates_of(&pool, &table).await.0, 1);
}

/// Numbers that are the same in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u32) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        u32::try_from(self.0 >> 33).unwrap() % limit
    }

    fn one_in(&mut self, count: u32) -> bool {
        self.below(count) == 0
    }

    fn mark(&mut self) -> Mark {
        Mark::from_bytes([u8::try_from(self.below(3)).unwrap(); 8])
    }

    fn owner(&mut self) -> Option<Owner> {
        let number = u8::try_from(self.below(3)).unwrap();
        (number > 0).then(|| owner(number))
    }

    fn owners(&mut self) -> Vec<Owner> {
        (1..3).filter(|_| self.one_in(2)).map(owner).collect()
    }

    fn entry(&mut self, field: u8, role: Role) -> Entry {
        let name = 10 * u32::from(field) + 5 * u32::from(role == Role::Added) + self.below(3);
        Entry {
            role,
            ..entry(field, name)
        }
    }

    fn changes(&mut self) -> Vec<Change> {
        (0..2)
            .filter_map(|field| match self.below(6) {
                0 => Some(Change::Set(self.entry(field, Role::Base))),
                1 => Some(Change::Remove(entry(field, 0).tag)),
                2 | 3 => Some(Change::Add(self.entry(field, Role::Added))),
                4 => Some(Change::Fold(self.entry(field, Role::Base))),
                _ => None,
            })
            .collect()
    }
}

fn in_order(entry: &Entry) -> (EntryTag, Role, Vec<u8>) {
    (entry.tag, entry.role, entry.sealed.to_vec())
}

/// The answer of an operation in words, so that those of all operations are one type.
async fn operation(store: &impl Store, random: &mut Random, now: u64) -> String {
    let (key, until) = (key(random.below(3)), now + 1 + u64::from(random.below(40)));
    let entries = [random.entry(0, Role::Base), random.entry(0, Role::Added)];
    let loaded = store.load(key, now).await.unwrap();
    let mut there = match &loaded {
        Loaded::Alive(row) if !random.one_in(8) => row.entries.clone(),
        _ => entries.to_vec(),
    };
    there.sort_by_key(in_order);
    let seen: Vec<_> = there
        .iter()
        .filter(|_| !random.one_in(3))
        .map(Entry::name)
        .collect();
    let label = random.one_in(2).then_some(&b"label"[..]);
    let (owner, owners) = (random.owner(), random.owners());
    let mark = match &loaded {
        Loaded::Alive(row) if !random.one_in(3) => row.mark,
        _ => random.mark(),
    };
    match random.below(12) {
        0 | 1 => {
            let new = NewRow {
                key,
                mark,
                owner,
                expires: until,
                entries: &entries,
                label,
            };
            format!("{:?}", store.create(new, now).await.unwrap())
        }
        2 if random.one_in(3) => {
            let ending = RowEnding {
                owners: &owners,
                why: Why::ByVisitor,
                until,
            };
            format!("{:?}", store.end(key, ending, now).await.unwrap())
        }
        3 if random.one_in(4) => {
            let keep = random.one_in(2).then_some(key);
            format!(
                "{:?}",
                store.end_all(&owners, keep, until, now).await.unwrap()
            )
        }
        4 => format!(
            "{:?}",
            store.sweep(now + 290, 1 + random.below(2)).await.unwrap()
        ),
        _ => {
            let new_mark = random.mark();
            let renewal = Renewal {
                mark: new_mark,
                owner,
                joins: &owners,
                keep_until: until - 5,
                label,
            };
            let commit = Commit {
                mark,
                seen: &seen,
                changes: &random.changes(),
                expires: random.one_in(3).then_some(until),
                renewal: random.one_in(2).then_some(renewal),
            };
            let committed = store.commit(key, commit, now).await.unwrap();
            match committed {
                Committed::Rejoined(mark) => format!("Rejoined({:?})", mark.to_bytes()),
                other => format!("{other:?}"),
            }
        }
    }
}

/// All that a store shows, in an order of its own.
async fn contents(store: &impl Store, now: u64) -> (Vec<Loaded>, Vec<Listed>) {
    let mut rows = Vec::new();
    for number in 0..3 {
        let mut loaded = store.load(key(number), now).await.unwrap();
        if let Loaded::Alive(row) = &mut loaded {
            row.entries.sort_by_key(in_order);
            row.before
                .iter_mut()
                .for_each(|before| before.entries.sort_by_key(in_order));
        }
        rows.push(loaded);
    }
    let mut listed = store.list(&[owner(1), owner(2)], now).await.unwrap();
    listed.sort_by_key(|row| row.key);
    (rows, listed)
}

#[tokio::test]
#[cfg_attr(no_postgres, ignore = "there is no postgres")]
async fn two_thousand_random_operations_do_what_they_do_in_memory() {
    let store = new_store(pool()).await;
    let memory = MemoryStore::new();
    let (mut here, mut there) = (Random(1), Random(1));
    let mut answers = BTreeMap::<String, u32>::new();
    for round in 0..2000 {
        let now = NOW + round / 2;
        let answer = operation(&store, &mut here, now).await;
        assert_eq!(
            answer,
            operation(&memory, &mut there, now).await,
            "round {round}"
        );
        assert_eq!(
            contents(&store, now).await,
            contents(&memory, now).await,
            "round {round}"
        );
        let word = answer.split('(').next().unwrap_or_default().to_owned();
        *answers.entry(word).or_default() += 1;
    }
    let is_seldom = |answer: &&str| answers.get(*answer).is_none_or(|count| *count < 10);
    let expected = [
        "Done",
        "Taken",
        "Before",
        "AnotherOwner",
        "Moved",
        "Missing",
        "Ended",
        "Rejoined",
        "0",
        "1",
    ];
    let seldom: Vec<_> = expected.into_iter().filter(is_seldom).collect();
    assert!(seldom.is_empty(), "{seldom:?} of {answers:#?}");
}

/// Lets nobody who wrote a row of a user commit before the lock 7 is free.
async fn hold_commits(pool: &PgPool, table: &str) {
    let hold = format!(
        "CREATE FUNCTION hold_{table}() RETURNS trigger LANGUAGE plpgsql AS \
         'BEGIN PERFORM pg_advisory_xact_lock_shared(7, {number}); RETURN NULL; END'; \
         CREATE CONSTRAINT TRIGGER hold AFTER INSERT OR UPDATE ON {table} DEFERRABLE INITIALLY DEFERRED \
         FOR EACH ROW WHEN (NEW.why IS NULL AND NEW.owner IS NOT NULL) EXECUTE FUNCTION hold_{table}()",
        number = number_of(table),
    );
    run(pool, &hold).await;
}

fn number_of(table: &str) -> &str {
    table.strip_prefix("table_").unwrap()
}

/// Waits until so many of the application's connections wait for a lock.
async fn waiting(pool: &PgPool, application: &str, number: i64) {
    let waiting = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = '{application}' AND wait_event_type = 'Lock'"
    );
    for _ in 0..2000 {
        if count(pool, &waiting).await >= number {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{number} should wait, and do not");
}

fn started<T: Send + 'static>(task: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    tokio::spawn(task)
}

#[tokio::test]
#[cfg_attr(no_postgres, ignore = "there is no postgres")]
async fn a_login_in_flight_does_not_escape_end_all() {
    for is_new in [true, false] {
        let pool = pool();
        let table = new_name();
        let of_the_test = pool_with(shared_postgres(), |options| {
            // A snapshot of before the lock would not show the login.
            let isolation = [("default_transaction_isolation", "repeatable read")];
            options.application_name(&table).options(isolation)
        });
        let store = store_in(of_the_test, &table).await;
        store.create(row(1, None), NOW).await.unwrap();
        hold_commits(&pool, &table).await;
        let mut holder = pool.acquire().await.unwrap();
        let number = number_of(&table);
        let lock = format!("SELECT pg_advisory_lock(7, {number})");
        holder.execute(AssertSqlSafe(lock)).await.unwrap();

        let of_login = store.clone();
        let logged_in = started(async move {
            if is_new {
                of_login.create(row(2, Some(owner(1))), NOW).await.map(drop)
            } else {
                of_login
                    .commit(key(1), login(2, owner(1)), NOW)
                    .await
                    .map(drop)
            }
        });
        waiting(&pool, &table, 1).await;
        let of_ending = store.clone();
        let ended = started(async move {
            of_ending
                .end_all(&[owner(2), owner(1)], None, EXPIRES, NOW)
                .await
        });
        waiting(&pool, &table, 2).await;
        let unlock = format!("SELECT pg_advisory_unlock(7, {number})");
        holder.execute(AssertSqlSafe(unlock)).await.unwrap();

        logged_in.await.unwrap().unwrap();
        assert_eq!(ended.await.unwrap().unwrap(), 1);
        assert_eq!(store.list(&[owner(1)], NOW).await.unwrap(), []);
        let ended = if is_new { key(2) } else { key(1) };
        assert_eq!(
            store.load(ended, NOW).await.unwrap(),
            Loaded::Ended(Why::ByApplication)
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(no_postgres, ignore = "there is no postgres")]
async fn a_hundred_schedules_of_logins_endings_and_sweeps_never_lock_each_other_out() {
    let store = new_store(pool()).await;
    for schedule in 0..100_u32 {
        let first = schedule * 10;
        for number in first..first + 6 {
            let owner = (number % 3 > 0).then(|| owner((number % 3) as u8));
            store.create(row(number, owner), NOW).await.unwrap();
        }
        let mut tasks = JoinSet::new();
        for task in 0..16_u32 {
            let store = store.clone();
            // Neighbours name the users and the rows in opposite orders.
            let users = if task % 2 == 0 {
                [owner(1), owner(2)]
            } else {
                [owner(2), owner(1)]
            };
            let number = first
                + if task % 2 == 0 {
                    task % 6
                } else {
                    5 - task % 6
                };
            tasks.spawn(async move {
                match (task + schedule) % 8 {
                    0 | 1 => store.end_all(&users, None, EXPIRES, NOW).await.map(drop),
                    2 => store
                        .end_all(&users[..1], Some(key(number)), EXPIRES, NOW)
                        .await
                        .map(drop),
                    3 => store.end(key(number), logout(&users), NOW).await.map(drop),
                    4 => store.sweep(EXPIRES + 299, 64).await.map(drop),
                    5 => set(&store, number, 1, task).await.map(drop),
                    _ => store
                        .commit(key(number), login(2, users[0]), NOW)
                        .await
                        .map(drop),
                }
            });
        }
        for done in tasks.join_all().await {
            done.unwrap();
        }
        store
            .end_all(&[owner(1), owner(2)], None, EXPIRES, NOW)
            .await
            .unwrap();
        assert_eq!(store.list(&[owner(1), owner(2)], NOW).await.unwrap(), []);
    }
}

#[tokio::test]
#[cfg_attr(no_postgres, ignore = "there is no postgres")]
async fn an_operation_that_nobody_waits_for_any_more_leaves_no_lock() {
    let table = new_name();
    let store = store_in(pool(), &table).await;
    let on_other_connections = store_in(pool(), &table).await;
    for number in 0..100 {
        store.create(row(number, None), NOW).await.unwrap();
        let commit = store.commit(key(number), login(2, owner(1)), NOW);
        let patience = Duration::from_micros(u64::from(number) * 30);
        let _ = tokio::time::timeout(patience, commit).await;
    }
    // It waits for each of them, and would wait for ever.
    let owners = [owner(1)];
    let end_all = on_other_connections.end_all(&owners, None, EXPIRES, NOW);
    let ended = tokio::time::timeout(Duration::from_secs(30), end_all).await;
    assert!(ended.unwrap().unwrap() > 0, "some are logged in");
    store.create(row(100, None), NOW).await.unwrap();
    let nobody = on_other_connections.end(key(100), logout(&[]), NOW);
    assert_eq!(nobody.await.unwrap(), Ended::Done);
}

#[tokio::test]
#[cfg_attr(no_postgres, ignore = "there is no postgres")]
async fn an_error_has_nothing_of_the_row_in_it() {
    let pool = pool();
    let table = new_name();
    let store = store_in(pool.clone(), &table).await;
    run(
        &pool,
        &format!("ALTER TABLE {table} ADD CHECK (octet_length(label) < 5)"),
    )
    .await;
    let new = NewRow {
        label: Some(b"a label"),
        ..row(1, None)
    };
    let error = store.create(new, NOW).await.unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(text.contains("violates check constraint"), "{text}");
    for secret in ["ababab", "a label", "Failing row"] {
        assert!(!text.contains(secret), "{text}");
    }
    assert!(!format!("{store:?}").contains("127.0.0.1"));
}
