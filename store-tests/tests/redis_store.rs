//! What the trait does not show: servers that forget, are full, are restarted or frozen, and what lies in them.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::http::header::{RETRY_AFTER, SET_COOKIE};
use axum::routing::get;
use bytes::Bytes;
use redis::aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig};
use redis::{Client, Cmd, FromRedisValue, Pipeline, RedisFuture, Value};
use session_redis::{Connections, RedisStore, SharedConnection};
use session_runtime::store::{
    Change, Commit, Committed, Created, Ended, Entry, EntryTag, Loaded, Mark, NewRow, Owner,
    Renewal, Role, RowEnding, RowKey, Store, StoreError, StoreErrorKind, Why,
};
use session_runtime::test_kit::Browser;
use session_runtime::{Identity, Keyring, Session, SessionLayer};
use store_tests::redis::{redis, restart, run, shared_redis};
use store_tests::{Fault, Proxy, Server, Signal};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// Far away, so that Redis deletes nothing of a test.
const NOW: u64 = 5_000_000_000;
const EXPIRES: u64 = NOW + 3600;
const GRACE: u64 = 300;

const KEY: RowKey = RowKey::from_bytes([0xab; 16]);
const OTHER: RowKey = RowKey::from_bytes([0xba; 16]);
const MARK: Mark = Mark::from_bytes([1; 8]);
const USER: Owner = Owner::from_bytes([0xcd; 16]);

/// Longer than any test takes.
const PATIENCE: Duration = Duration::from_secs(20);

const ROW: NewRow<'static> = NewRow {
    key: KEY,
    mark: MARK,
    owner: None,
    expires: EXPIRES,
    entries: &[],
    label: None,
};

const OF_USER: NewRow<'static> = NewRow {
    owner: Some(USER),
    ..ROW
};

const ENDING: RowEnding<'static> = RowEnding {
    owners: &[],
    why: Why::ByVisitor,
    until: NOW + GRACE,
};

const LOGIN: Renewal<'static> = Renewal {
    mark: Mark::from_bytes([2; 8]),
    owner: Some(USER),
    joins: &[USER],
    keep_until: NOW + 60,
    label: None,
};

fn commit(changes: &[Change]) -> Commit<'_> {
    Commit {
        mark: MARK,
        seen: &[],
        changes,
        expires: None,
        renewal: None,
    }
}

fn set(tag: u8, len: usize) -> Change {
    Change::Set(Entry {
        tag: EntryTag::from_bytes([tag, 0, 0]),
        role: Role::Base,
        sealed: Bytes::from(vec![tag; len]),
    })
}

/// A store, and a connection of the test's own to its server.
struct Place {
    store: RedisStore<ConnectionManager>,
    connection: ConnectionManager,
    prefix: String,
}

impl Place {
    /// Under a prefix of its own, on the server that the tests share.
    async fn shared() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let prefix = format!("store-{}:", COUNT.fetch_add(1, Ordering::Relaxed));
        Self::on(shared_redis(), &prefix).await
    }

    async fn on(server: &Server, prefix: &str) -> Self {
        // A machine that is busy is no mistake of the store.
        let patient = ConnectionManagerConfig::new().set_response_timeout(None);
        let connection = ConnectionManager::new_with_config(client(server), patient).await;
        let connection = connection.unwrap();
        Self {
            store: RedisStore::new(connection.clone()).prefix(prefix),
            connection,
            prefix: prefix.to_owned(),
        }
    }

    fn row(&self) -> String {
        format!("{}v1:row:{}", self.prefix, "ab".repeat(16))
    }

    fn owner(&self) -> String {
        format!("{}v1:owner:{}", self.prefix, "cd".repeat(16))
    }

    /// Sends a command of words.
    async fn ask<T: FromRedisValue>(&self, command: &str) -> T {
        let mut connection = self.connection.clone();
        let mut words = command.split(' ');
        let mut command = redis::cmd(words.next().unwrap());
        command.arg(words.collect::<Vec<_>>());
        command.query_async(&mut connection).await.unwrap()
    }

    async fn create(&self, new: NewRow<'_>) {
        let created = self.store.create(new, NOW).await;
        assert_eq!(created.unwrap(), Created::Done);
    }

    async fn commit(&self, commit: Commit<'_>) -> Committed {
        self.store.commit(KEY, commit, NOW).await.unwrap()
    }

    async fn load(&self) -> Loaded {
        self.store.load(KEY, NOW).await.unwrap()
    }

    async fn end(&self, owners: &[Owner]) -> Ended {
        let ending = RowEnding { owners, ..ENDING };
        self.store.end(KEY, ending, NOW).await.unwrap()
    }

    async fn listed(&self, now: u64) -> Vec<RowKey> {
        let listed = self.store.list(&[USER], now).await.unwrap();
        listed.into_iter().map(|listed| listed.key).collect()
    }

    /// The time at which Redis deletes a key, in milliseconds.
    async fn deleted_at(&self, key: &str) -> u64 {
        self.ask(&format!("PEXPIRETIME {key}")).await
    }
}

