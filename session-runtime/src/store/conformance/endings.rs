//! An ended row stays ended, and its tombstone keeps its key.

use std::sync::Arc;

use super::given::{
    ENDED_UNTIL, EXPIRES, NOW, base, commit, ending, key, login, mark, owner, renewing, row, row_of,
};
use super::steps::{apply, has_entries, with_row};
use super::verdict::{Answer, Verdict};
use crate::store::{
    Change, Commit, Committed, Created, Ended, Loaded, NewRow, RowEnding, Store, Why,
};

/// Later than the end of every row in these tests.
const LATE: u64 = EXPIRES + 3600;

pub(super) async fn an_ended_row_says_why_as_long_as_it_would_have_lasted<S: Store>(
    store: Arc<S>,
) -> Verdict {
    let replaced = Why::Replaced { until: NOW + 60 };
    for (number, why) in [(1, Why::ByVisitor), (2, Why::ByApplication), (3, replaced)] {
        let row = row(number, &[]);
        store.create(row, NOW).await?.is(Created::Done)?;
        let ending = RowEnding { why, ..ending(&[]) };
        store.end(row.key, ending, NOW).await?.is(Ended::Done)?;
        store.load(row.key, NOW).await?.is(Loaded::Ended(why))?;
        store
            .load(row.key, EXPIRES - 1)
            .await?
            .is(Loaded::Ended(why))?;
        store.load(row.key, EXPIRES).await?.is(Loaded::Missing)?;
    }
    Ok(())
}

pub(super) async fn a_tombstone_stays_until_its_own_time_if_that_is_later<S: Store>(
    store: Arc<S>,
) -> Verdict {
    with_row(&store, &[]).await?;
    let ending = RowEnding {
        until: LATE,
        ..ending(&[])
    };
    store.end(key(1), ending, NOW).await?.is(Ended::Done)?;
    let ended = Loaded::Ended(Why::ByVisitor);
    store.load(key(1), LATE - 1).await?.is(ended)?;
    store.load(key(1), LATE).await?.is(Loaded::Missing)
}

pub(super) async fn a_tombstone_never_shrinks<S: Store>(store: Arc<S>) -> Verdict {
    with_row(&store, &[]).await?;
    store.end(key(1), ending(&[]), NOW).await?.is(Ended::Done)?;
    let earlier = RowEnding {
        until: NOW + 1,
        ..ending(&[])
    };
    store.end(key(1), earlier, NOW).await?.is(Ended::Before)?;
    let ended = Loaded::Ended(Why::ByVisitor);
    store.load(key(1), EXPIRES - 1).await?.is(ended.clone())?;
    let later = RowEnding {
        until: LATE,
        ..ending(&[])
    };
    store.end(key(1), later, NOW).await?.is(Ended::Before)?;
    store.load(key(1), LATE - 1).await?.is(ended)
}

pub(super) async fn a_row_that_ends_again_has_ended_before_and_keeps_its_reason<S: Store>(
    store: Arc<S>,
) -> Verdict {
    with_row(&store, &[]).await?;
    store.end(key(1), ending(&[]), NOW).await?.is(Ended::Done)?;
    let users = [owner(1)];
    for owners in [&[][..], &users] {
        let why = Why::ByApplication;
        let again = RowEnding {
            why,
            ..ending(owners)
        };
        store.end(key(1), again, NOW).await?.is(Ended::Before)?;
    }
    store
        .load(key(1), NOW)
        .await?
        .is(Loaded::Ended(Why::ByVisitor))
}

pub(super) async fn an_ended_row_takes_no_commit<S: Store>(store: Arc<S>) -> Verdict {
    with_row(&store, &[base(1, 1)]).await?;
    store.end(key(1), ending(&[]), NOW).await?.is(Ended::Done)?;
    let changes = [Change::Set(base(1, 2))];
    let expires = Some(LATE);
    for renewal in [None, Some(login(2, 1))] {
        let late = Commit {
            expires,
            renewal,
            ..commit(&changes)
        };
        let ended = Committed::Ended(Why::ByVisitor);
        store.commit(key(1), late, NOW).await?.is(ended)?;
    }
    store
        .load(key(1), NOW)
        .await?
        .is(Loaded::Ended(Why::ByVisitor))?;
    store.list(&[owner(1)], NOW).await?.is(Vec::new())
}

pub(super) async fn a_commit_after_the_tombstone_is_over_answers_missing<S: Store>(
    store: Arc<S>,
) -> Verdict {
    with_row(&store, &[]).await?;
    store.end(key(1), ending(&[]), NOW).await?.is(Ended::Done)?;
    let late = commit(&[]);
    store
        .commit(key(1), late, EXPIRES)
        .await?
        .is(Committed::Missing)
}

