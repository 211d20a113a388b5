//! Operations at once: each comes before another or after it, and never between its halves.

use std::fmt::Debug;
use std::sync::Arc;

use tokio::sync::Barrier;

use super::given::{
    EXPIRES, GRACE, NOW, added, base, commit, ending, key, login, mark, owner, renewal, renewing,
    row, row_of,
};
use super::owners::keys_of;
use super::steps::{names, with_row};
use super::verdict::{Answer, Broken, Verdict, holds, is_one_of, same_entries};
use crate::store::{
    Change, Commit, Committed, Created, Ended, Loaded, NewRow, Store, StoreError, Why,
};

/// So many times a race of two is run, each on a row of its own.
const ROUNDS: u32 = 25;

const ENDED: Loaded = Loaded::Ended(Why::ByVisitor);
const REVOKED: Loaded = Loaded::Ended(Why::ByApplication);

pub(super) async fn sixty_four_tasks_that_set_sixty_four_fields_all_win<S: Store>(
    store: Arc<S>,
) -> Verdict {
    with_row(&store, &[]).await?;
    let committed = at_once(&store, 64, |store, number| async move {
        let changes = [Change::Set(base(number, u32::from(number)))];
        store.commit(key(1), commit(&changes), NOW).await
    });
    for committed in committed.await? {
        committed.is(Committed::Done)?;
    }
    let all: Vec<_> = (0..64)
        .map(|number| base(number, u32::from(number)))
        .collect();
    same_entries(&store.load(key(1), NOW).await?.alive()?.entries, &all)
}

pub(super) async fn sixty_four_tasks_that_set_one_field_leave_one_value_whole<S: Store>(
    store: Arc<S>,
) -> Verdict {
    with_row(&store, &[base(1, 1000), added(1, 1001)]).await?;
    let committed = at_once(&store, 64, |store, number| async move {
        let changes = [Change::Set(base(1, u32::from(number)))];
        store.commit(key(1), commit(&changes), NOW).await
    });
    for committed in committed.await? {
        committed.is(Committed::Done)?;
    }
    let entries = store.load(key(1), NOW).await?.alive()?.entries;
    let written: Vec<_> = (0..64).map(|number| vec![base(1, number)]).collect();
    is_one_of(&entries, &written)
}

pub(super) async fn twelve_hundred_and_eighty_added_entries_are_all_there<S: Store>(
    store: Arc<S>,
) -> Verdict {
    with_row(&store, &[base(1, 0)]).await?;
    let added_by = |task: u8| (1..=20).map(move |number| added(1, u32::from(task) * 20 + number));
    let tasks = at_once(&store, 64, move |store, task| async move {
        for entry in added_by(task) {
            let changes = [Change::Add(entry)];
            let committed = store.commit(key(1), commit(&changes), NOW).await?;
            if committed != Committed::Done {
                return Ok(committed);
            }
        }
        Ok(Committed::Done)
    });
    for committed in tasks.await? {
        committed.is(Committed::Done)?;
    }
    let mut all: Vec<_> = (0..64).flat_map(added_by).collect();
    all.push(base(1, 0));
    same_entries(&store.load(key(1), NOW).await?.alive()?.entries, &all)
}

pub(super) async fn of_two_folders_at_once_one_wins_and_no_added_entry_is_lost<S: Store>(
    store: Arc<S>,
) -> Verdict {
    for round in 0..ROUNDS {
        let seen = [base(1, 0), added(1, 1), added(1, 2)];
        store
            .create(row(round, &seen), NOW)
            .await?
            .is(Created::Done)?;
        let committed = at_once(&store, 3, move |store, task| async move {
            let seen = [base(1, 0), added(1, 1), added(1, 2)];
            let (fold, add) = (
                [Change::Fold(base(1, 10 + u32::from(task)))],
                [Change::Add(added(1, 3))],
            );
            let seen = names(&seen);
            let commit = match task {
                2 => commit(&add),
                _ => Commit {
                    seen: &seen,
                    ..commit(&fold)
                },
            };
            store.commit(key(round), commit, NOW).await
        });
        let committed = committed.await?;
        let entries = store.load(key(round), NOW).await?.alive()?.entries;
        let winner = match committed[..] {
            [Committed::Done, Committed::Moved, Committed::Done] => 10,
            [Committed::Moved, Committed::Done, Committed::Done] => 11,
            _ => return Err(not_one("folder", &committed)),
        };
        same_entries(&entries, &[base(1, winner), added(1, 3)])?;
    }
    Ok(())
}