fn client(server: &Server) -> Client {
    Client::open(format!("redis://{}/", server.address())).unwrap()
}

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn a_server_that_has_forgotten_the_scripts_is_told_them_again() {
    let server = redis(&[]);
    let place = Place::on(&server, "shop:").await;
    place.create(OF_USER).await;
    place.ask::<()>("SCRIPT FLUSH").await;
    place.create(NewRow { key: OTHER, ..ROW }).await;
    place.ask::<()>("SCRIPT FLUSH").await;
    assert_eq!(place.commit(commit(&[set(1, 8)])).await, Committed::Done);
    place.ask::<()>("SCRIPT FLUSH").await;
    let ended = place.store.end_all(&[USER], None, EXPIRES, NOW).await;
    assert_eq!(ended.unwrap(), 1);
}

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn a_full_server_takes_no_changes_and_ends_sessions_all_the_same() {
    let server = redis(&[]);
    let place = Place::on(&server, "shop:").await;
    place.create(OF_USER).await;
    place.commit(commit(&[set(1, 100), set(2, 100)])).await;
    place.ask::<()>("CONFIG SET maxmemory 1").await;
    let (other, login) = (NewRow { key: OTHER, ..ROW }, Some(LOGIN));
    let exchange = [set(1, 200), Change::Remove(EntryTag::from_bytes([2, 0, 0]))];
    let refused = [
        place.store.create(other, NOW).await.map(drop),
        place
            .store
            .create(
                NewRow {
                    owner: Some(USER),
                    ..other
                },
                NOW,
            )
            .await
            .map(drop),
        place
            .store
            .commit(KEY, commit(&exchange), NOW)
            .await
            .map(drop),
        place
            .store
            .commit(
                KEY,
                Commit {
                    renewal: login,
                    ..commit(&[])
                },
                NOW,
            )
            .await
            .map(drop),
        place
            .store
            .commit(
                KEY,
                Commit {
                    expires: Some(EXPIRES + 9),
                    ..commit(&[])
                },
                NOW,
            )
            .await
            .map(drop),
    ];
    for refused in refused {
        assert_eq!(refused.unwrap_err().kind(), StoreErrorKind::Full);
    }
    let Loaded::Alive(row) = place.load().await else {
        panic!("the row is alive");
    };
    assert_eq!(
        (row.mark, row.expires, row.entries.len()),
        (MARK, EXPIRES, 2)
    );
    assert!(row.entries.iter().all(|entry| entry.sealed.len() == 100));
    // What makes room is done.
    let removal = [Change::Remove(row.entries[0].tag)];
    assert_eq!(place.commit(commit(&removal)).await, Committed::Done);
    assert_eq!(place.end(&[USER]).await, Ended::Done);
    assert_eq!(place.load().await, Loaded::Ended(Why::ByVisitor));
    // A row that is on its way is refused, too.
    let ended = place.store.end(OTHER, ENDING, NOW).await;
    assert_eq!(ended.unwrap(), Ended::Before);
    place.ask::<()>("CONFIG SET maxmemory 0").await;
    assert_eq!(
        place.store.create(other, NOW).await.unwrap(),
        Created::Taken
    );
}

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn on_a_full_server_users_are_logged_out_everywhere() {
    let server = redis(&[]);
    let place = Place::on(&server, "shop:").await;
    for key in [KEY, OTHER] {
        place.create(NewRow { key, ..OF_USER }).await;
    }
    place.ask::<()>("CONFIG SET maxmemory 1").await;
    let ended = place.store.end_all(&[USER], None, EXPIRES, NOW).await;
    assert_eq!(ended.unwrap(), 2);
    assert_eq!(place.load().await, Loaded::Ended(Why::ByApplication));
}

/// What somebody may have put in the place of a row: commands without the key.
const NO_ROWS: [&str; 18] = [
    "SET KEY text",
    "RPUSH KEY a b",
    "SADD KEY e m",
    "HSET KEY a b",
    "HSET KEY e 5000003600",
    "HSET KEY m 12345678",
    "HSET KEY e soon m 12345678",
    "HSET KEY e -1 m 12345678",
    "HSET KEY e inf m 12345678",
    "HSET KEY e nan m 12345678",
    "HSET KEY e 1e30 m 12345678",
    "HSET KEY e 0x7fffffff0 m 12345678",
    "HSET KEY e 5000003600.5 m 12345678",
    "HSET KEY e 9223372036854775 m 12345678",
    "HSET KEY e 5000003600 m 1234567",
    "HSET KEY e 5000003600 m 123456789",
    "HSET KEY e 5000003600 m 12345678 o short",
    "HSET KEY w 1",
];

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn what_is_no_row_is_as_good_as_not_there_and_makes_room_for_one() {
    for garbage in NO_ROWS {
        let place = Place::shared().await;
        let garbage = garbage.replace("KEY", &place.row());
        place.ask::<Value>(&garbage).await;
        assert_eq!(place.load().await, Loaded::Missing, "{garbage}");
        let committed = place.commit(commit(&[set(1, 8)])).await;
        assert_eq!(committed, Committed::Missing, "{garbage}");
        place.create(OF_USER).await;
        let Loaded::Alive(row) = place.load().await else {
            panic!("{garbage}");
        };
        assert_eq!((row.owner, row.entries.len()), (Some(USER), 0), "{garbage}");

        place.ask::<()>(&format!("DEL {}", place.row())).await;
        place.ask::<Value>(&garbage).await;
        assert_eq!(place.listed(NOW).await, [], "{garbage}");
        assert_eq!(place.end(&[]).await, Ended::Before, "{garbage}");
        assert_eq!(
            place.load().await,
            Loaded::Ended(Why::ByVisitor),
            "{garbage}"
        );
    }
}

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn a_tombstone_without_a_readable_reason_is_as_good_as_not_there() {
    let place = Place::shared().await;
    place
        .ask::<()>(&format!("HSET {} w 0 e {EXPIRES}", place.row()))
        .await;
    assert_eq!(place.load().await, Loaded::Missing);
    assert_eq!(place.commit(commit(&[])).await, Committed::Missing);
}

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn fields_that_are_none_of_ours_leave_the_rest_of_a_row_as_it_is() {
    let place = Place::shared().await;
    place.create(ROW).await;
    place.commit(commit(&[set(1, 8)])).await;
    let fields = "z 1 zz 2 b 3 b12 4 b12345 5 a12 6 k soon p short ffff 7";
    place
        .ask::<()>(&format!("HSET {} {fields}", place.row()))
        .await;
    let Loaded::Alive(row) = place.load().await else {
        panic!("the row is alive");
    };
    assert_eq!((row.entries.len(), row.before), (1, None));
    assert_eq!(place.commit(commit(&[set(2, 8)])).await, Committed::Done);
    let login = Commit {
        renewal: Some(LOGIN),
        ..commit(&[])
    };
    assert_eq!(place.commit(login).await, Committed::Done);
    assert_eq!(place.end(&[USER]).await, Ended::Done);
}

