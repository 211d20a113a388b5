//! The rows of a user are found by their owner, all of them and no others.

use std::sync::Arc;

use bytes::Bytes;

use super::given::{EXPIRES, NOW, commit, ending, key, login, owner, renewing, row, row_of};
use super::steps::apply;
use super::verdict::{Answer, Verdict};
use crate::store::{
    Commit, Created, Ended, Listed, Loaded, NewRow, Owner, RowKey, Store, StoreError, Why,
};

/// As many rows of one user as no page of an engine holds.
const MANY: u32 = 600;

pub(super) async fn a_list_shows_the_rows_of_its_owners_and_no_others<S: Store>(
    store: Arc<S>,
) -> Verdict {
    for new in [
        row_of(1, 1),
        row_of(2, 2),
        row(3, &[]),
        row_of(3, 4),
        row_of(1, 5),
    ] {
        store.create(new, NOW).await?.is(Created::Done)?;
    }
    keys_of(&store, &[owner(1)], NOW)
        .await?
        .is(vec![key(1), key(5)])?;
    keys_of(&store, &[owner(4)], NOW).await?.is(Vec::new())?;
    let several = [owner(3), owner(1), owner(4)];
    keys_of(&store, &several, NOW)
        .await?
        .is(vec![key(1), key(4), key(5)])
}

pub(super) async fn a_list_shows_when_a_row_ends_and_its_label<S: Store>(store: Arc<S>) -> Verdict {
    let new = NewRow {
        label: Some(b"\0label\xff"),
        ..row_of(1, 1)
    };
    store.create(new, NOW).await?.is(Created::Done)?;
    store.list(&[owner(1)], NOW).await?.is(vec![Listed {
        key: key(1),
        expires: EXPIRES,
        label: Some(Bytes::from_static(b"\0label\xff")),
    }])?;
    let touch = Commit {
        expires: Some(EXPIRES + 60),
        ..commit(&[])
    };
    apply(&store, touch).await?;
    let listed = store.list(&[owner(1)], EXPIRES).await?;
    let ends: Vec<_> = listed.iter().map(|listed| listed.expires).collect();
    ends.is(vec![EXPIRES + 60])
}

pub(super) async fn a_list_shows_a_row_from_its_login_on<S: Store>(store: Arc<S>) -> Verdict {
    store.create(row(1, &[]), NOW).await?.is(Created::Done)?;
    keys_of(&store, &[owner(1)], NOW).await?.is(Vec::new())?;
    apply(&store, renewing(login(2, 1))).await?;
    keys_of(&store, &[owner(1)], NOW).await?.is(vec![key(1)])
}

pub(super) async fn a_list_shows_nothing_that_has_ended_or_is_over<S: Store>(
    store: Arc<S>,
) -> Verdict {
    for number in [1, 2] {
        store
            .create(row_of(1, number), NOW)
            .await?
            .is(Created::Done)?;
    }
    let owners = [owner(1)];
    store
        .end(key(1), ending(&owners), NOW)
        .await?
        .is(Ended::Done)?;
    keys_of(&store, &owners, NOW).await?.is(vec![key(2)])?;
    keys_of(&store, &owners, EXPIRES - 1)
        .await?
        .is(vec![key(2)])?;
    keys_of(&store, &owners, EXPIRES).await?.is(Vec::new())
}

pub(super) async fn a_list_shows_a_row_once_although_its_owner_is_named_twice<S: Store>(
    store: Arc<S>,
) -> Verdict {
    store.create(row_of(1, 1), NOW).await?.is(Created::Done)?;
    let twice = [owner(1), owner(1)];
    keys_of(&store, &twice, NOW).await?.is(vec![key(1)])
}

pub(super) async fn no_owners_have_no_rows<S: Store>(store: Arc<S>) -> Verdict {
    store.create(row(1, &[]), NOW).await?.is(Created::Done)?;
    store.create(row_of(1, 2), NOW).await?.is(Created::Done)?;
    store.list(&[], NOW).await?.is(Vec::new())?;
    store.end_all(&[], None, EXPIRES, NOW).await?.is(0)?;
    store.load(key(1), NOW).await?.alive()?;
    store.load(key(2), NOW).await?.alive()?;
    Ok(())
}