pub(super) async fn of_two_creates_at_once_one_makes_the_row<S: Store>(store: Arc<S>) -> Verdict {
    for round in 0..ROUNDS {
        let created = at_once(&store, 2, move |store, task| async move {
            let entries = [base(1, u32::from(task))];
            let new = NewRow {
                mark: mark(u32::from(task)),
                ..row(round, &entries)
            };
            store.create(new, NOW).await
        });
        let winner = match created.await?[..] {
            [Created::Done, Created::Taken] => 0,
            [Created::Taken, Created::Done] => 1,
            ref created => return Err(not_one("create", created)),
        };
        let row = store.load(key(round), NOW).await?.alive()?;
        row.mark.is(mark(winner))?;
        same_entries(&row.entries, &[base(1, winner)])?;
    }
    Ok(())
}

pub(super) async fn of_two_renewals_at_once_one_wins<S: Store>(store: Arc<S>) -> Verdict {
    for round in 0..ROUNDS {
        store
            .create(row_of(1, round), NOW)
            .await?
            .is(Created::Done)?;
        let committed = at_once(&store, 2, move |store, task| async move {
            let renewal = renewal(10 + u32::from(task), Some(owner(1)));
            store.commit(key(round), renewing(renewal), NOW).await
        });
        let winner = match committed.await?[..] {
            [Committed::Done, Committed::Moved] => 10,
            [Committed::Moved, Committed::Done] => 11,
            ref committed => return Err(not_one("renewal", committed)),
        };
        let row = store.load(key(round), NOW).await?.alive()?;
        row.mark.is(mark(winner))?;
        row.before.map(|copy| copy.mark).is(Some(mark(1)))?;
    }
    Ok(())
}

pub(super) async fn of_two_logins_of_one_user_at_once_the_second_joins<S: Store>(
    store: Arc<S>,
) -> Verdict {
    for round in 0..ROUNDS {
        store
            .create(row(round, &[]), NOW)
            .await?
            .is(Created::Done)?;
        let committed = at_once(&store, 2, move |store, task| async move {
            let changes = [Change::Add(added(1, u32::from(task)))];
            let login = Commit {
                renewal: Some(login(10 + u32::from(task), 1)),
                ..commit(&changes)
            };
            store.commit(key(round), login, NOW).await
        });
        let committed = committed.await?;
        let row = store.load(key(round), NOW).await?.alive()?;
        let joined = Committed::Rejoined(row.mark);
        holds(
            committed == [Committed::Done, joined] || committed == [joined, Committed::Done],
            format!("one login should be done and one should join it: {committed:?}"),
        )?;
        same_entries(&row.entries, &[added(1, 0), added(1, 1)])?;
    }
    Ok(())
}

pub(super) async fn of_two_endings_at_once_one_finds_the_row_alive<S: Store>(
    store: Arc<S>,
) -> Verdict {
    for round in 0..ROUNDS {
        store
            .create(row(round, &[]), NOW)
            .await?
            .is(Created::Done)?;
        let ended = at_once(&store, 2, move |store, _| async move {
            store.end(key(round), ending(&[]), NOW).await
        });
        match ended.await?[..] {
            [Ended::Done, Ended::Before] | [Ended::Before, Ended::Done] => {}
            ref ended => return Err(not_one("ending", ended)),
        }
    }
    Ok(())
}