fn added(number: u8) -> Change {
    Change::Add(Entry {
        tag: EntryTag::from_bytes([1, 0, 0]),
        role: Role::Added,
        sealed: Bytes::from(vec![number; 40]),
    })
}

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn an_addition_that_saw_what_is_there_is_applied() {
    let place = Place::shared().await;
    place.create(ROW).await;
    assert_eq!(place.commit(commit(&[added(1)])).await, Committed::Done);
    for (seen, number, answer) in [
        ([1; 29], 2, Committed::Done),
        ([9; 29], 3, Committed::Moved),
    ] {
        let changes = [added(number)];
        let addition = Commit {
            seen: &[&seen],
            ..commit(&changes)
        };
        assert_eq!(place.commit(addition).await, answer);
    }
    let Loaded::Alive(row) = place.load().await else {
        panic!("the row is alive");
    };
    assert_eq!(row.entries.len(), 2);
}

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn the_next_change_after_its_time_removes_the_copy_of_a_renewal() {
    for changes in [vec![set(1, 8)], vec![added(1)], Vec::new()] {
        let place = Place::shared().await;
        let kept = [set(2, 8), added(3)];
        place.create(ROW).await;
        place.commit(commit(&kept)).await;
        let login = Commit {
            renewal: Some(LOGIN),
            ..commit(&[])
        };
        place.commit(login).await;
        let next = Commit {
            mark: LOGIN.mark,
            ..commit(&changes)
        };
        let fields = format!("HKEYS {}", place.row());
        let copied = async || {
            let fields: Vec<Vec<u8>> = place.ask(&fields).await;
            fields
                .iter()
                .filter(|field| b"pkBA".contains(&field[0]))
                .count()
        };
        place.commit(next).await;
        assert_eq!(copied().await, 4);
        let committed = place.store.commit(KEY, next, LOGIN.keep_until).await;
        assert_eq!(committed.unwrap(), Committed::Done);
        assert_eq!(copied().await, 0, "{changes:?}");
    }
}

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn what_is_no_set_of_an_owner_is_empty_and_a_login_makes_one_of_it() {
    let place = Place::shared().await;
    place
        .ask::<()>(&format!("SET {} text", place.owner()))
        .await;
    assert_eq!(place.listed(NOW).await, []);
    let ended = place.store.end_all(&[USER], None, EXPIRES, NOW).await;
    assert_eq!(ended.unwrap(), 0);
    place.create(OF_USER).await;
    assert_eq!(place.listed(NOW).await, [KEY]);
    place
        .ask::<()>(&format!("ZADD {} {EXPIRES} short", place.owner()))
        .await;
    assert_eq!(place.listed(NOW).await, [KEY]);
    let places: u32 = place.ask(&format!("ZCARD {}", place.owner())).await;
    assert_eq!(places, 1, "what is no row is removed");
}

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn a_place_at_no_time_keeps_no_user_from_logging_in_and_from_being_logged_out() {
    for (end, what) in [
        ("inf", "junk"),
        ("1e30", "junk"),
        ("inf", &*"\u{ab}".repeat(8)),
    ] {
        let place = Place::shared().await;
        place
            .ask::<()>(&format!("ZADD {} {end} {what}", place.owner()))
            .await;
        place.create(OF_USER).await;
        assert_eq!(place.listed(NOW).await, [KEY], "{end}");
        let deleted_at = place.deleted_at(&place.owner()).await;
        assert_eq!(deleted_at, (EXPIRES + GRACE) * 1000, "{end}");
        let ended = place.store.end_all(&[USER], None, EXPIRES, NOW).await;
        assert_eq!(ended.unwrap(), 1, "{end}");
    }
}

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn a_row_whose_end_was_altered_is_ended_with_those_of_its_user() {
    for end in ["inf", "1e30", "nan", "99999999999999999999"] {
        let place = Place::shared().await;
        place.create(OF_USER).await;
        place
            .ask::<()>(&format!("HSET {} e {end}", place.row()))
            .await;
        let ended = place.store.end_all(&[USER], None, EXPIRES, NOW).await;
        assert_eq!(ended.unwrap(), 0, "{end}: it is no row");
        assert_eq!(
            place.load().await,
            Loaded::Ended(Why::ByApplication),
            "{end}"
        );
    }
}

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn redis_deletes_every_key_five_minutes_after_its_end() {
    let place = Place::shared().await;
    let (row, owner) = (place.row(), place.owner());
    let deletion = |end: u64| (end + GRACE) * 1000;
    place.create(OF_USER).await;
    assert_eq!(place.deleted_at(&row).await, deletion(EXPIRES));
    assert_eq!(place.deleted_at(&owner).await, deletion(EXPIRES));
    let touch = Commit {
        expires: Some(EXPIRES + 60),
        ..commit(&[])
    };
    place.commit(touch).await;
    assert_eq!(place.deleted_at(&row).await, deletion(EXPIRES + 60));
    assert_eq!(place.deleted_at(&owner).await, deletion(EXPIRES + 60));
    assert_eq!(place.commit(commit(&[set(1, 8)])).await, Committed::Done);
    assert_eq!(place.deleted_at(&row).await, deletion(EXPIRES + 60));
    place.end(&[USER]).await;
    assert_eq!(place.deleted_at(&row).await, deletion(EXPIRES + 60));
    let later = RowEnding {
        until: EXPIRES + 90,
        ..ENDING
    };
    place.store.end(KEY, later, NOW).await.unwrap();
    assert_eq!(place.deleted_at(&row).await, deletion(EXPIRES + 90));
}

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn a_row_whose_end_was_over_five_minutes_ago_is_gone_from_redis() {
    let place = Place::shared().await;
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    // By the clock of the application it is not over yet.
    let expires = clock.as_secs() - GRACE + 1;
    let row = NewRow { expires, ..OF_USER };
    let created = place.store.create(row, expires - 1).await;
    assert_eq!(created.unwrap(), Created::Done);
    let keys = format!("EXISTS {} {}", place.row(), place.owner());
    let gone = async { while place.ask::<u32>(&keys).await > 0 {} };
    timeout(PATIENCE, gone).await.unwrap();
}

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn a_session_that_is_used_stays_in_the_list_of_its_user_after_its_first_end() {
    let place = Place::shared().await;
    place.create(OF_USER).await;
    let touch = Commit {
        expires: Some(EXPIRES + 3600),
        ..commit(&[])
    };
    assert_eq!(place.commit(touch).await, Committed::Done);
    // Another login of the user trims the set.
    let later = EXPIRES + GRACE;
    let other = NewRow {
        key: OTHER,
        expires: later + 60,
        ..OF_USER
    };
    place.store.create(other, later).await.unwrap();
    let mut listed = place.listed(later).await;
    listed.sort();
    assert_eq!(listed, [KEY, OTHER]);
}

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn a_login_that_would_end_earlier_leaves_the_place_of_the_row_as_it_is() {
    let place = Place::shared().await;
    place.create(OF_USER).await;
    let login = Commit {
        expires: Some(NOW + 10),
        renewal: Some(LOGIN),
        ..commit(&[])
    };
    assert_eq!(place.commit(login).await, Committed::Done);
    assert_eq!(place.listed(EXPIRES - 1).await, [KEY]);
}

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn the_set_of_an_owner_loses_what_is_over_and_what_has_ended() {
    let place = Place::shared().await;
    let count = format!("ZCARD {}", place.owner());
    let size = || place.ask::<u32>(&count);
    for number in 0..4 {
        let key = RowKey::from_bytes([number; 16]);
        place
            .create(NewRow {
                key,
                expires: NOW + 60,
                ..OF_USER
            })
            .await;
    }
    place.create(OF_USER).await;
    assert_eq!(size().await, 5);
    let later = NOW + 60 + GRACE;
    let other = NewRow {
        key: OTHER,
        ..OF_USER
    };
    // By the clock of a server that is behind, those rows are alive.
    place.store.create(other, later - 1).await.unwrap();
    assert_eq!(size().await, 6);
    place.store.create(other, later).await.unwrap();
    assert_eq!(size().await, 2);
    place.end(&[USER]).await;
    // A tombstone that is over soon does not keep its key from a new row.
    let soon_over = EXPIRES - GRACE + 1;
    assert_eq!(place.listed(soon_over).await, [OTHER]);
    assert_eq!(size().await, 2);
    assert_eq!(place.listed(later).await, [OTHER]);
    assert_eq!(size().await, 1);
    place
        .store
        .end_all(&[USER], None, EXPIRES, later)
        .await
        .unwrap();
    assert_eq!(size().await, 0);
}

