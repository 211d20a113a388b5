//! A renewal gives a row a new mark, in one step with its commit.

use std::sync::Arc;

use super::given::{
    EXPIRES, KEPT_UNTIL, NOW, added, base, commit, key, login, mark, owner, renewal, renewing,
    row_of,
};
use super::steps::{add, apply, changes_nothing, has_entries, names, set, with_row};
use super::verdict::{Answer, Verdict, same_entries};
use crate::store::{Change, Commit, Committed, Created, Entry, Listed, NewRow, Renewal, Store};

pub(super) async fn a_renewal_gives_the_row_its_mark_and_owner_and_keeps_every_entry<S: Store>(
    store: Arc<S>,
) -> Verdict {
    with_row(&store, &[base(1, 1), added(1, 2), base(2, 3)]).await?;
    let changes = [Change::Set(base(2, 4))];
    let login = Commit {
        renewal: Some(login(2, 1)),
        ..commit(&changes)
    };
    apply(&store, login).await?;
    let row = store.load(key(1), NOW).await?.alive()?;
    row.mark.is(mark(2))?;
    row.owner.is(Some(owner(1)))?;
    row.expires.is(EXPIRES)?;
    same_entries(&row.entries, &[base(1, 1), added(1, 2), base(2, 4)])
}

pub(super) async fn the_mark_of_before_a_renewal_changes_nothing<S: Store>(
    store: Arc<S>,
) -> Verdict {
    with_row(&store, &[base(1, 1)]).await?;
    apply(&store, renewing(login(2, 1))).await?;
    let changes = [Change::Set(base(1, 2))];
    let by_the_old_mark = Commit {
        expires: Some(EXPIRES + 60),
        ..commit(&changes)
    };
    changes_nothing(&store, by_the_old_mark).await?;
    let by_the_new_mark = Commit {
        mark: mark(2),
        ..commit(&changes)
    };
    apply(&store, by_the_new_mark).await?;
    has_entries(&store, &[base(1, 2)]).await
}

pub(super) async fn a_renewal_leaves_a_copy_of_the_entries_as_they_were<S: Store>(
    store: Arc<S>,
) -> Verdict {
    let entries = [base(1, 1), added(1, 2), base(2, 3)];
    with_row(&store, &entries).await?;
    let changes = [Change::Set(base(1, 4)), Change::Remove(base(2, 3).tag)];
    let login = Commit {
        renewal: Some(login(2, 1)),
        ..commit(&changes)
    };
    apply(&store, login).await?;
    has_copy(&store, &entries).await
}

pub(super) async fn a_commit_does_not_change_the_copy<S: Store>(store: Arc<S>) -> Verdict {
    let entries = [base(1, 1), added(1, 2)];
    with_row(&store, &entries).await?;
    apply(&store, renewing(login(2, 1))).await?;
    let changes = [Change::Set(base(1, 3)), Change::Add(added(2, 4))];
    let later = Commit {
        mark: mark(2),
        ..commit(&changes)
    };
    apply(&store, later).await?;
    has_copy(&store, &entries).await
}

pub(super) async fn a_copy_is_over_in_its_second_and_the_row_is_not<S: Store>(
    store: Arc<S>,
) -> Verdict {
    with_row(&store, &[base(1, 1)]).await?;
    apply(&store, renewing(login(2, 1))).await?;
    let row = store.load(key(1), KEPT_UNTIL - 1).await?.alive()?;
    row.before.is_some().is(true)?;
    let row = store.load(key(1), KEPT_UNTIL).await?.alive()?;
    row.before.is(None)?;
    same_entries(&row.entries, &[base(1, 1)])
}

