//! A commit changes what it names and nothing else, and only what is as it was seen.

use std::sync::Arc;

use super::given::{EXPIRES, NOW, added, base, commit, field, key, login, mark, owner, row};
use super::steps::{add, apply, changes_nothing, has_entries, names, set, with_row};
use super::verdict::{Answer, Verdict, same_entries};
use crate::store::{Change, Commit, Committed, Created, Loaded, Store};

pub(super) async fn a_commit_changes_only_the_fields_that_it_names<S: Store>(
    store: Arc<S>,
) -> Verdict {
    let entries = [base(1, 1), base(2, 2), added(2, 3), base(3, 4)];
    with_row(&store, &entries).await?;
    let changes = [Change::Set(base(1, 5)), Change::Set(base(4, 6))];
    apply(&store, commit(&changes)).await?;
    let rest = [base(2, 2), added(2, 3), base(3, 4)];
    has_entries(&store, &[&rest[..], &[base(1, 5), base(4, 6)]].concat()).await
}

pub(super) async fn a_commit_removes_what_it_is_told_and_nothing_else<S: Store>(
    store: Arc<S>,
) -> Verdict {
    let entries = [base(1, 1), base(2, 2), added(2, 3), added(3, 4)];
    with_row(&store, &entries).await?;
    let changes = [2, 4].map(|of| Change::Remove(field(of)));
    apply(&store, commit(&changes)).await?;
    has_entries(&store, &[base(1, 1), added(3, 4)]).await
}

pub(super) async fn a_commit_makes_changes_of_every_kind_at_once<S: Store>(
    store: Arc<S>,
) -> Verdict {
    with_row(&store, &[base(1, 1), base(2, 2), added(4, 4)]).await?;
    let changes = [
        Change::Set(base(1, 11)),
        Change::Remove(field(2)),
        Change::Add(added(3, 13)),
        Change::Fold(base(4, 14)),
    ];
    let seen = [added(4, 4)];
    apply(
        &store,
        Commit {
            seen: &names(&seen),
            ..commit(&changes)
        },
    )
    .await?;
    has_entries(&store, &[base(1, 11), added(3, 13), base(4, 14)]).await
}

pub(super) async fn a_set_removes_every_added_entry_of_its_field<S: Store>(
    store: Arc<S>,
) -> Verdict {
    with_row(&store, &[base(1, 1), added(1, 2), added(2, 3)]).await?;
    add(&store, added(1, 4)).await?;
    set(&store, base(1, 5)).await?;
    has_entries(&store, &[base(1, 5), added(2, 3)]).await
}

pub(super) async fn added_entries_stand_beside_each_other<S: Store>(store: Arc<S>) -> Verdict {
    with_row(&store, &[base(1, 1)]).await?;
    add(&store, added(1, 2)).await?;
    add(&store, added(1, 3)).await?;
    add(&store, added(2, 4)).await?;
    has_entries(&store, &[base(1, 1), added(1, 2), added(1, 3), added(2, 4)]).await
}

pub(super) async fn a_repeated_add_stands_once<S: Store>(store: Arc<S>) -> Verdict {
    with_row(&store, &[base(1, 1)]).await?;
    add(&store, added(1, 2)).await?;
    add(&store, added(1, 3)).await?;
    add(&store, added(1, 2)).await?;
    has_entries(&store, &[base(1, 1), added(1, 2), added(1, 3)]).await
}

pub(super) async fn a_commit_without_a_row_answers_missing_and_never_creates_one<S: Store>(
    store: Arc<S>,
) -> Verdict {
    let changes = [Change::Set(base(1, 1)), Change::Add(added(2, 2))];
    for renewal in [None, Some(login(2, 1))] {
        let expires = Some(EXPIRES);
        let late = Commit {
            expires,
            renewal,
            ..commit(&changes)
        };
        store
            .commit(key(1), late, NOW)
            .await?
            .is(Committed::Missing)?;
        store.load(key(1), NOW).await?.is(Loaded::Missing)?;
        store.list(&[owner(1)], NOW).await?.is(Vec::new())?;
    }
    store.create(row(1, &[]), NOW).await?.is(Created::Done)
}

pub(super) async fn a_commit_to_a_row_that_is_over_answers_missing_and_does_not_prolong_it<S>(
    store: Arc<S>,
) -> Verdict
where
    S: Store,
{
    with_row(&store, &[]).await?;
    let late = Commit {
        expires: Some(EXPIRES + 3600),
        ..commit(&[])
    };
    store
        .commit(key(1), late, EXPIRES)
        .await?
        .is(Committed::Missing)?;
    store.load(key(1), EXPIRES).await?.is(Loaded::Missing)
}

pub(super) async fn a_commit_by_another_mark_is_moved_and_changes_nothing<S: Store>(
    store: Arc<S>,
) -> Verdict {
    with_row(&store, &[base(1, 1)]).await?;
    let changes = [Change::Set(base(1, 2)), Change::Add(added(2, 3))];
    let by_another = Commit {
        mark: mark(2),
        expires: Some(EXPIRES + 60),
        ..commit(&changes)
    };
    changes_nothing(&store, by_another).await
}