/// Connections of which one is held back until a test lets it go.
#[derive(Clone)]
struct Gate {
    connection: ConnectionManager,
    held: u32,
    asked: Arc<AtomicU32>,
    reached: Arc<Notify>,
    open: Arc<Notify>,
}

impl Connections for Gate {
    type Connection = ConnectionManager;

    async fn connection(&self) -> Result<ConnectionManager, StoreError> {
        if self.asked.fetch_add(1, Ordering::Relaxed) == self.held {
            self.reached.notify_one();
            self.open.notified().await;
        }
        Ok(self.connection.clone())
    }
}

impl Gate {
    fn before_command(number: u32, place: &Place) -> Self {
        Self {
            connection: place.connection.clone(),
            held: number,
            asked: Arc::default(),
            reached: Arc::default(),
            open: Arc::default(),
        }
    }

    /// Runs `then` while `operation` waits at the gate, and returns what `operation` answers.
    async fn hold<T>(
        &self,
        operation: impl Future<Output = T>,
        then: impl Future<Output = ()>,
    ) -> T {
        let meanwhile = async {
            self.reached.notified().await;
            then.await;
            self.open.notify_one();
        };
        let both = async { tokio::join!(operation, meanwhile).0 };
        timeout(PATIENCE, both).await.unwrap()
    }
}

/// Creates so many rows of the user.
async fn create_many(place: &Place, owner: Owner, count: u16) {
    for number in 0..count {
        let mut key = [0; 16];
        key[..2].copy_from_slice(&number.to_be_bytes());
        let (key, owner) = (RowKey::from_bytes(key), Some(owner));
        place.create(NewRow { key, owner, ..ROW }).await;
    }
}

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn many_sessions_of_a_user_are_listed_and_ended_also_by_a_server_without_the_scripts() {
    let server = redis(&[]);
    let place = Place::on(&server, "shop:").await;
    create_many(&place, USER, 250).await;
    place.create(OF_USER).await;
    let kept = RowKey::from_bytes([0; 16]);
    place.ask::<()>("SCRIPT FLUSH").await;
    assert_eq!(place.listed(NOW).await.len(), 251);
    let garbage = format!("SET {} text", place.row());
    place.ask::<()>(&garbage).await;
    assert_eq!(place.listed(NOW).await.len(), 250);
    let ended = place.store.end_all(&[USER], Some(kept), EXPIRES, NOW).await;
    assert_eq!(ended.unwrap(), 249);
    assert_eq!(place.listed(NOW).await, [kept]);
}

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn an_end_of_all_that_is_interrupted_leaves_less_for_the_next_one() {
    let place = Place::shared().await;
    create_many(&place, USER, 250).await;
    // It has read the set, ended a first batch, and taken it out of the set.
    let gate = Gate::before_command(3, &place);
    let store = RedisStore::new(gate.clone()).prefix(&place.prefix);
    let interrupted = async {
        tokio::select! {
            _ = store.end_all(&[USER], None, EXPIRES, NOW) => panic!("nothing holds it"),
            () = gate.reached.notified() => {}
        }
    };
    timeout(PATIENCE, interrupted).await.unwrap();
    let left: u64 = place.ask(&format!("ZCARD {}", place.owner())).await;
    assert!(0 < left && left < 250, "{left}");
    let ended = place.store.end_all(&[USER], None, EXPIRES, NOW).await;
    assert_eq!(ended.unwrap(), left);
}

/// A server that is some milliseconds away.
#[derive(Clone)]
struct Distant(ConnectionManager);

impl Connections for Distant {
    type Connection = ConnectionManager;

