//! What the tests of PostgreSQL share.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use session_postgres::PostgresStore;
use session_runtime::store::{
    Change, Commit, Committed, Entry, EntryTag, Loaded, Mark, NewRow, Owner, Renewal, Role,
    RowEnding, RowKey, Store as _, StoreError, Why,
};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use store_tests::{Server, postgres};

/// So few connections that the tests of all threads fit into one server.
pub(crate) fn pool_of(server: &Server) -> PgPool {
    pool_with(server, |options| options)
}

pub(crate) fn pool_with(
    server: &Server,
    change: impl FnOnce(PgConnectOptions) -> PgConnectOptions,
) -> PgPool {
    let options: PgConnectOptions = postgres::url(server).parse().unwrap();
    PgPoolOptions::new()
        .max_connections(8)
        .acquire_timeout(Duration::from_mins(1))
        .connect_lazy_with(change(options))
}

/// A name that no other test of this process has.
pub(crate) fn new_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("table_{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// A store with a table of its own.
pub(crate) async fn new_store(pool: PgPool) -> PostgresStore {
    store_in(pool, &new_name()).await
}

pub(crate) async fn store_in(pool: PgPool, table: &str) -> PostgresStore {
    let store = PostgresStore::new(pool).table(table).unwrap();
    store.create_tables().await.unwrap();
    store
}

pub(crate) const NOW: u64 = 1_800_000_000;
pub(crate) const EXPIRES: u64 = NOW + 3600;
pub(crate) const MARK: Mark = Mark::from_bytes([1; 8]);

pub(crate) fn key(number: u32) -> RowKey {
    let mut key = [0xab; 16];
    key[12..].copy_from_slice(&number.to_be_bytes());
    RowKey::from_bytes(key)
}

pub(crate) fn owner(number: u8) -> Owner {
    Owner::from_bytes([number; 16])
}

pub(crate) fn row(number: u32, owner: Option<Owner>) -> NewRow<'static> {
    NewRow {
        key: key(number),
        mark: MARK,
        owner,
        expires: EXPIRES,
        entries: &[],
        label: None,
    }
}

/// As long as a small one, and with its number in its name.
pub(crate) fn entry(field: u8, value: u32) -> Entry {
    Entry {
        tag: EntryTag::from_bytes([field, 0, 1]),
        role: Role::Base,
        sealed: Bytes::from(format!("{value:<65}")),
    }
}

pub(crate) fn commit(changes: &[Change]) -> Commit<'_> {
    Commit {
        mark: MARK,
        seen: &[],
        changes,
        expires: None,
        renewal: None,
    }
}

pub(crate) fn login(mark: u8, owner: Owner) -> Commit<'static> {
    let renewal = Renewal {
        mark: Mark::from_bytes([mark; 8]),
        owner: Some(owner),
        joins: &[],
        keep_until: NOW + 60,
        label: None,
    };
    Commit {
        renewal: Some(renewal),
        ..commit(&[])
    }
}

pub(crate) fn logout(owners: &[Owner]) -> RowEnding<'_> {
    RowEnding {
        owners,
        why: Why::ByVisitor,
        until: NOW + 300,
    }
}

pub(crate) async fn set(
    store: &PostgresStore,
    number: u32,
    field: u8,
    value: u32,
) -> Result<Committed, StoreError> {
    let changes = [Change::Set(entry(field, value))];
    store.commit(key(number), commit(&changes), NOW).await
}

/// The entries of a row that is alive, in the order of their fields.
pub(crate) async fn entries(store: &PostgresStore, number: u32) -> Vec<Entry> {
    match store.load(key(number), NOW).await.unwrap() {
        Loaded::Alive(mut row) => {
            row.entries.sort_by_key(|entry| entry.tag);
            row.entries
        }
        other => panic!("the row is alive: {other:?}"),
    }
}
