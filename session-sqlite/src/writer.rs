//! The thread that writes.

use std::error::Error as _;
use std::{io, iter, thread};

use rusqlite::{Connection, TransactionBehavior};
use session_runtime::store::{StoreError, StoreErrorKind};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::oneshot;

use crate::error::store_error;

/// The largest number of jobs in one transaction, so that the first of them does not wait for ever.
const BATCH: usize = 256;

/// The largest number of jobs that wait for the thread. The caller of one more waits for room, and takes its job with it
/// when it leaves.
const QUEUE: usize = BATCH;

pub(crate) struct Writer(Sender<Box<dyn Job>>);

/// The promise of a commit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sync {
    /// It survives the end of the process.
    Normal,
    /// It survives a power cut. Endings promise that.
    Full,
}

/// An operation that waits to be run.
trait Job: Send {
    fn sync(&self) -> Sync;

    /// Returns true if the caller has left, and has been told that nothing is known of the operation. An ending is run
    /// all the same: whoever asked for it wants it.
    fn is_abandoned(&self) -> bool;

    /// Runs the operation in the transaction of `connection`. It may be run again in another one.
    fn run(&mut self, connection: &Connection);

    /// Answers, when it is known whether the transaction was committed.
    fn answer(self: Box<Self>, committed: Result<(), &StoreError>);
}

struct Operation<T, F> {
    sync: Sync,
    run: F,
    done: Option<rusqlite::Result<T>>,
    sender: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Job for Operation<T, F>
where
    T: Send,
    F: Fn(&Connection) -> rusqlite::Result<T> + Send,
{
    fn sync(&self) -> Sync {
        self.sync
    }

    fn is_abandoned(&self) -> bool {
        self.sync == Sync::Normal && self.sender.is_closed()
    }

    fn run(&mut self, connection: &Connection) {
        self.done = Some(in_savepoint(connection, &self.run));
    }

    /// Its own failure is told first, because it may be the cause of the other.
    fn answer(self: Box<Self>, committed: Result<(), &StoreError>) {
        let answer = match (self.done, committed) {
            (Some(Err(error)), _) => Err(store_error(error)),
            (Some(Ok(answer)), Ok(())) => Ok(answer),
            (_, Err(error)) => Err(copy(error)),
            (None, Ok(())) => Err(ended()),
        };
        // Its caller may no longer wait.
        let _ = self.sender.send(answer);
    }
}

fn ended() -> StoreError {
    let kind = StoreErrorKind::Other;
    StoreError::new(kind, "the thread that writes has ended")
}

fn undone() -> StoreError {
    StoreError::new(StoreErrorKind::Other, "SQLite undid the transaction")
}

/// The error for one more job of its transaction, with the text of the same cause.
fn copy(error: &StoreError) -> StoreError {
    let cause = error.source().map(ToString::to_string);
    StoreError::new(error.kind(), cause.unwrap_or_default())
}

impl Writer {
    pub(crate) fn start(connection: Connection) -> io::Result<Self> {
        let (sender, jobs) = channel(QUEUE);
        let writer = thread::Builder::new().name("session-sqlite".to_owned());
        // It ends when the last sender is dropped.
        writer.spawn(move || write(connection, jobs))?;
        Ok(Self(sender))
    }

    /// The number of jobs that wait.
    #[cfg(test)]
    pub(crate) fn waiting(&self) -> usize {
        self.0.max_capacity() - self.0.capacity()
    }

    /// Runs an operation in a transaction. It is not run if its caller has left before its turn, unless it is an ending.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        sync: Sync,
        run: impl Fn(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (sender, answer) = oneshot::channel();
        let job = Box::new(Operation {
            sync,
            run,
            done: None,
            sender,
        });
        self.0.send(job).await.map_err(|_| ended())?;
        answer.await.map_err(|_| ended())?
    }
}

/// A job that fails undoes itself and no other job of its transaction.
fn in_savepoint<T>(
    connection: &Connection,
    operation: impl Fn(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    connection.execute_batch("SAVEPOINT job")?;
    let done = operation(connection);
    let end = if done.is_ok() {
        "RELEASE job"
    } else {
        "ROLLBACK TO job; RELEASE job"
    };
    let ended = connection.execute_batch(end);
    done.and_then(|answer| ended.map(|()| answer))
}

fn write(mut connection: Connection, mut jobs: Receiver<Box<dyn Job>>) {
    while let Some(first) = jobs.blocking_recv() {
        let waiting = iter::from_fn(|| jobs.try_recv().ok());
        let batch = iter::once(first).chain(waiting).take(BATCH);
        let batch: Vec<_> = batch.filter(|job| !job.is_abandoned()).collect();
        if !batch.is_empty() {
            save(&mut connection, batch);
        }
    }
}

/// Saves the jobs together, and each alone if that fails: SQLite undoes a whole transaction in which the disk was full,
/// and a logout may have room alone, or in the log. Jobs that waited for another process do not wait again, because their
/// callers give up meanwhile.
fn save(connection: &mut Connection, mut jobs: Vec<Box<dyn Job>>) {
    let mut committed = commit(connection, &mut jobs);
    let lacks_room = matches!(&committed, Err(error) if error.kind() == StoreErrorKind::Full);
    if lacks_room && jobs.iter().all(|job| job.sync() == Sync::Full) {
        begin_the_log_anew(connection);
        committed = commit(connection, &mut jobs);
    }
    let may_succeed_alone =
        matches!(&committed, Err(error) if error.kind() != StoreErrorKind::Timeout);
    if may_succeed_alone && jobs.len() > 1 {
        for job in jobs {
            save(connection, vec![job]);
        }
        return;
    }
    for job in jobs {
        job.answer(committed.as_ref().copied());
    }
}

/// Lets the next commit take the place of what the log has, so that it needs no room on the disk. This fails where the file has
/// to grow, or something reads at this moment. Then the next commit says that there is no room.
fn begin_the_log_anew(connection: &Connection) {
    let _ = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
}

fn commit(connection: &mut Connection, jobs: &mut [Box<dyn Job>]) -> Result<(), StoreError> {
    let is_full = jobs.iter().any(|job| job.sync() == Sync::Full);
    let sync = if is_full { "FULL" } else { "NORMAL" };
    connection
        .pragma_update(None, "synchronous", sync)
        .map_err(store_error)?;
    let immediate = TransactionBehavior::Immediate;
    let transaction = connection
        .transaction_with_behavior(immediate)
        .map_err(store_error)?;
    for job in jobs {
        job.run(&transaction);
        // Without a transaction the next job would be saved at once, and would run again after that.
        if transaction.is_autocommit() {
            return Err(undone());
        }
    }
    transaction.commit().map_err(store_error)
}
