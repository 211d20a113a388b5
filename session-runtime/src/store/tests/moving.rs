//! Two stores while sessions move: every sentence is kept, also between servers of two releases.

use std::sync::atomic::{AtomicU64, Ordering};

use super::{SENTENCES, judge};
use crate::store::{
    Commit, Committed, Created, Ended, Listed, Loaded, Mark, MemoryStore, Moving, NewRow, Owner,
    Renewal, RowEnding, RowKey, Store, StoreError, StoreErrorKind, Why,
};
use crate::test_kit::{Fault, FaultyStore, Operation};

type Release = Moving<MemoryStore, MemoryStore>;

/// Two servers over the same two stores, one of each release. Each operation is that of one of them.
struct TwoReleases {
    servers: [Release; 2],
    operations: AtomicU64,
}

impl TwoReleases {
    fn new(seed: u64) -> Self {
        let (old, new) = (MemoryStore::new(), MemoryStore::new());
        Self {
            servers: [Moving::new(old.clone(), new.clone()), Moving::new(new, old)],
            operations: AtomicU64::new(seed * 1_000_003),
        }
    }

    /// In an order that depends on the seed, without a period that a test might share.
    fn one(&self) -> &Release {
        let operation = self.operations.fetch_add(1, Ordering::Relaxed);
        let mixed = operation.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 63;
        let [one, other] = &self.servers;
        if mixed == 0 { one } else { other }
    }
}

impl Store for TwoReleases {
    async fn load(&self, key: RowKey, now: u64) -> Result<Loaded, StoreError> {
        self.one().load(key, now).await
    }

    async fn create(&self, row: NewRow<'_>, now: u64) -> Result<Created, StoreError> {
        self.one().create(row, now).await
    }

    async fn commit(
        &self,
        key: RowKey,
        commit: Commit<'_>,
        now: u64,
    ) -> Result<Committed, StoreError> {
        self.one().commit(key, commit, now).await
    }

    async fn end(&self, key: RowKey, ending: RowEnding<'_>, now: u64) -> Result<Ended, StoreError> {
        self.one().end(key, ending, now).await
    }

    async fn list(&self, owners: &[Owner], now: u64) -> Result<Vec<Listed>, StoreError> {
        self.one().list(owners, now).await
    }

    async fn end_all(
        &self,
        owners: &[Owner],
        keep: Option<RowKey>,
        until: u64,
        now: u64,
    ) -> Result<u64, StoreError> {
        self.one().end_all(owners, keep, until, now).await
    }

    async fn sweep(&self, now: u64, limit: u32) -> Result<u32, StoreError> {
        self.one().sweep(now, limit).await
    }
}

/// Every sentence but one. Where no row is, an ending leaves a tombstone in both stores, and a sweep counts two.
fn kept_by_both() -> impl Iterator<Item = &'static str> {
    let counts = "a_sweep_deletes_tombstones_whose_time_is_over_and_no_others";
    let all = SENTENCES.iter().copied();
    all.filter(move |sentence| *sentence != counts)
}

#[test]
fn two_stores_keep_every_sentence() {
    for sentence in kept_by_both() {
        let verdict = judge(sentence, async || {
            Moving::new(MemoryStore::new(), MemoryStore::new())
        });
        assert!(verdict.is_ok(), "{sentence}: {verdict:?}");
    }
}

#[test]
fn servers_of_two_releases_keep_every_sentence() {
    for (sentence, seed) in
        kept_by_both().flat_map(|sentence| (0..8).map(move |seed| (sentence, seed)))
    {
        let verdict = judge(sentence, async || TwoReleases::new(seed));
        assert!(verdict.is_ok(), "{sentence}, seed {seed}: {verdict:?}");
    }
}

fn row() -> NewRow<'static> {
    NewRow {
        key: RowKey::from_bytes([7; 16]),
        mark: Mark::from_bytes([1; 8]),
        owner: None,
        expires: 2000,
        entries: &[],
        label: None,
    }
}

/// The row that another server is about to create reaches its first store, whichever that is.
#[tokio::test]
async fn a_row_that_is_on_its_way_to_either_store_is_refused_after_its_ending() {
    let (old, new) = (MemoryStore::new(), MemoryStore::new());
    let key = row().key;
    let ending = RowEnding {
        owners: &[],
        why: Why::ByVisitor,
        until: 1300,
    };
    let moving = Moving::new(new.clone(), old.clone());
    assert_eq!(moving.end(key, ending, 1000).await.unwrap(), Ended::Before);
    for store in [old, new] {
        assert_eq!(store.create(row(), 1000).await.unwrap(), Created::Taken);
    }
}

/// The first store forgets nothing of what it is asked; a commit with a renewal would tell it a user.
#[tokio::test]
async fn a_renewal_of_a_row_in_the_second_store_does_not_reach_the_first() {
    let (first, second) = (FaultyStore::new(MemoryStore::new()), MemoryStore::new());
    second.create(row(), 1000).await.unwrap();
    let renewal = Renewal {
        mark: Mark::from_bytes([2; 8]),
        owner: Some(Owner::from_bytes([5; 16])),
        joins: &[],
        keep_until: 1060,
        label: None,
    };
    let login = Commit {
        mark: row().mark,
        seen: &[],
        changes: &[],
        expires: None,
        renewal: Some(renewal),
    };
    let moving = Moving::new(first.clone(), second);
    let committed = moving.commit(row().key, login, 1000).await.unwrap();
    assert_eq!(committed, Committed::Done);
    assert_eq!(first.asked(Operation::Commit), 0);
}

#[tokio::test]
async fn an_ending_whose_first_try_reached_one_store_reaches_the_other_with_the_second() {
    let (first, second) = (MemoryStore::new(), FaultyStore::new(MemoryStore::new()));
    let ending = RowEnding {
        owners: &[],
        why: Why::ByVisitor,
        until: 1300,
    };
    let moving = Moving::new(first, second.clone());
    let unreachable = Fault::error(StoreErrorKind::Unreachable);
    second.fail(unreachable.on([Operation::End]).times(1));
    moving.end(row().key, ending, 1000).await.unwrap_err();
    moving.end(row().key, ending, 1000).await.unwrap();
    let created = second.create(row(), 1000).await.unwrap();
    assert_eq!(created, Created::Taken);
}
