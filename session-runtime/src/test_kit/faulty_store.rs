//! A store that fails when a test says so.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::store::{
    Commit, Committed, Created, Ended, Listed, Loaded, NewRow, Owner, RowEnding, RowKey, Store,
    StoreError, StoreErrorKind,
};

/// A store that fails when a test says so: for tests of what visitors see when the store of their sessions does not
/// answer.
///
/// It is a wrapper around another store, and works as that one does until [`fail`](Self::fail) is called. A clone is
/// the same store, so a test keeps one, and gives one to the layer.
///
/// ```
/// use axum::{Router, routing::get};
/// use session_runtime::store::{MemoryStore, StoreErrorKind};
/// use session_runtime::test_kit::{Browser, Fault, FaultyStore};
/// use session_runtime::{Keyring, Session, SessionError, SessionLayer};
///
/// #[derive(Session)]
/// #[session(stored)]
/// struct Shop {
///     visits: u32,
/// }
///
/// async fn index(session: Result<Session<Shop>, SessionError>) -> String {
///     match session {
///         Ok(mut session) => {
///             session.visits += 1;
///             format!("Visit number: {}", session.visits)
///         }
///         Err(_) => "The shop opens again in a minute.".to_owned(),
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let store = FaultyStore::new(MemoryStore::new());
/// let layer = SessionLayer::<Shop>::stored(Keyring::ephemeral(), store.clone());
/// let mut browser = Browser::new(Router::new().route("/", get(index)).layer(layer));
/// assert_eq!(browser.get("/").await.text(), "Visit number: 1");
///
/// store.fail(Fault::error(StoreErrorKind::Unreachable));
/// assert_eq!(browser.get("/").await.text(), "The shop opens again in a minute.");
///
/// store.heal();
/// assert_eq!(browser.get("/").await.text(), "Visit number: 2");
/// # }
/// ```
///
/// The functions of [`TestKit`](super::TestKit) and [`TestRequest`](super::TestRequest) use the store too, and panic
/// where it fails.
pub struct FaultyStore<S>(Arc<Shared<S>>);

struct Shared<S> {
    store: S,
    state: Mutex<State>,
    healed: Notify,
}

#[derive(Default)]
struct State {
    fault: Option<Fault>,
    asked: [usize; Operation::ALL.len()],
}

/// The way in which the operations of a [`FaultyStore`] fail.
///
/// ```
/// use session_runtime::store::StoreErrorKind;
/// use session_runtime::test_kit::{Fault, Operation};
///
/// // Every operation fails.
/// let down = Fault::error(StoreErrorKind::Unreachable);
///
/// // Sessions are read, and not saved.
/// let full = Fault::error(StoreErrorKind::Full).on([Operation::Create, Operation::Commit]);
///
/// // The next logout is done, and its answer is lost.
/// let lost = Fault::error(StoreErrorKind::Timeout).on([Operation::End]).answer_lost().times(1);
///
/// // No load is answered.
/// let frozen = Fault::silence().on([Operation::Load]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a fault does nothing until it is given to a `FaultyStore`"]
pub struct Fault {
    answer: Answer,
    is_done: bool,
    operations: Vec<Operation>,
    times: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Error(StoreErrorKind),
    Panic,
    None,
}

/// An operation of a [`Store`].
///
/// ```
/// use session_runtime::store::{MemoryStore, RowKey, Store};
/// use session_runtime::test_kit::{FaultyStore, Operation};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), session_runtime::store::StoreError> {
/// let store = FaultyStore::new(MemoryStore::new());
/// store.load(RowKey::from_bytes([7; 16]), 1_800_000_000).await?;
/// assert_eq!(store.asked(Operation::Load), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "they are those of the trait")]
pub enum Operation {
    /// [`Store::load`]: a request asks for its session.
    Load,
    /// [`Store::create`]: a visitor without a session changes something.
    Create,
    /// [`Store::commit`]: a request changes a session, or a user logs in.
    Commit,
    /// [`Store::end`]: a session ends.
    End,
    /// [`Store::list`]: the application asks for the sessions of a user.
    List,
    /// [`Store::end_all`]: the application ends the sessions of a user.
    EndAll,
    /// [`Store::sweep`]: rows whose time is over are deleted.
    Sweep,
}

impl Operation {
    const ALL: [Self; 7] = [
        Self::Load,
        Self::Create,
        Self::Commit,
        Self::End,
        Self::List,
        Self::EndAll,
        Self::Sweep,
    ];
}

impl<S> FaultyStore<S> {
    /// A store that works as `store` does.
    ///
    /// ```
    /// use session_runtime::store::MemoryStore;
    /// use session_runtime::test_kit::FaultyStore;
    ///
    /// let store = FaultyStore::new(MemoryStore::new());
    /// ```
    pub fn new(store: S) -> Self {
        Self(Arc::new(Shared {
            store,
            state: Mutex::default(),
            healed: Notify::new(),
        }))
    }