    async fn connection(&self) -> Result<ConnectionManager, StoreError> {
        sleep(Duration::from_millis(5)).await;
        Ok(self.0.clone())
    }
}

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn three_thousand_sessions_of_a_user_are_ended_within_the_limit_of_the_layer() {
    let place = Place::shared().await;
    let store = RedisStore::new(Distant(place.connection.clone())).prefix(&place.prefix);
    let layer = SessionLayer::<Shop>::stored(Keyring::ephemeral(), store);
    let sessions = layer.sessions();
    let routes = Router::new().route("/log-in", get(log_in));
    let mut browser = Browser::new(routes.layer(layer));
    browser.get("/log-in").await;
    let sets: Vec<String> = place.ask(&format!("KEYS {}v1:owner:*", place.prefix)).await;
    let [set] = &sets[..] else { panic!("{sets:?}") };
    let (_, digits) = set.rsplit_once(':').unwrap();
    let owner = u128::from_str_radix(digits, 16).unwrap().to_be_bytes();
    // By the time of these, the session of the browser is over.
    create_many(&place, Owner::from_bytes(owner), 3000).await;
    assert_eq!(sessions.end_all(&7).await.unwrap(), 3000);
    assert_eq!(place.ask::<u32>(&format!("ZCARD {set}")).await, 0);
}

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn a_first_login_on_its_way_does_not_escape_end_all() {
    let place = Place::shared().await;
    let gate = Gate::before_command(1, &place);
    let store = RedisStore::new(gate.clone()).prefix(&place.prefix);
    let end_all = async {
        let ended = place.store.end_all(&[USER], None, EXPIRES, NOW).await;
        assert_eq!(ended.unwrap(), 0);
    };
    let created = gate.hold(store.create(OF_USER, NOW), end_all).await;
    assert_eq!(created.unwrap(), Created::Taken);
    assert_eq!(place.load().await, Loaded::Ended(Why::ByApplication));
    assert_eq!(place.listed(NOW).await, []);
}

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn a_login_of_a_visitor_on_its_way_does_not_escape_end_all() {
    // With a new end the login knows its place at once. Without one it is told its place by a first try.
    for (expires, last) in [(Some(EXPIRES + 60), 1), (None, 2)] {
        let place = Place::shared().await;
        place.create(ROW).await;
        let gate = Gate::before_command(last, &place);
        let store = RedisStore::new(gate.clone()).prefix(&place.prefix);
        let end_all = async {
            let ended = place.store.end_all(&[USER], None, EXPIRES, NOW).await;
            assert_eq!(ended.unwrap(), 1);
        };
        let login = Commit {
            expires,
            renewal: Some(LOGIN),
            ..commit(&[])
        };
        let committed = gate.hold(store.commit(KEY, login, NOW), end_all).await;
        assert_eq!(committed.unwrap(), Committed::Ended(Why::ByApplication));
    }
}

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn another_users_session_is_not_ended_with_that_of_a_login_that_lost() {
    let place = Place::shared().await;
    place
        .create(NewRow {
            owner: Some(Owner::from_bytes([7; 16])),
            ..ROW
        })
        .await;
    let late = Commit {
        mark: Mark::from_bytes([9; 8]),
        expires: Some(EXPIRES),
        renewal: Some(LOGIN),
        ..commit(&[])
    };
    assert_eq!(place.commit(late).await, Committed::Moved);
    assert_eq!(place.listed(NOW).await, []);
    let ended = place.store.end_all(&[USER], None, EXPIRES, NOW).await;
    assert_eq!(ended.unwrap(), 0);
    assert!(matches!(place.load().await, Loaded::Alive(_)));
}

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn two_applications_on_one_server_have_nothing_in_common() {
    let server = redis(&[]);
    let shop = Place::on(&server, "shop:").await;
    let admin = Place::on(&server, "shop").await;
    shop.create(OF_USER).await;
    assert_eq!(admin.load().await, Loaded::Missing);
    assert_eq!(admin.listed(NOW).await, []);
    assert_eq!(admin.end(&[USER]).await, Ended::Before);
    assert_eq!(shop.listed(NOW).await, [KEY]);
    let mut keys: Vec<String> = shop.ask("KEYS *").await;
    keys.sort();
    assert_eq!(keys, [shop.owner(), shop.row(), admin.row()]);
}

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn a_replica_is_read_and_takes_no_writes() {
    let primary = redis(&["--repl-diskless-sync-delay", "0"]);
    let (address, port) = (
        primary.address().ip().to_string(),
        primary.port().to_string(),
    );
    let replica = redis(&["--replicaof", &address, &port]);
    let (writer, reader) = (
        Place::on(&primary, "shop:").await,
        Place::on(&replica, "shop:").await,
    );
    writer.create(ROW).await;
    let copied = async { while reader.load().await == Loaded::Missing {} };
    timeout(PATIENCE, copied).await.unwrap();
    let error = reader.store.end(KEY, ENDING, NOW).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::ReadOnly);
}