pub(super) async fn an_ending_that_names_owners_ends_only_a_row_of_one_of_them<S: Store>(
    store: Arc<S>,
) -> Verdict {
    store.create(row(1, &[]), NOW).await?.is(Created::Done)?;
    store.create(row_of(1, 2), NOW).await?.is(Created::Done)?;
    let others = [owner(2), owner(3)];
    for row in [key(1), key(2)] {
        let before = store.load(row, NOW).await?;
        let refused = store.end(row, ending(&others), NOW).await?;
        refused.is(Ended::AnotherOwner)?;
        store.load(row, NOW).await?.is(before)?;
    }
    let owners = [owner(2), owner(1)];
    store
        .end(key(2), ending(&owners), NOW)
        .await?
        .is(Ended::Done)?;
    store
        .load(key(2), NOW)
        .await?
        .is(Loaded::Ended(Why::ByVisitor))
}

pub(super) async fn an_ending_that_names_nobody_ends_only_a_row_without_an_owner<S: Store>(
    store: Arc<S>,
) -> Verdict {
    store.create(row(1, &[]), NOW).await?.is(Created::Done)?;
    store.create(row_of(1, 2), NOW).await?.is(Created::Done)?;
    store.end(key(1), ending(&[]), NOW).await?.is(Ended::Done)?;
    store
        .end(key(2), ending(&[]), NOW)
        .await?
        .is(Ended::AnotherOwner)?;
    store.load(key(2), NOW).await?.alive()?;
    Ok(())
}

pub(super) async fn an_ending_counts_the_owner_of_now_and_not_the_first<S: Store>(
    store: Arc<S>,
) -> Verdict {
    with_row(&store, &[base(1, 1)]).await?;
    apply(&store, renewing(login(2, 1))).await?;
    store
        .end(key(1), ending(&[]), NOW)
        .await?
        .is(Ended::AnotherOwner)?;
    has_entries(&store, &[base(1, 1)]).await?;
    let owners = [owner(1)];
    store
        .end(key(1), ending(&owners), NOW)
        .await?
        .is(Ended::Done)
}

pub(super) async fn an_ending_without_a_row_refuses_the_row_that_is_on_its_way<S: Store>(
    store: Arc<S>,
) -> Verdict {
    let owners = [owner(1)];
    for (number, owners) in [(1, &[][..]), (2, &owners)] {
        let row = row(number, &[]);
        store
            .end(row.key, ending(owners), NOW)
            .await?
            .is(Ended::Before)?;
        let ended = Loaded::Ended(Why::ByVisitor);
        store.load(row.key, NOW).await?.is(ended.clone())?;
        store.create(row, NOW).await?.is(Created::Taken)?;
        store.load(row.key, ENDED_UNTIL - 1).await?.is(ended)?;
    }
    Ok(())
}

pub(super) async fn an_ending_of_a_row_that_is_over_leaves_a_tombstone_whoever_had_it<S: Store>(
    store: Arc<S>,
) -> Verdict {
    store.create(row_of(1, 1), NOW).await?.is(Created::Done)?;
    let late = RowEnding {
        until: LATE,
        ..ending(&[])
    };
    store.end(key(1), late, EXPIRES).await?.is(Ended::Before)?;
    store
        .load(key(1), EXPIRES)
        .await?
        .is(Loaded::Ended(Why::ByVisitor))?;
    let new = NewRow {
        expires: LATE,
        ..row(1, &[])
    };
    store.create(new, EXPIRES).await?.is(Created::Taken)
}

pub(super) async fn a_row_that_has_ended_is_not_created_again_by_a_repetition<S: Store>(
    store: Arc<S>,
) -> Verdict {
    let entries = [base(1, 1)];
    with_row(&store, &entries).await?;
    store.end(key(1), ending(&[]), NOW).await?.is(Ended::Done)?;
    store
        .create(row(1, &entries), NOW)
        .await?
        .is(Created::Taken)?;
    store
        .load(key(1), NOW)
        .await?
        .is(Loaded::Ended(Why::ByVisitor))
}

pub(super) async fn a_tombstone_keeps_the_key_until_its_second<S: Store>(store: Arc<S>) -> Verdict {
    store
        .end(key(1), ending(&[]), NOW)
        .await?
        .is(Ended::Before)?;
    let new = NewRow {
        mark: mark(2),
        ..row(1, &[])
    };
    store
        .create(new, ENDED_UNTIL - 1)
        .await?
        .is(Created::Taken)?;
    store.create(new, ENDED_UNTIL).await?.is(Created::Done)?;
    store.load(key(1), ENDED_UNTIL).await?.alive()?;
    Ok(())
}

pub(super) async fn an_ending_after_a_tombstone_is_over_gives_its_own_reason<S: Store>(
    store: Arc<S>,
) -> Verdict {
    store
        .end(key(1), ending(&[]), NOW)
        .await?
        .is(Ended::Before)?;
    let why = Why::ByApplication;
    let second = RowEnding {
        why,
        until: LATE,
        ..ending(&[])
    };
    store
        .end(key(1), second, ENDED_UNTIL)
        .await?
        .is(Ended::Before)?;
    store
        .load(key(1), ENDED_UNTIL)
        .await?
        .is(Loaded::Ended(why))
}