pub(super) async fn end_all_ends_the_rows_of_its_owners_and_no_others<S: Store>(
    store: Arc<S>,
) -> Verdict {
    for new in [
        row_of(1, 1),
        row_of(2, 2),
        row(3, &[]),
        row_of(3, 4),
        row_of(1, 5),
    ] {
        store.create(new, NOW).await?.is(Created::Done)?;
    }
    let owners = [owner(1), owner(3)];
    store.end_all(&owners, None, EXPIRES, NOW).await?.is(3)?;
    for number in [1, 4, 5] {
        let ended = Loaded::Ended(Why::ByApplication);
        store.load(key(number), NOW).await?.is(ended)?;
    }
    store.load(key(2), NOW).await?.alive()?;
    store.load(key(3), NOW).await?.alive()?;
    keys_of(&store, &owners, NOW).await?.is(Vec::new())
}

pub(super) async fn end_all_leaves_the_row_that_it_is_told_to_keep<S: Store>(
    store: Arc<S>,
) -> Verdict {
    for number in [1, 2, 3] {
        store
            .create(row_of(1, number), NOW)
            .await?
            .is(Created::Done)?;
    }
    let owners = [owner(1)];
    let ended = store.end_all(&owners, Some(key(2)), EXPIRES, NOW).await?;
    ended.is(2)?;
    keys_of(&store, &owners, NOW).await?.is(vec![key(2)])
}

pub(super) async fn end_all_counts_what_it_has_ended_itself<S: Store>(store: Arc<S>) -> Verdict {
    let over_soon = NewRow {
        expires: NOW + 60,
        ..row_of(1, 1)
    };
    for new in [over_soon, row_of(1, 2), row_of(1, 3)] {
        store.create(new, NOW).await?.is(Created::Done)?;
    }
    let owners = [owner(1)];
    store
        .end(key(2), ending(&owners), NOW)
        .await?
        .is(Ended::Done)?;
    store
        .end_all(&owners, None, EXPIRES, NOW + 60)
        .await?
        .is(1)?;
    store.end_all(&owners, None, EXPIRES, NOW + 60).await?.is(0)
}

pub(super) async fn end_all_leaves_tombstones_as_an_ending_does<S: Store>(
    store: Arc<S>,
) -> Verdict {
    let late = EXPIRES + 3600;
    for number in [1, 2] {
        store
            .create(row_of(number, number), NOW)
            .await?
            .is(Created::Done)?;
    }
    store
        .end_all(&[owner(1)], None, NOW + 1, NOW)
        .await?
        .is(1)?;
    store.end_all(&[owner(2)], None, late, NOW).await?.is(1)?;
    for (number, until) in [(1, EXPIRES), (2, late)] {
        let ended = Loaded::Ended(Why::ByApplication);
        store.load(key(number), until - 1).await?.is(ended)?;
        let created = store.create(row_of(number, number), until - 1).await?;
        created.is(Created::Taken)?;
        store.load(key(number), until).await?.is(Loaded::Missing)?;
    }
    Ok(())
}

pub(super) async fn six_hundred_rows_of_one_owner_are_listed_and_ended<S: Store>(
    store: Arc<S>,
) -> Verdict {
    for number in 0..MANY {
        store
            .create(row_of(1, number), NOW)
            .await?
            .is(Created::Done)?;
    }
    store
        .create(row_of(2, MANY), NOW)
        .await?
        .is(Created::Done)?;
    let all: Vec<_> = (0..MANY).map(key).collect();
    keys_of(&store, &[owner(1)], NOW).await?.is(all)?;
    let ended = store
        .end_all(&[owner(1)], Some(key(0)), EXPIRES, NOW)
        .await?;
    ended.is(u64::from(MANY) - 1)?;
    keys_of(&store, &[owner(1)], NOW).await?.is(vec![key(0)])?;
    keys_of(&store, &[owner(2)], NOW).await?.is(vec![key(MANY)])
}

/// Sorted, because a store lists in any order.
pub(super) async fn keys_of(
    store: &Arc<impl Store>,
    owners: &[Owner],
    now: u64,
) -> Result<Vec<RowKey>, StoreError> {
    let listed = store.list(owners, now).await?;
    let mut keys: Vec<_> = listed.into_iter().map(|listed| listed.key).collect();
    keys.sort();
    Ok(keys)
}