pub(super) async fn after_an_ending_no_commit_that_was_under_way_brings_the_row_back<S: Store>(
    store: Arc<S>,
) -> Verdict {
    for round in 0..ROUNDS {
        store
            .create(row(round, &[]), NOW)
            .await?
            .is(Created::Done)?;
        let answers = at_once(&store, 8, move |store, task| async move {
            if task == 0 {
                store.end(key(round), ending(&[]), NOW).await?;
                return store.load(key(round), NOW).await;
            }
            let changes = [Change::Set(base(task, 1))];
            let expires = Some(EXPIRES + 60);
            let late = Commit {
                expires,
                ..commit(&changes)
            };
            store.commit(key(round), late, NOW).await?;
            Ok(ENDED)
        });
        for answer in answers.await? {
            answer.is(ENDED)?;
        }
        store.load(key(round), NOW).await?.is(ENDED)?;
    }
    Ok(())
}

pub(super) async fn after_an_ending_no_row_is_there_that_was_on_its_way<S: Store>(
    store: Arc<S>,
) -> Verdict {
    for round in 0..ROUNDS {
        let answers = at_once(&store, 2, move |store, task| async move {
            match task {
                0 => store.end(key(round), ending(&[]), NOW).await.map(drop),
                _ => store.create(row(round, &[]), NOW).await.map(drop),
            }
        });
        answers.await?;
        store.load(key(round), NOW).await?.is(ENDED)?;
    }
    Ok(())
}

pub(super) async fn a_renewal_beside_end_all_is_ended_too<S: Store>(store: Arc<S>) -> Verdict {
    for round in 0..ROUNDS {
        store
            .create(row_of(round, round), NOW)
            .await?
            .is(Created::Done)?;
        let counts = at_once(&store, 2, move |store, task| async move {
            let owners = [owner(round)];
            if task == 0 {
                return store.end_all(&owners, None, EXPIRES, NOW).await;
            }
            let renewal = renewal(2, Some(owner(round)));
            store.commit(key(round), renewing(renewal), NOW).await?;
            Ok(0)
        });
        counts.await?.is(vec![1, 0])?;
        store.load(key(round), NOW).await?.is(REVOKED)?;
    }
    Ok(())
}

pub(super) async fn a_login_beside_end_all_is_ended_or_listed<S: Store>(store: Arc<S>) -> Verdict {
    for round in 0..ROUNDS {
        store
            .create(row(round, &[]), NOW)
            .await?
            .is(Created::Done)?;
        let counts = at_once(&store, 2, move |store, task| async move {
            let owners = [owner(round)];
            if task == 0 {
                return store.end_all(&owners, None, EXPIRES, NOW).await;
            }
            store
                .commit(key(round), renewing(login(2, round)), NOW)
                .await?;
            Ok(0)
        });
        let is_ended = counts.await? == [1, 0];
        let listed = keys_of(&store, &[owner(round)], NOW).await?;
        if is_ended {
            store.load(key(round), NOW).await?.is(REVOKED)?;
            listed.is(Vec::new())?;
        } else {
            let row = store.load(key(round), NOW).await?.alive()?;
            row.owner.is(Some(owner(round)))?;
            listed.is(vec![key(round)])?;
        }
    }
    Ok(())
}

pub(super) async fn of_two_end_alls_at_once_each_row_counts_in_one<S: Store>(
    store: Arc<S>,
) -> Verdict {
    for number in 0..40 {
        store
            .create(row_of(1, number), NOW)
            .await?
            .is(Created::Done)?;
    }
    let counts = at_once(&store, 2, |store, _| async move {
        store.end_all(&[owner(1)], None, EXPIRES, NOW).await
    });
    counts.await?.into_iter().sum::<u64>().is(40)?;
    keys_of(&store, &[owner(1)], NOW).await?.is(Vec::new())
}