pub(super) async fn a_renewal_replaces_the_copy_of_an_earlier_one<S: Store>(
    store: Arc<S>,
) -> Verdict {
    with_row(&store, &[base(1, 1)]).await?;
    apply(&store, renewing(login(2, 1))).await?;
    let changes = [Change::Set(base(1, 2))];
    let by_the_new_mark = |renewal| Commit {
        mark: mark(2),
        renewal,
        ..commit(&changes)
    };
    apply(&store, by_the_new_mark(None)).await?;
    let second = Renewal {
        keep_until: KEPT_UNTIL + 60,
        ..renewal(3, Some(owner(1)))
    };
    apply(&store, by_the_new_mark(Some(second))).await?;
    let row = store.load(key(1), KEPT_UNTIL + 59).await?.alive()?;
    let copy = row.before.as_ref();
    copy.map(|copy| (copy.mark, copy.until))
        .is(Some((mark(2), KEPT_UNTIL + 60)))?;
    same_entries(copy.map_or(&[], |copy| &copy.entries), &[base(1, 2)])
}

pub(super) async fn a_renewal_that_keeps_nothing_leaves_no_copy_of_an_earlier_one<S: Store>(
    store: Arc<S>,
) -> Verdict {
    with_row(&store, &[base(1, 1)]).await?;
    apply(&store, renewing(login(2, 1))).await?;
    let after_a_theft = Renewal {
        keep_until: NOW,
        ..renewal(3, Some(owner(1)))
    };
    let second = Commit {
        mark: mark(2),
        ..renewing(after_a_theft)
    };
    apply(&store, second).await?;
    store.load(key(1), NOW).await?.alive()?.before.is(None)
}

pub(super) async fn a_repeated_renewal_is_done_and_changes_nothing<S: Store>(
    store: Arc<S>,
) -> Verdict {
    with_row(&store, &[base(1, 1)]).await?;
    let changes = [Change::Set(base(1, 2))];
    let login = Commit {
        renewal: Some(login(2, 1)),
        ..commit(&changes)
    };
    apply(&store, login).await?;
    let changes = [Change::Set(base(1, 3))];
    let later = Commit {
        mark: mark(2),
        ..commit(&changes)
    };
    apply(&store, later).await?;
    let before = store.load(key(1), NOW).await?;
    apply(&store, login).await?;
    store.load(key(1), NOW).await?.is(before)
}

pub(super) async fn a_second_login_of_the_same_user_joins_the_row<S: Store>(
    store: Arc<S>,
) -> Verdict {
    with_row(&store, &[base(1, 1)]).await?;
    apply(&store, renewing(login(2, 1))).await?;
    let before = store.load(key(1), NOW).await?.alive()?;
    let changes = [Change::Set(base(1, 2)), Change::Add(added(2, 3))];
    let second = Commit {
        expires: Some(EXPIRES + 60),
        renewal: Some(Renewal {
            label: Some(b"second"),
            ..login(3, 1)
        }),
        ..commit(&changes)
    };
    // The second time is a repetition.
    for _ in 0..2 {
        let committed = store.commit(key(1), second, NOW).await?;
        committed.is(Committed::Rejoined(mark(2)))?;
    }
    let row = store.load(key(1), NOW).await?.alive()?;
    same_entries(&row.entries, &[base(1, 2), added(2, 3)])?;
    (row.mark, row.owner, row.expires).is((mark(2), Some(owner(1)), EXPIRES + 60))?;
    row.before.is(before.before)?;
    has_label(&store, None).await
}

pub(super) async fn a_login_of_another_user_does_not_join_the_row<S: Store>(
    store: Arc<S>,
) -> Verdict {
    with_row(&store, &[base(1, 1)]).await?;
    apply(&store, renewing(login(2, 1))).await?;
    let changes = [Change::Set(base(1, 2))];
    let of_another = Commit {
        renewal: Some(login(3, 2)),
        ..commit(&changes)
    };
    changes_nothing(&store, of_another).await
}

pub(super) async fn a_login_does_not_join_a_row_without_an_owner<S: Store>(
    store: Arc<S>,
) -> Verdict {
    with_row(&store, &[base(1, 1)]).await?;
    apply(&store, renewing(renewal(2, None))).await?;
    changes_nothing(&store, renewing(login(3, 1))).await?;
    changes_nothing(&store, renewing(renewal(3, None))).await
}

