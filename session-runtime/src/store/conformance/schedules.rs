//! The schedules by which a model found the mistakes of an earlier protocol: two requests at once, step by step.
//!
//! Each request loads the row, and then does what its handler asked for. Its ticket has the mark that it loaded.

use std::sync::Arc;

use super::given::{
    ENDED_UNTIL, EXPIRES, KEPT_UNTIL, NOW, added, base, commit, ending, key, login, mark, owner,
    renewal, renewing, row, row_of,
};
use super::owners::keys_of;
use super::steps::{apply, has_entries, set, with_row};
use super::verdict::{Answer, Verdict, same_entries};
use crate::store::{
    Change, Commit, Committed, Created, Ended, Loaded, NewRow, RowEnding, Store, Why,
};

const ENDED: Loaded = Loaded::Ended(Why::ByVisitor);

pub(super) async fn a_logout_that_loaded_before_a_renewal_ends_the_renewed_row<S: Store>(
    store: Arc<S>,
) -> Verdict {
    store.create(row_of(1, 1), NOW).await?.is(Created::Done)?;
    let logout = store.load(key(1), NOW).await?.alive()?;
    apply(&store, renewing(renewal(2, Some(owner(1))))).await?;
    let owners = [owner(1)];
    logout.owner.is(Some(owner(1)))?;
    store
        .end(key(1), ending(&owners), NOW)
        .await?
        .is(Ended::Done)?;
    store.load(key(1), NOW).await?.is(ENDED)?;
    keys_of(&store, &owners, NOW).await?.is(Vec::new())
}

pub(super) async fn after_a_logout_the_copy_of_a_renewal_is_not_read<S: Store>(
    store: Arc<S>,
) -> Verdict {
    let entries = [base(1, 1)];
    let of_a_user = NewRow {
        owner: Some(owner(1)),
        ..row(1, &entries)
    };
    store.create(of_a_user, NOW).await?.is(Created::Done)?;
    apply(&store, renewing(renewal(2, Some(owner(1))))).await?;
    store
        .load(key(1), NOW)
        .await?
        .alive()?
        .before
        .is_some()
        .is(true)?;
    let owners = [owner(1)];
    store
        .end(key(1), ending(&owners), NOW)
        .await?
        .is(Ended::Done)?;
    store.load(key(1), KEPT_UNTIL - 1).await?.is(ENDED)
}

pub(super) async fn a_renewal_that_loaded_before_a_logout_is_refused<S: Store>(
    store: Arc<S>,
) -> Verdict {
    store.create(row_of(1, 1), NOW).await?.is(Created::Done)?;
    let owners = [owner(1)];
    store
        .end(key(1), ending(&owners), NOW)
        .await?
        .is(Ended::Done)?;
    for renewal in [renewal(2, Some(owner(1))), login(3, 1)] {
        let committed = store.commit(key(1), renewing(renewal), NOW).await?;
        committed.is(Committed::Ended(Why::ByVisitor))?;
    }
    store.load(key(1), NOW).await?.is(ENDED)
}

pub(super) async fn a_renewal_under_way_does_not_escape_end_all<S: Store>(
    store: Arc<S>,
) -> Verdict {
    for number in [1, 2] {
        store
            .create(row_of(1, number), NOW)
            .await?
            .is(Created::Done)?;
    }
    let renewal = renewing(renewal(2, Some(owner(1))));
    store
        .commit(key(1), renewal, NOW)
        .await?
        .is(Committed::Done)?;
    store
        .end_all(&[owner(1)], None, EXPIRES, NOW)
        .await?
        .is(2)?;
    let late = store.commit(key(2), renewal, NOW).await?;
    late.is(Committed::Ended(Why::ByApplication))?;
    keys_of(&store, &[owner(1)], NOW).await?.is(Vec::new())
}

pub(super) async fn a_login_keeps_what_was_written_after_it_loaded<S: Store>(
    store: Arc<S>,
) -> Verdict {
    with_row(&store, &[base(1, 1)]).await?;
    set(&store, base(1, 2)).await?;
    let addition = [Change::Add(added(2, 3))];
    apply(&store, commit(&addition)).await?;
    let changes = [Change::Set(base(3, 4))];
    let login = Commit {
        renewal: Some(login(2, 1)),
        ..commit(&changes)
    };
    apply(&store, login).await?;
    has_entries(&store, &[base(1, 2), added(2, 3), base(3, 4)]).await
}

pub(super) async fn two_logins_of_one_user_leave_one_row<S: Store>(store: Arc<S>) -> Verdict {
    with_row(&store, &[base(1, 1)]).await?;
    let first = renewing(login(2, 1));
    store
        .commit(key(1), first, NOW)
        .await?
        .is(Committed::Done)?;
    let second = renewing(login(3, 1));
    let joined = Committed::Rejoined(mark(2));
    store.commit(key(1), second, NOW).await?.is(joined)?;
    keys_of(&store, &[owner(1)], NOW).await?.is(vec![key(1)])?;
    store
        .load(key(1), KEPT_UNTIL)
        .await?
        .alive()?
        .mark
        .is(mark(2))
}