/// An address whose new connections go to one server, and later to another. Those that are there stay.
async fn switch(target: Arc<Mutex<SocketAddr>>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let target = *target.lock().unwrap();
            tokio::spawn(async move {
                let mut server = TcpStream::connect(target).await.unwrap();
                let _ = copy_bidirectional(&mut client, &mut server).await;
            });
        }
    });
    address
}

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn after_a_failover_the_primary_is_found_although_the_old_one_still_answers() {
    let (first, second) = (redis(&[]), redis(&[]));
    let target = Arc::new(Mutex::new(first.address()));
    let client = Client::open(format!("redis://{}/", switch(target.clone()).await)).unwrap();
    let connection = ConnectionManager::new_with_config(client, at_once()).await;
    let store = RedisStore::new(connection.unwrap()).prefix("shop:");
    let before = NewRow { key: OTHER, ..ROW };
    store.create(before, NOW).await.unwrap();

    let (port, old) = (second.port(), Place::on(&first, "shop:").await);
    old.ask::<()>(&format!("REPLICAOF 127.0.0.1 {port}")).await;
    *target.lock().unwrap() = second.address();
    let error = store.create(ROW, NOW).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::ReadOnly);
    // The connection is closed. The layer would try a second time by itself.
    let error = store.create(ROW, NOW).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unreachable);
    assert_eq!(store.create(ROW, NOW).await.unwrap(), Created::Done);
    let new = Place::on(&second, "shop:").await;
    assert!(matches!(new.load().await, Loaded::Alive(_)));
}

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn a_user_without_rights_is_told_which_are_lacking_and_those_are_enough() {
    let server = redis(&[]);
    let admin = Place::on(&server, "shop:").await;
    admin
        .ask::<()>("ACL SETUSER app on >pass ~shop:* resetchannels -@all")
        .await;
    let url = format!("redis://app:pass@{}/", server.address());
    let connection = Client::open(url)
        .unwrap()
        .get_connection_manager()
        .await
        .unwrap();
    let store = RedisStore::new(connection).prefix("shop:");
    let error = store.load(KEY, NOW).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::NotSetUp);
    let text = error.to_string();
    let rights = text
        .split('`')
        .find(|quoted| quoted.starts_with('+'))
        .unwrap();
    admin.ask::<()>(&format!("ACL SETUSER app {rights}")).await;
    admin.ask::<()>("ACL LOG RESET").await;
    // The store answers well without what only keeps its sets short, and without what only a check asks.
    let nothing_is_refused = async |doing: &str| {
        let refusals: Vec<Value> = admin.ask("ACL LOG").await;
        assert_eq!(refusals, [], "{doing}");
    };

    store.check().await.unwrap();
    nothing_is_refused("a check").await;

    assert_eq!(store.create(OF_USER, NOW).await.unwrap(), Created::Done);
    nothing_is_refused("a first login").await;

    let (changes, additions) = ([set(1, 8)], [added(1), added(2)]);
    let removals = [Change::Remove(EntryTag::from_bytes([1, 0, 0]))];
    let login = Commit {
        expires: Some(EXPIRES + 60),
        renewal: Some(LOGIN),
        ..commit(&changes)
    };
    let after_login = |changes| Commit {
        mark: LOGIN.mark,
        ..commit(changes)
    };
    for (doing, commit) in [
        ("an addition", commit(&additions[..1])),
        ("a login", login),
        ("an addition beside a copy", after_login(&additions[1..])),
        ("a removal", after_login(&removals)),
    ] {
        let committed = store.commit(KEY, commit, NOW).await;
        assert_eq!(committed.unwrap(), Committed::Done, "{doing}");
        nothing_is_refused(doing).await;
    }

    let other = NewRow {
        key: OTHER,
        ..OF_USER
    };
    store.create(other, NOW).await.unwrap();
    let ending = RowEnding {
        owners: &[USER],
        until: EXPIRES,
        ..ENDING
    };
    store.end(OTHER, ending, NOW).await.unwrap();
    nothing_is_refused("a logout").await;
    assert_eq!(store.list(&[USER], NOW).await.unwrap().len(), 1);
    nothing_is_refused("a list").await;
    assert_eq!(store.end_all(&[USER], None, EXPIRES, NOW).await.unwrap(), 1);
    nothing_is_refused("an end of all").await;
    let places: u32 = admin.ask(&format!("ZCARD {}", admin.owner())).await;
    assert_eq!(places, 0);

    // A row takes the place of something else.
    admin.ask::<()>(&format!("SET {} text", admin.row())).await;
    admin
        .ask::<()>(&format!("SET {} text", admin.owner()))
        .await;
    assert_eq!(store.create(OF_USER, NOW).await.unwrap(), Created::Done);
    nothing_is_refused("a login in a place that is taken").await;
}

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn a_check_says_that_a_server_would_evict_sessions() {
    let server = redis(&[]);
    let place = Place::on(&server, "shop:").await;
    place.store.check().await.unwrap();
    place
        .ask::<()>("CONFIG SET maxmemory-policy allkeys-lru")
        .await;
    // Without a limit nothing is evicted.
    place.store.check().await.unwrap();
    place.ask::<()>("CONFIG SET maxmemory 1gb").await;
    for policy in ["allkeys-lru", "volatile-ttl", "volatile-random"] {
        place
            .ask::<()>(&format!("CONFIG SET maxmemory-policy {policy}"))
            .await;
        let error = place.store.check().await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::NotSetUp);
        assert!(error.to_string().contains(policy), "{error}");
    }
    place
        .ask::<()>("CONFIG SET maxmemory-policy noeviction")
        .await;
    place.store.check().await.unwrap();
    // A server that does not say is no error.
    place
        .ask::<()>("CONFIG SET maxmemory-policy allkeys-lru")
        .await;
    place.ask::<()>("ACL SETUSER default -info").await;
    place.store.check().await.unwrap();
}

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn the_newer_protocol_works_as_the_older_one() {
    let place = Place::shared().await;
    let url = format!("redis://{}/?protocol=resp3", shared_redis().address());
    let client = Client::open(url).unwrap();
    let connection = client.get_connection_manager().await.unwrap();
    let store = RedisStore::new(connection).prefix(&place.prefix);
    store.check().await.unwrap();
    store.create(ROW, NOW).await.unwrap();
    let changes = [set(1, 8)];
    let login = Commit {
        renewal: Some(LOGIN),
        ..commit(&changes)
    };
    let committed = store.commit(KEY, login, NOW).await.unwrap();
    assert_eq!(committed, Committed::Done);
    assert!(matches!(place.load().await, Loaded::Alive(_)));
    assert_eq!(store.load(KEY, NOW).await.unwrap(), place.load().await);
    assert_eq!(
        store.list(&[USER], NOW).await.unwrap(),
        place.store.list(&[USER], NOW).await.unwrap()
    );
    let ended = store.end_all(&[USER], None, EXPIRES, NOW).await;
    assert_eq!(ended.unwrap(), 1);
    assert_eq!(store.load(KEY, NOW).await.unwrap(), place.load().await);
}