    /// Lets operations fail from now on, until [`heal`](Self::heal) is called or the fault has happened as often as
    /// it [says](Fault::times). The store has one fault at a time: this one takes the place of an earlier one.
    ///
    /// ```
    /// use session_runtime::store::{MemoryStore, RowKey, Store, StoreErrorKind};
    /// use session_runtime::test_kit::{Fault, FaultyStore};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let store = FaultyStore::new(MemoryStore::new());
    /// store.fail(Fault::error(StoreErrorKind::Unreachable));
    /// let loaded = store.load(RowKey::from_bytes([7; 16]), 1_800_000_000).await;
    /// assert_eq!(loaded.unwrap_err().kind(), StoreErrorKind::Unreachable);
    /// # }
    /// ```
    pub fn fail(&self, fault: Fault) {
        self.state().fault = Some(fault);
    }

    /// Lets every operation work again. Those that a [silence](Fault::silence) keeps waiting go on.
    ///
    /// ```
    /// use session_runtime::store::{Loaded, MemoryStore, RowKey, Store, StoreErrorKind};
    /// use session_runtime::test_kit::{Fault, FaultyStore};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), session_runtime::store::StoreError> {
    /// let store = FaultyStore::new(MemoryStore::new());
    /// store.fail(Fault::error(StoreErrorKind::Unreachable));
    /// store.heal();
    /// assert_eq!(store.load(RowKey::from_bytes([7; 16]), 1_800_000_000).await?, Loaded::Missing);
    /// # Ok(())
    /// # }
    /// ```
    pub fn heal(&self) {
        let mut state = self.state();
        state.fault = None;
        self.0.healed.notify_waiters();
    }

    /// Returns how often the store was asked for an operation so far, whether it failed or not. The layer asks again
    /// after [`StoreErrorKind::Unreachable`].
    ///
    /// ```
    /// use axum::{Router, routing::get};
    /// use session_runtime::store::MemoryStore;
    /// use session_runtime::test_kit::{Browser, FaultyStore, Operation, TestKit};
    /// use session_runtime::{Keyring, Session, SessionLayer};
    ///
    /// #[derive(Session)]
    /// #[session(stored)]
    /// struct Shop {
    ///     visits: u32,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let store = FaultyStore::new(MemoryStore::new());
    /// let layer = SessionLayer::<Shop>::stored(Keyring::ephemeral(), store.clone());
    /// let kit = TestKit::new(&layer);
    /// let mut browser = Browser::new(Router::new().route("/about", get("About us.")).layer(layer));
    /// kit.set_session(&mut browser, &Shop { visits: 3 });
    /// browser.get("/about").await;
    /// assert_eq!(store.asked(Operation::Load), 0); // the page does not ask for the session
    /// # }
    /// ```
    pub fn asked(&self, operation: Operation) -> usize {
        let asked = self.state().asked;
        asked.get(operation as usize).copied().unwrap_or_default()
    }

    /// No operation panics between lock and unlock.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fault {
    /// The operation is not done, and answers with an error of this kind.
    ///
    /// The layer tries once more after [`StoreErrorKind::Unreachable`], as with every store. So a fault of that kind
    /// that happens [once](Self::times) is one that no visitor sees.
    ///
    /// ```
    /// use session_runtime::store::StoreErrorKind;
    /// use session_runtime::test_kit::Fault;
    ///
    /// let read_only = Fault::error(StoreErrorKind::ReadOnly);
    /// ```
    pub fn error(kind: StoreErrorKind) -> Self {
        Self::of(Answer::Error(kind))
    }

    /// The operation waits, and is done when the store is [healed](FaultyStore::heal). The layer waits until its
    /// [time limit](crate::SessionLayer::store_timeout) is over.
    ///
    /// A test need not wait so long. With the clock of tokio paused, the limit is over at once:
    ///
    /// ```
    /// use axum::{Router, routing::get};
    /// use session_runtime::store::MemoryStore;
    /// use session_runtime::test_kit::{Browser, Fault, FaultyStore, TestKit};
    /// use session_runtime::{Keyring, Session, SessionLayer};
    ///
    /// #[derive(Session)]
    /// #[session(stored)]
    /// struct Shop {
    ///     visits: u32,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() {
    /// // In a test: `#[tokio::test(start_paused = true)]`.
    /// let store = FaultyStore::new(MemoryStore::new());
    /// let layer = SessionLayer::<Shop>::stored(Keyring::ephemeral(), store.clone());
    /// let kit = TestKit::new(&layer);
    /// let index = async |session: Session<Shop>| session.visits.to_string();
    /// let mut browser = Browser::new(Router::new().route("/", get(index)).layer(layer));
    /// kit.set_session(&mut browser, &Shop { visits: 3 });
    ///
    /// store.fail(Fault::silence());
    /// assert_eq!(browser.get("/").await.status(), 503);
    /// # }
    /// ```
    pub fn silence() -> Self {
        Self::of(Answer::None)
    }

    /// The operation panics, as a store with a mistake in it may. Of a change that panics a visitor sees what they see
    /// of one that fails. A load that panics is a panic of the request.
    ///
    /// ```
    /// use session_runtime::test_kit::{Fault, Operation};
    ///
    /// let broken = Fault::panic().on([Operation::Commit]);
    /// ```
    pub fn panic() -> Self {
        Self::of(Answer::Panic)
    }