pub(super) async fn a_commit_that_saw_what_is_there_is_applied<S: Store>(store: Arc<S>) -> Verdict {
    let entries = [base(1, 1), added(2, 2), base(3, 3)];
    with_row(&store, &entries).await?;
    let changes = [Change::Set(base(1, 4))];
    apply(
        &store,
        Commit {
            seen: &names(&entries),
            ..commit(&changes)
        },
    )
    .await?;
    has_entries(&store, &[base(1, 4), added(2, 2), base(3, 3)]).await
}

pub(super) async fn a_commit_that_saw_what_is_gone_is_moved_and_changes_nothing<S: Store>(
    store: Arc<S>,
) -> Verdict {
    with_row(&store, &[base(1, 1), base(2, 2)]).await?;
    set(&store, base(1, 3)).await?;
    let changes = [
        Change::Set(base(1, 4)),
        Change::Set(base(2, 5)),
        Change::Add(added(3, 6)),
    ];
    let seen = [base(2, 2), base(1, 1)];
    let stale = Commit {
        seen: &names(&seen),
        expires: Some(EXPIRES + 60),
        ..commit(&changes)
    };
    changes_nothing(&store, stale).await
}

pub(super) async fn a_touch_that_saw_what_is_there_is_applied<S: Store>(store: Arc<S>) -> Verdict {
    let seen = [base(1, 1), added(1, 2)];
    with_row(&store, &seen).await?;
    let touch = Commit {
        seen: &names(&seen),
        expires: Some(EXPIRES + 60),
        ..commit(&[])
    };
    apply(&store, touch).await?;
    let loaded = store.load(key(1), EXPIRES + 59).await?.alive()?;
    loaded.expires.is(EXPIRES + 60)
}

pub(super) async fn an_addition_that_saw_what_is_there_is_applied<S: Store>(
    store: Arc<S>,
) -> Verdict {
    let seen = [base(1, 1), added(1, 2)];
    with_row(&store, &seen).await?;
    let changes = [Change::Add(added(1, 3))];
    let addition = Commit {
        seen: &names(&seen),
        ..commit(&changes)
    };
    apply(&store, addition).await?;
    has_entries(&store, &[base(1, 1), added(1, 2), added(1, 3)]).await
}

pub(super) async fn a_touch_that_saw_what_is_gone_is_moved<S: Store>(store: Arc<S>) -> Verdict {
    with_row(&store, &[]).await?;
    let seen = [base(1, 1)];
    let stale = Commit {
        seen: &names(&seen),
        expires: Some(EXPIRES + 60),
        ..commit(&[])
    };
    changes_nothing(&store, stale).await
}

pub(super) async fn a_renewal_that_saw_what_is_gone_is_moved_whatever_is_applied<S: Store>(
    store: Arc<S>,
) -> Verdict {
    with_row(&store, &[base(1, 2)]).await?;
    let changes = [Change::Set(base(1, 2))];
    let seen = [base(1, 1)];
    let stale = Commit {
        seen: &names(&seen),
        renewal: Some(login(2, 1)),
        ..commit(&changes)
    };
    changes_nothing(&store, stale).await
}

pub(super) async fn a_repeated_set_keeps_what_was_added_to_it<S: Store>(store: Arc<S>) -> Verdict {
    with_row(&store, &[base(1, 1), added(1, 2)]).await?;
    set(&store, base(1, 5)).await?;
    add(&store, added(1, 6)).await?;
    set(&store, base(1, 5)).await?;
    has_entries(&store, &[base(1, 5), added(1, 6)]).await
}

pub(super) async fn a_repeated_set_that_replaced_what_it_saw_is_done<S: Store>(
    store: Arc<S>,
) -> Verdict {
    with_row(&store, &[base(1, 1), added(2, 2)]).await?;
    let changes = [Change::Set(base(1, 3)), Change::Remove(field(2))];
    let seen = [base(1, 1), added(2, 2)];
    let resealing = Commit {
        seen: &names(&seen),
        ..commit(&changes)
    };
    apply(&store, resealing).await?;
    apply(&store, resealing).await?;
    has_entries(&store, &[base(1, 3)]).await
}

pub(super) async fn a_commit_of_which_half_is_applied_is_no_repetition<S: Store>(
    store: Arc<S>,
) -> Verdict {
    with_row(&store, &[base(1, 2), base(2, 3)]).await?;
    let changes = [Change::Set(base(1, 2)), Change::Remove(field(2))];
    changes_nothing(
        &store,
        Commit {
            seen: &names(&[base(1, 1)]),
            ..commit(&changes)
        },
    )
    .await
}