#[derive(Session)]
#[session(stored)]
struct Shop {
    #[session(identity)]
    user: Identity<u32>,
    cart: Vec<String>,
}

async fn show(session: Session<Shop>) -> String {
    format!("{:?} {}", *session.user, session.cart.len())
}

async fn add(mut session: Session<Shop>) {
    session.cart.push("a book".to_owned());
}

async fn log_in(mut session: Session<Shop>) {
    Session::log_in(&mut session, 7);
}

async fn log_out(mut session: Session<Shop>) {
    Session::log_out(&mut session);
}

fn client_through(proxy: &Proxy) -> Client {
    Client::open(format!("redis://{}/", proxy.address())).unwrap()
}

fn shop(server: &Server, config: ConnectionManagerConfig) -> Router {
    shop_at(client(server), config)
}

fn shop_at(client: Client, config: ConnectionManagerConfig) -> Router {
    let connection = SharedConnection::with_config(client, config);
    shop_with(RedisStore::new(connection.unwrap()))
}

fn shop_with(store: impl Store) -> Router {
    let routes = Router::new()
        .route("/show", get(show))
        .route("/add", get(add))
        .route("/log-in", get(log_in))
        .route("/log-out", get(log_out));
    let layer = SessionLayer::<Shop>::stored(Keyring::ephemeral(), store);
    routes.layer(layer.store_timeout(Duration::from_millis(500)))
}

fn at_once() -> ConnectionManagerConfig {
    ConnectionManagerConfig::new().set_number_of_retries(0)
}

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn on_a_full_server_a_change_is_a_503_and_reading_and_logging_out_work() {
    let server = redis(&[]);
    let admin = Place::on(&server, "session:").await;
    let mut browser = Browser::new(shop(&server, at_once()));
    browser.get("/log-in").await;
    browser.get("/add").await;
    admin.ask::<()>("CONFIG SET maxmemory 1").await;
    let full = browser.get("/add").await;
    assert_eq!(full.status(), 503);
    assert_eq!(full.headers()[RETRY_AFTER], "1");
    assert!(!full.headers().contains_key(SET_COOKIE));
    assert_eq!(browser.get("/show").await.text(), "Some(7) 1");
    assert_eq!(browser.get("/log-out").await.status(), 200);
    assert_eq!(browser.get("/show").await.text(), "None 0");
}

/// A login writes the set of the user first and the row second. One that failed between the two left the visitor's row in the
/// set, without a user.
#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn after_a_login_that_failed_half_way_end_all_and_a_login_log_nobody_in_and_the_next_try_works()
 {
    let server = redis(&[]);
    let admin = Place::on(&server, "session:").await;
    let connection = SharedConnection::with_config(client(&server), at_once());
    let layer =
        SessionLayer::<Shop>::stored(Keyring::ephemeral(), RedisStore::new(connection.unwrap()));
    let sessions = layer.sessions();
    let alone = get(move |mut session: Session<Shop>| async move {
        sessions.end_all(&7).await.unwrap();
        Session::log_in(&mut session, 7);
    });
    let routes = Router::new()
        .route("/show", get(show))
        .route("/add", get(add))
        .route("/log-in", get(log_in))
        .route("/log-in-alone", alone);
    let site = routes.layer(layer);

    let mut visitor = Browser::new(site.clone());
    visitor.get("/add").await;
    let rows: Vec<String> = admin.ask("KEYS session:v1:row:*").await;
    let row = hex_bytes(rows[0].rsplit(':').next().unwrap());
    Browser::new(site).get("/log-in").await;
    let sets: Vec<String> = admin.ask("KEYS session:v1:owner:*").await;
    let mut add_to_set = redis::cmd("ZADD");
    add_to_set.arg(&sets[0]).arg(i64::MAX).arg(row);
    let mut connection = admin.connection.clone();
    add_to_set.exec_async(&mut connection).await.unwrap();

    visitor.get("/log-in-alone").await;
    assert_eq!(visitor.get("/show").await.text(), "None 0");
    visitor.get("/log-in-alone").await;
    assert_eq!(visitor.get("/show").await.text(), "Some(7) 0");
}