    fn of(answer: Answer) -> Self {
        Self {
            answer,
            is_done: false,
            operations: Operation::ALL.to_vec(),
            times: None,
        }
    }

    /// The operation is done, and only its answer is lost.
    ///
    /// ```
    /// use session_runtime::store::StoreErrorKind;
    /// use session_runtime::test_kit::Fault;
    ///
    /// let lost = Fault::error(StoreErrorKind::Timeout).answer_lost();
    /// ```
    pub fn answer_lost(mut self) -> Self {
        self.is_done = true;
        self
    }

    /// Only these operations fail. Without this call all of them do.
    ///
    /// ```
    /// use session_runtime::test_kit::{Fault, Operation};
    ///
    /// let frozen = Fault::silence().on([Operation::Load]);
    /// ```
    pub fn on(mut self, operations: impl IntoIterator<Item = Operation>) -> Self {
        self.operations = operations.into_iter().collect();
        self
    }

    /// The next operations fail, so many in all, and those after them work. Without this call they fail until the
    /// store is [healed](FaultyStore::heal).
    ///
    /// ```
    /// use session_runtime::store::StoreErrorKind;
    /// use session_runtime::test_kit::Fault;
    ///
    /// let hiccup = Fault::error(StoreErrorKind::Unreachable).times(1);
    /// ```
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }
}

impl State {
    /// The fault of this operation, if it is to fail.
    fn next(&mut self, operation: Operation) -> Option<Fault> {
        if let Some(count) = self.asked.get_mut(operation as usize) {
            *count += 1;
        }
        let fault = self.fault.as_mut();
        let fault = fault.filter(|fault| fault.operations.contains(&operation))?;
        if let Some(times) = &mut fault.times {
            *times = times.checked_sub(1)?;
        }
        Some(fault.clone())
    }
}

impl<S> FaultyStore<S> {
    async fn carry_out<T>(
        &self,
        operation: Operation,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let (fault, healed) = self.next(operation);
        match fault {
            None => work.await,
            Some(fault) if fault.is_done => {
                let answer = work.await?;
                fault.fail(healed).await?;
                Ok(answer)
            }
            Some(fault) => {
                fault.fail(healed).await?;
                work.await
            }
        }
    }

    /// The fault of this operation, and the moment at which the store is healed: both are taken at once, so that no
    /// healing is missed.
    fn next(&self, operation: Operation) -> (Option<Fault>, impl Future<Output = ()>) {
        let mut state = self.state();
        (state.next(operation), self.0.healed.notified())
    }
}

impl Fault {
    #[expect(clippy::panic, reason = "the test wants it")]
    async fn fail(&self, healed: impl Future<Output = ()>) -> Result<(), StoreError> {
        match self.answer {
            Answer::Panic => panic!("a fault that the test has set"),
            Answer::Error(kind) => Err(StoreError::new(kind, "a fault that the test has set")),
            Answer::None => {
                healed.await;
                Ok(())
            }
        }
    }
}

impl<S: Store> Store for FaultyStore<S> {
    async fn load(&self, key: RowKey, now: u64) -> Result<Loaded, StoreError> {
        let load = self.0.store.load(key, now);
        self.carry_out(Operation::Load, load).await
    }

    async fn create(&self, row: NewRow<'_>, now: u64) -> Result<Created, StoreError> {
        let create = self.0.store.create(row, now);
        self.carry_out(Operation::Create, create).await
    }

    async fn commit(
        &self,
        key: RowKey,
        commit: Commit<'_>,
        now: u64,
    ) -> Result<Committed, StoreError> {
        let commit = self.0.store.commit(key, commit, now);
        self.carry_out(Operation::Commit, commit).await
    }

    async fn end(&self, key: RowKey, ending: RowEnding<'_>, now: u64) -> Result<Ended, StoreError> {
        let end = self.0.store.end(key, ending, now);
        self.carry_out(Operation::End, end).await
    }

    async fn list(&self, owners: &[Owner], now: u64) -> Result<Vec<Listed>, StoreError> {
        let list = self.0.store.list(owners, now);
        self.carry_out(Operation::List, list).await
    }

    async fn end_all(
        &self,
        owners: &[Owner],
        keep: Option<RowKey>,
        until: u64,
        now: u64,
    ) -> Result<u64, StoreError> {
        let end_all = self.0.store.end_all(owners, keep, until, now);
        self.carry_out(Operation::EndAll, end_all).await
    }

    async fn sweep(&self, now: u64, limit: u32) -> Result<u32, StoreError> {
        let sweep = self.0.store.sweep(now, limit);
        self.carry_out(Operation::Sweep, sweep).await
    }
}

impl<S> Clone for FaultyStore<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// The fault, and nothing of what is in the store.
impl<S> fmt::Debug for FaultyStore<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultyStore")
            .field("fault", &self.state().fault)
            .finish_non_exhaustive()
    }
}