pub(super) async fn a_set_that_replaces_what_it_saw_never_undoes_a_parallel_one<S: Store>(
    store: Arc<S>,
) -> Verdict {
    with_row(&store, &[base(1, 1)]).await?;
    set(&store, base(1, 2)).await?;
    let changes = [Change::Set(base(1, 3))];
    changes_nothing(
        &store,
        Commit {
            seen: &names(&[base(1, 1)]),
            ..commit(&changes)
        },
    )
    .await
}

pub(super) async fn a_fold_replaces_what_it_saw_and_keeps_what_was_added_meanwhile<S: Store>(
    store: Arc<S>,
) -> Verdict {
    let seen = [base(1, 1), added(1, 2), added(1, 3)];
    with_row(&store, &seen).await?;
    add(&store, added(1, 4)).await?;
    let changes = [Change::Fold(base(1, 5))];
    apply(
        &store,
        Commit {
            seen: &names(&seen),
            ..commit(&changes)
        },
    )
    .await?;
    has_entries(&store, &[base(1, 5), added(1, 4)]).await
}

pub(super) async fn a_fold_makes_a_base_where_there_was_none<S: Store>(store: Arc<S>) -> Verdict {
    let seen = [added(1, 2), added(1, 3)];
    with_row(&store, &seen).await?;
    let changes = [Change::Fold(base(1, 5))];
    apply(
        &store,
        Commit {
            seen: &names(&seen),
            ..commit(&changes)
        },
    )
    .await?;
    has_entries(&store, &[base(1, 5)]).await
}

pub(super) async fn a_fold_leaves_the_entries_of_other_fields<S: Store>(store: Arc<S>) -> Verdict {
    let seen = [added(1, 2), base(2, 3), added(2, 4)];
    with_row(&store, &seen).await?;
    let changes = [Change::Fold(base(1, 5))];
    apply(
        &store,
        Commit {
            seen: &names(&seen),
            ..commit(&changes)
        },
    )
    .await?;
    has_entries(&store, &[base(1, 5), base(2, 3), added(2, 4)]).await
}

pub(super) async fn a_fold_of_what_was_removed_meanwhile_is_moved<S: Store>(
    store: Arc<S>,
) -> Verdict {
    let seen = [base(1, 1), added(1, 2)];
    with_row(&store, &seen).await?;
    apply(&store, commit(&[Change::Remove(field(1))])).await?;
    let changes = [Change::Fold(base(1, 4))];
    changes_nothing(
        &store,
        Commit {
            seen: &names(&seen),
            ..commit(&changes)
        },
    )
    .await
}

pub(super) async fn a_fold_that_saw_no_base_is_moved_where_there_is_one<S: Store>(
    store: Arc<S>,
) -> Verdict {
    let seen = [added(1, 2)];
    with_row(&store, &seen).await?;
    set(&store, base(1, 3)).await?;
    // Whoever lost the answer repeats it.
    add(&store, added(1, 2)).await?;
    let changes = [Change::Fold(base(1, 4))];
    changes_nothing(
        &store,
        Commit {
            seen: &names(&seen),
            ..commit(&changes)
        },
    )
    .await
}

pub(super) async fn a_repeated_fold_is_done_and_changes_nothing<S: Store>(
    store: Arc<S>,
) -> Verdict {
    let seen = [base(1, 1), added(1, 2)];
    with_row(&store, &seen).await?;
    let (seen, changes) = (names(&seen), [Change::Fold(base(1, 3))]);
    let fold = Commit {
        seen: &seen,
        ..commit(&changes)
    };
    apply(&store, fold).await?;
    add(&store, added(1, 4)).await?;
    apply(&store, fold).await?;
    has_entries(&store, &[base(1, 3), added(1, 4)]).await
}

pub(super) async fn a_touch_makes_a_row_last_longer_and_changes_no_entry<S: Store>(
    store: Arc<S>,
) -> Verdict {
    with_row(&store, &[base(1, 1), added(1, 2)]).await?;
    apply(
        &store,
        Commit {
            expires: Some(EXPIRES + 60),
            ..commit(&[])
        },
    )
    .await?;
    let loaded = store.load(key(1), EXPIRES + 59).await?.alive()?;
    loaded.expires.is(EXPIRES + 60)?;
    same_entries(&loaded.entries, &[base(1, 1), added(1, 2)])?;
    store.load(key(1), EXPIRES + 60).await?.is(Loaded::Missing)
}

pub(super) async fn a_row_never_ends_earlier_than_it_would_have<S: Store>(
    store: Arc<S>,
) -> Verdict {
    with_row(&store, &[]).await?;
    let changes = [Change::Set(base(1, 1))];
    for expires in [None, Some(EXPIRES - 60), Some(NOW), Some(0)] {
        apply(
            &store,
            Commit {
                expires,
                ..commit(&changes)
            },
        )
        .await?;
        store
            .load(key(1), NOW)
            .await?
            .alive()?
            .expires
            .is(EXPIRES)?;
    }
    store.load(key(1), EXPIRES - 1).await?.alive()?;
    Ok(())
}