fn hex_bytes(hex: &str) -> Vec<u8> {
    let digits = (0..hex.len()).step_by(2);
    let bytes = digits.map(|at| u8::from_str_radix(&hex[at..at + 2], 16));
    bytes.collect::<Result<_, _>>().unwrap()
}

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn after_a_restart_of_the_server_the_first_request_finds_its_session() {
    let mut server = redis(&["--appendonly", "yes", "--appendfsync", "always"]);
    let mut browser = Browser::new(shop(&server, at_once()));
    browser.get("/log-in").await;
    browser.get("/add").await;
    restart(&mut server);
    assert_eq!(browser.get("/show").await.text(), "Some(7) 1");
    server.crash();
    assert_eq!(browser.get("/show").await.status(), 503);
    assert_eq!(browser.get("/show").await.status(), 503);
    run(&mut server);
    assert_eq!(browser.get("/add").await.status(), 200);
    assert_eq!(browser.get("/show").await.text(), "Some(7) 2");
}

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn a_list_finds_a_server_that_was_restarted() {
    let mut server = redis(&["--appendonly", "yes", "--appendfsync", "always"]);
    let connection = SharedConnection::with_config(client(&server), at_once());
    let store = RedisStore::new(connection.unwrap());
    store.create(OF_USER, NOW).await.unwrap();
    restart(&mut server);
    assert_eq!(store.list(&[USER], NOW).await.unwrap().len(), 1);
    server.crash();
    let error = store.check().await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unreachable);
    run(&mut server);
    store.check().await.unwrap();
    restart(&mut server);
    assert_eq!(store.end_all(&[USER], None, EXPIRES, NOW).await.unwrap(), 1);
}

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn an_application_starts_before_its_server() {
    let mut server = redis(&[]);
    server.crash();
    let mut browser = Browser::new(shop(&server, at_once()));
    assert_eq!(browser.get("/add").await.status(), 503);
    // The attempt to connect that began with the failure fails, too.
    sleep(Duration::from_millis(50)).await;
    run(&mut server);
    assert_eq!(browser.get("/log-in").await.status(), 200);
    assert_eq!(browser.get("/show").await.text(), "Some(7) 0");
}

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn a_frozen_server_is_a_503_within_the_limit_and_all_is_well_when_it_runs_on() {
    let server = redis(&[]);
    for config in [at_once(), at_once().set_response_timeout(None)] {
        let mut browser = Browser::new(shop(&server, config));
        browser.get("/log-in").await;
        browser.get("/add").await;
        server.signal(Signal::Stop);
        let show = timeout(PATIENCE, browser.get("/show")).await;
        assert_eq!(show.unwrap().status(), 503);
        server.signal(Signal::Continue);
        assert_eq!(browser.get("/show").await.text(), "Some(7) 1");
    }
}

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn a_connection_that_has_gone_silent_costs_one_request_and_is_replaced() {
    let server = redis(&[]);
    // Either the connection sees first that the answer does not come, or the layer, which waits for half a second.
    let sooner = at_once().set_response_timeout(Some(Duration::from_millis(200)));
    for config in [sooner, at_once().set_response_timeout(None)] {
        let proxy = Proxy::new(server.address());
        let mut browser = Browser::new(shop_at(client_through(&proxy), config));
        browser.get("/log-in").await;
        for _ in 0..2 {
            proxy.disturb(Fault::Forgotten);
            assert_eq!(browser.get("/show").await.status(), 503);
            assert_eq!(browser.get("/show").await.text(), "Some(7) 0");
        }
    }
}

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn a_server_that_hangs_is_not_flooded_with_new_connections() {
    let server = redis(&[]);
    let proxy = Proxy::new(server.address());
    let client = client_through(&proxy);
    let quick = at_once().set_response_timeout(Some(Duration::from_millis(200)));
    let store = RedisStore::new(SharedConnection::with_config(client, quick).unwrap());
    store.load(KEY, NOW).await.unwrap();
    proxy.disturb(Fault::Silent);
    for _ in 0..3 {
        let mut loads = JoinSet::new();
        for number in 0..50 {
            let store = store.clone();
            loads.spawn(async move {
                sleep(Duration::from_millis(5 * number)).await;
                store.load(KEY, NOW).await
            });
        }
        assert!(loads.join_all().await.iter().all(Result::is_err));
    }
    assert!(proxy.clients() < 12, "{} connections", proxy.clients());
    proxy.heal();
    // The connection that was begun last may be one of those that break. The layer tries twice.
    let _ = store.load(KEY, NOW).await;
    assert_eq!(store.load(KEY, NOW).await.unwrap(), Loaded::Missing);
}

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn requests_that_are_given_up_at_once_do_not_cost_a_connection() {
    let server = redis(&[]);
    let proxy = Proxy::new(server.address());
    let store = RedisStore::new(SharedConnection::new(client_through(&proxy)).unwrap());
    store.load(KEY, NOW).await.unwrap();
    proxy.disturb(Fault::Slow(Duration::from_millis(50)));
    for _ in 0..5 {
        let hung_up = timeout(Duration::from_millis(5), store.load(KEY, NOW)).await;
        assert!(hung_up.is_err());
    }
    store.load(KEY, NOW).await.unwrap();
    assert_eq!(proxy.clients(), 1);
}

/// A connection that loses the answer to one command when it is told to. The server has done it.
#[derive(Clone)]
struct Lossy {
    connection: ConnectionManager,
    loses: Arc<AtomicU32>,
}

impl Connections for Lossy {
    type Connection = Self;

    async fn connection(&self) -> Result<Self, StoreError> {
        Ok(self.clone())
    }
}

impl ConnectionLike for Lossy {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(async move {
            let answer = self.connection.send_packed_command(command).await?;
            let left = self.loses.load(Ordering::Relaxed);
            self.loses.store(left.saturating_sub(1), Ordering::Relaxed);
            match left {
                1 => Err(io::Error::from(io::ErrorKind::BrokenPipe).into()),
                _ => Ok(answer),
            }
        })
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        self.connection.req_packed_commands(pipeline, offset, count)
    }

    fn get_db(&self) -> i64 {
        self.connection.get_db()
    }
}

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn a_request_whose_answer_is_lost_is_asked_again_and_counts_once() {
    // Each command of the three requests is lost in one of the rounds.
    for lost in 1..=8 {
        let place = Place::shared().await;
        let (connection, loses) = (place.connection.clone(), Arc::default());
        let lossy = Lossy { connection, loses };
        let store = RedisStore::new(lossy.clone()).prefix(&place.prefix);
        let mut browser = Browser::new(shop_with(store));
        browser.get("/add").await;
        lossy.loses.store(lost, Ordering::Relaxed);
        assert_eq!(browser.get("/log-in").await.status(), 200);
        assert_eq!(browser.get("/add").await.status(), 200);
        assert_eq!(browser.get("/show").await.text(), "Some(7) 2", "{lost}");
        let out = browser.get("/log-out").await;
        assert_eq!(
            (
                out.status().as_u16(),
                out.headers().contains_key(SET_COOKIE)
            ),
            (200, true)
        );
        assert_eq!(lossy.loses.load(Ordering::Relaxed), 0, "{lost}");
        let row: Vec<String> = place.ask(&format!("KEYS {}v1:row:*", place.prefix)).await;
        let tombstone = place.ask::<String>(&format!("HGET {} w", row[0])).await;
        assert_eq!((row.len(), &*tombstone), (1, "1"), "{lost}");
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn the_log_says_that_a_row_cannot_be_read_and_has_nothing_of_it() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let place = Place::shared().await;
    let _guard = tracing_subscriber::util::SubscriberInitExt::set_default(subscriber);
    place
        .ask::<()>(&format!("HSET {} e 5000003600 secret secret", place.row()))
        .await;
    assert_eq!(place.load().await, Loaded::Missing);
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("a row of the store cannot be read"), "{log}");
    for secret in ["secret", "abab", &place.prefix] {
        assert!(!log.contains(secret), "{log}");
    }
}