pub(super) async fn a_load_never_sees_the_half_of_a_commit<S: Store>(store: Arc<S>) -> Verdict {
    with_row(&store, &[base(1, 1), base(2, 1)]).await?;
    let rows = at_once(&store, 4, |store, task| async move {
        let mut seen = Vec::new();
        for number in 2..20 {
            if task == 0 {
                let changes = [1, 2].map(|of| Change::Set(base(of, number)));
                let of = Some(owner(number));
                let next = Commit {
                    mark: mark(number - 1),
                    renewal: Some(renewal(number, of)),
                    ..commit(&changes)
                };
                store.commit(key(1), next, NOW).await?;
            }
            seen.push(store.load(key(1), NOW).await?);
        }
        Ok(seen)
    });
    let mut last = 0;
    for loaded in rows.await?.into_iter().flatten() {
        let row = loaded.alive()?;
        let is_whole = |number: u32| {
            row.mark == mark(number)
                && row.owner == (number > 1).then(|| owner(number))
                && row.before.is_some() == (number > 1)
                && same_entries(&row.entries, &[base(1, number), base(2, number)]).is_ok()
        };
        let whole = (1..20).find(|number| is_whole(*number));
        holds(
            whole.is_some(),
            format!("a load saw parts of two commits: {row:?}"),
        )?;
        last = last.max(whole.unwrap_or(0));
    }
    last.is(19)
}

pub(super) async fn two_sweeps_at_once_delete_each_row_once<S: Store>(store: Arc<S>) -> Verdict {
    for number in 0..40 {
        store
            .create(row(number, &[]), NOW)
            .await?
            .is(Created::Done)?;
    }
    let counts = at_once(&store, 2, |store, _| async move {
        store.sweep(EXPIRES + GRACE, 64).await
    });
    let count: u32 = counts.await?.into_iter().sum();
    is_one_of(&count, &[0, 40])
}

pub(super) async fn a_touch_beside_a_sweep_keeps_the_row<S: Store>(store: Arc<S>) -> Verdict {
    for round in 0..ROUNDS {
        store
            .create(row(round, &[]), NOW)
            .await?
            .is(Created::Done)?;
    }
    let touch = Commit {
        expires: Some(EXPIRES + GRACE + 60),
        ..commit(&[])
    };
    let touched = at_once(&store, 2, move |store, task| async move {
        let mut touched = Vec::new();
        for round in 0..ROUNDS {
            if task == 0 {
                store.sweep(EXPIRES + GRACE, 2).await?;
            } else {
                // By the clock of a server that is behind, the row is alive.
                touched.push(store.commit(key(round), touch, EXPIRES - 1).await?);
            }
        }
        Ok(touched)
    });
    for (round, touched) in (0..).zip(touched.await?.into_iter().flatten()) {
        is_one_of(&touched, &[Committed::Done, Committed::Missing])?;
        let loaded = store.load(key(round), EXPIRES + GRACE).await?;
        let is_alive = matches!(loaded, Loaded::Alive(_));
        is_alive.is(touched == Committed::Done)?;
    }
    Ok(())
}

/// Runs so many tasks, none before all are ready, and returns their answers in order.
async fn at_once<S: Store, T, F>(
    store: &Arc<S>,
    tasks: u8,
    task: impl Fn(Arc<S>, u8) -> F,
) -> Result<Vec<T>, Broken>
where
    F: Future<Output = Result<T, StoreError>> + Send + 'static,
    T: Send + 'static,
{
    let ready = Arc::new(Barrier::new(usize::from(tasks)));
    let started: Vec<_> = (0..tasks)
        .map(|number| {
            let (ready, task) = (ready.clone(), task(store.clone(), number));
            tokio::spawn(async move {
                ready.wait().await;
                task.await
            })
        })
        .collect();
    let mut answers = Vec::new();
    for task in started {
        let answer = task.await;
        let answer = answer.map_err(|_| Broken::new("an operation panicked"))?;
        answers.push(answer?);
    }
    Ok(answers)
}

fn not_one<T: Debug>(what: &str, answers: &[T]) -> Broken {
    Broken::new(format!(
        "one {what} should be done and no other: {answers:?}"
    ))
}