pub(super) async fn a_login_that_is_refused_leaves_the_row_to_be_written<S: Store>(
    store: Arc<S>,
) -> Verdict {
    with_row(&store, &[base(1, 1)]).await?;
    let seen = [base(1, 9)];
    let refused = Commit {
        seen: &[seen[0].name()],
        ..renewing(login(2, 1))
    };
    store
        .commit(key(1), refused, NOW)
        .await?
        .is(Committed::Moved)?;
    set(&store, base(2, 2)).await?;
    let row = store.load(key(1), EXPIRES - 1).await?.alive()?;
    same_entries(&row.entries, &[base(1, 1), base(2, 2)])
}

pub(super) async fn a_renewal_whose_answer_is_lost_is_repeated_and_the_user_stays<S: Store>(
    store: Arc<S>,
) -> Verdict {
    store.create(row_of(1, 1), NOW).await?.is(Created::Done)?;
    let renewal = renewing(renewal(2, Some(owner(1))));
    apply(&store, renewal).await?;
    apply(&store, renewal).await?;
    let row = store.load(key(1), KEPT_UNTIL).await?.alive()?;
    (row.mark, row.owner).is((mark(2), Some(owner(1))))
}

pub(super) async fn another_users_login_that_fails_leaves_the_user_before_it<S: Store>(
    store: Arc<S>,
) -> Verdict {
    store.create(row_of(1, 1), NOW).await?.is(Created::Done)?;
    // The new row comes first. It is refused, so the row of before is not ended.
    store
        .end(key(2), ending(&[]), NOW)
        .await?
        .is(Ended::Before)?;
    store.create(row_of(2, 2), NOW).await?.is(Created::Taken)?;
    store.load(key(1), NOW).await?.alive()?;
    // The new row is made, and the one of before is ended second.
    store.create(row_of(2, 3), NOW).await?.is(Created::Done)?;
    let first_user = [owner(1)];
    store
        .end(key(1), ending(&first_user), NOW)
        .await?
        .is(Ended::Done)?;
    keys_of(&store, &[owner(1), owner(2)], NOW)
        .await?
        .is(vec![key(3)])
}

pub(super) async fn another_users_end_all_leaves_the_login_that_came_first<S: Store>(
    store: Arc<S>,
) -> Verdict {
    with_row(&store, &[]).await?;
    apply(&store, renewing(login(2, 2))).await?;
    let lost = store.commit(key(1), renewing(login(3, 1)), NOW).await?;
    lost.is(Committed::Moved)?;
    store
        .end_all(&[owner(1)], None, EXPIRES, NOW)
        .await?
        .is(0)?;
    store
        .load(key(1), NOW)
        .await?
        .alive()?
        .owner
        .is(Some(owner(2)))
}

pub(super) async fn a_new_start_of_nobody_leaves_a_login_that_came_meanwhile<S: Store>(
    store: Arc<S>,
) -> Verdict {
    with_row(&store, &[]).await?;
    let destroy = store.load(key(1), NOW).await?.alive()?;
    destroy.owner.is(None)?;
    apply(&store, renewing(login(2, 1))).await?;
    store
        .end(key(1), ending(&[]), NOW)
        .await?
        .is(Ended::AnotherOwner)?;
    store
        .load(key(1), NOW)
        .await?
        .alive()?
        .owner
        .is(Some(owner(1)))
}

pub(super) async fn a_visitors_write_does_not_land_in_a_login_that_came_first<S: Store>(
    store: Arc<S>,
) -> Verdict {
    with_row(&store, &[base(1, 1)]).await?;
    apply(&store, renewing(login(2, 1))).await?;
    let changes = [Change::Set(base(1, 2))];
    store
        .commit(key(1), commit(&changes), NOW)
        .await?
        .is(Committed::Moved)?;
    has_entries(&store, &[base(1, 1)]).await
}

pub(super) async fn an_ended_row_does_not_come_back_while_its_ticket_would_be_good<S: Store>(
    store: Arc<S>,
) -> Verdict {
    let entries = [base(1, 1)];
    with_row(&store, &entries).await?;
    let soon = RowEnding {
        until: ENDED_UNTIL,
        ..ending(&[])
    };
    store.end(key(1), soon, NOW).await?.is(Ended::Done)?;
    store.sweep(ENDED_UNTIL + 300, 64).await?;
    // A copy of the cookie that the row was made from is adopted again.
    let adopted = row(1, &entries);
    store.create(adopted, EXPIRES - 1).await?.is(Created::Taken)
}
