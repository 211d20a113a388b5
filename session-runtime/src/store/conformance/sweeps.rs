//! A sweep deletes what has been over for five minutes, and never what is alive.

use std::sync::Arc;

use super::given::{EXPIRES, GRACE, NOW, base, commit, ending, key, owner, row, row_of};
use super::owners::keys_of;
use super::steps::{apply, with_row};
use super::verdict::{Answer, Broken, Verdict, holds};
use crate::store::{Commit, Committed, Created, Ended, Loaded, NewRow, RowEnding, Store, Why};

const SWEPT: u64 = EXPIRES + GRACE;

pub(super) async fn a_sweep_deletes_at_most_its_limit_and_all_in_the_end<S: Store>(
    store: Arc<S>,
) -> Verdict {
    for number in 0..20 {
        store
            .create(row(number, &[]), NOW)
            .await?
            .is(Created::Done)?;
    }
    let mut counts = Vec::new();
    for _ in 0..4 {
        counts.push(store.sweep(SWEPT, 8).await?);
    }
    let deletes_by_itself = counts == [0; 4];
    holds(
        deletes_by_itself || counts == [8, 8, 4, 0],
        format!("sweeps of at most 8 should delete [8, 8, 4, 0] of 20 rows, and did {counts:?}"),
    )
}

pub(super) async fn a_sweep_leaves_what_is_over_for_five_minutes<S: Store>(
    store: Arc<S>,
) -> Verdict {
    with_row(&store, &[]).await?;
    store.sweep(SWEPT - 1, 8).await?.is(0)?;
    // By the clock of a server that is behind, the row is alive.
    store.load(key(1), EXPIRES - 1).await?.alive()?;
    Ok(())
}

pub(super) async fn a_sweep_leaves_what_is_alive<S: Store>(store: Arc<S>) -> Verdict {
    let over_soon = NewRow {
        expires: NOW + 60,
        ..row_of(1, 1)
    };
    let living = [base(1, 1)];
    let living = NewRow {
        owner: Some(owner(1)),
        ..row(2, &living)
    };
    for new in [over_soon, living] {
        store.create(new, NOW).await?.is(Created::Done)?;
    }
    let now = NOW + 60 + GRACE;
    let before = store.load(key(2), now).await?;
    sweep_all(&store, now, 1).await?;
    store.load(key(1), now).await?.is(Loaded::Missing)?;
    store.load(key(2), now).await?.is(before)?;
    keys_of(&store, &[owner(1)], now).await?.is(vec![key(2)])
}

pub(super) async fn a_sweep_deletes_tombstones_whose_time_is_over_and_no_others<S: Store>(
    store: Arc<S>,
) -> Verdict {
    let over_soon = NewRow {
        expires: NOW + 60,
        ..row(3, &[])
    };
    store.create(over_soon, NOW).await?.is(Created::Done)?;
    for (number, until) in [(1, NOW + 60), (2, EXPIRES)] {
        let ending = RowEnding {
            until,
            ..ending(&[])
        };
        store
            .end(key(number), ending, NOW)
            .await?
            .is(Ended::Before)?;
    }
    let now = NOW + 60 + GRACE;
    sweep_all(&store, now, 2).await?;
    store
        .load(key(2), now)
        .await?
        .is(Loaded::Ended(Why::ByVisitor))?;
    let row = row(2, &[]);
    store.create(row, now).await?.is(Created::Taken)
}

pub(super) async fn a_touched_row_is_not_swept_at_its_first_end<S: Store>(
    store: Arc<S>,
) -> Verdict {
    with_row(&store, &[]).await?;
    let touch = Commit {
        expires: Some(SWEPT + 60),
        ..commit(&[])
    };
    apply(&store, touch).await?;
    sweep_all(&store, SWEPT, 0).await?;
    store.load(key(1), SWEPT).await?.alive()?;
    Ok(())
}

pub(super) async fn a_swept_row_leaves_nothing_to_the_next_row_of_its_key<S: Store>(
    store: Arc<S>,
) -> Verdict {
    let entries = [base(1, 1)];
    let first = NewRow {
        owner: Some(owner(1)),
        label: Some(b"first"),
        ..row(1, &entries)
    };
    store.create(first, NOW).await?.is(Created::Done)?;
    sweep_all(&store, SWEPT, 1).await?;
    let second = NewRow {
        expires: SWEPT + 60,
        ..row_of(2, 1)
    };
    let late = Commit {
        expires: Some(SWEPT + 60),
        ..commit(&[])
    };
    store
        .commit(key(1), late, SWEPT)
        .await?
        .is(Committed::Missing)?;
    store.create(second, SWEPT).await?.is(Created::Done)?;
    let row = store.load(key(1), SWEPT).await?.alive()?;
    row.entries.is(Vec::new())?;
    keys_of(&store, &[owner(1)], SWEPT).await?.is(Vec::new())?;
    let listed = store.list(&[owner(2)], SWEPT).await?;
    let labels: Vec<_> = listed.into_iter().map(|listed| listed.label).collect();
    labels.is(vec![None])
}

/// A store whose engine deletes by itself deletes nothing here.
async fn sweep_all(store: &Arc<impl Store>, now: u64, dead: u32) -> Result<(), Broken> {
    let count = store.sweep(now, 64).await?;
    holds(
        [0, dead].contains(&count),
        format!("a sweep should delete {dead} rows or tombstones, and did {count}"),
    )
}