pub(super) async fn a_login_joins_a_row_of_its_user_under_another_key<S: Store>(
    store: Arc<S>,
) -> Verdict {
    with_row(&store, &[base(1, 1)]).await?;
    apply(&store, renewing(login(2, 1))).await?;
    let under_both_keys = Renewal {
        joins: &[owner(2), owner(1)],
        ..login(3, 2)
    };
    let now = NOW;
    let joined = store.commit(key(1), renewing(under_both_keys), now).await?;
    joined.is(Committed::Rejoined(mark(2)))
}

pub(super) async fn a_renewal_without_a_login_does_not_join_the_row<S: Store>(
    store: Arc<S>,
) -> Verdict {
    with_row(&store, &[base(1, 1)]).await?;
    apply(&store, renewing(login(2, 1))).await?;
    changes_nothing(&store, renewing(renewal(3, Some(owner(1))))).await
}

pub(super) async fn a_login_that_saw_what_is_gone_does_not_join_the_row<S: Store>(
    store: Arc<S>,
) -> Verdict {
    let entries = [base(1, 1)];
    with_row(&store, &entries).await?;
    set(&store, base(1, 2)).await?;
    apply(&store, renewing(login(2, 1))).await?;
    let changes = [Change::Set(base(1, 3))];
    let second = Commit {
        seen: &names(&entries),
        renewal: Some(login(3, 1)),
        ..commit(&changes)
    };
    changes_nothing(&store, second).await
}

pub(super) async fn a_renewal_that_saw_what_is_there_renews<S: Store>(store: Arc<S>) -> Verdict {
    let entries = [base(1, 1)];
    with_row(&store, &entries).await?;
    add(&store, added(1, 2)).await?;
    let changes = [Change::Set(base(1, 3))];
    let login = Commit {
        seen: &names(&entries),
        renewal: Some(login(2, 1)),
        ..commit(&changes)
    };
    apply(&store, login).await?;
    has_entries(&store, &[base(1, 3)]).await
}

pub(super) async fn a_label_stays_until_a_renewal_brings_another<S: Store>(
    store: Arc<S>,
) -> Verdict {
    let first = NewRow {
        label: Some(b"\0first\xff"),
        ..row_of(1, 1)
    };
    store.create(first, NOW).await?.is(Created::Done)?;
    apply(&store, renewing(renewal(2, Some(owner(1))))).await?;
    has_label(&store, Some(b"\0first\xff")).await?;
    let with_an_empty_label = Renewal {
        label: Some(b""),
        ..renewal(3, Some(owner(1)))
    };
    let second = Commit {
        mark: mark(2),
        ..renewing(with_an_empty_label)
    };
    apply(&store, second).await?;
    has_label(&store, Some(b"")).await
}

pub(super) async fn a_renewal_moves_the_row_to_the_list_of_its_new_owner<S: Store>(
    store: Arc<S>,
) -> Verdict {
    store.create(row_of(1, 1), NOW).await?.is(Created::Done)?;
    apply(&store, renewing(renewal(2, Some(owner(2))))).await?;
    store.list(&[owner(1)], NOW).await?.is(Vec::new())?;
    has_label_as(&store, 2, None).await
}

async fn has_copy(store: &Arc<impl Store>, entries: &[Entry]) -> Verdict {
    let row = store.load(key(1), NOW).await?.alive()?;
    let copy = row.before.as_ref();
    copy.map(|copy| (copy.mark, copy.until))
        .is(Some((mark(1), KEPT_UNTIL)))?;
    same_entries(copy.map_or(&[], |copy| &copy.entries), entries)
}

async fn has_label(store: &Arc<impl Store>, label: Option<&'static [u8]>) -> Verdict {
    has_label_as(store, 1, label).await
}

async fn has_label_as(store: &Arc<impl Store>, user: u32, label: Option<&'static [u8]>) -> Verdict {
    let listed = store.list(&[owner(user)], NOW).await?;
    let shown: Vec<_> = listed
        .iter()
        .map(|Listed { key, label, .. }| (*key, label.as_deref()))
        .collect();
    shown.is(vec![(key(1), label)])
}
