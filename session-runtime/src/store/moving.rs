//! Two stores for as long as sessions move from one to the other.

use super::{
    Commit, Committed, Created, Ended, Listed, Loaded, NewRow, Owner, RowEnding, RowKey, Store,
    StoreError,
};

/// Two stores as one: new sessions begin in the first, and sessions of both go on.
///
/// An application that takes another store keeps its visitors logged in. A session stays in the store in which it
/// began, so nothing is copied, and a session is never in both.
///
/// It takes three releases, as servers of two releases run side by side while one is rolled out:
///
/// | release | store | |
/// |---|---|---|
/// | 1 | `Moving::new(old, new)` | Every server learns to read the new store. |
/// | 2 | `Moving::new(new, old)` | Sessions begin in the new store. |
/// | 3 | `new` | The old store has no sessions left. |
///
/// The old store empties by itself, and most of it within `max`. A login starts `max` again, and its session stays where
/// it is. So count what is alive in the old store before release 3. Users who are left there log in once more.
///
/// A server of release 1 and a server of release 2 know the same sessions. **Do not leave out release 1 if you have more
/// than one server:** a server that does not know the new store would take its visitors for strangers.
///
/// A session in the second store costs a question to the first one, and a session that begins costs a question to the
/// second one. If one of the two does not answer, neither does this one.
///
/// ```
/// use session_runtime::store::{MemoryStore, Moving};
/// use session_runtime::{Keyring, Session, SessionLayer};
/// # #[derive(Session)] #[session(stored)] struct Shop { visits: u32 }
///
/// let (old, new) = (MemoryStore::new(), MemoryStore::new()); // a SqliteStore and a PostgresStore, for example
/// let layer = SessionLayer::<Shop>::stored(Keyring::ephemeral(), Moving::new(new, old));
/// ```
#[derive(Clone, Debug)]
pub struct Moving<First, Second> {
    first: First,
    second: Second,
}

impl<First: Store, Second: Store> Moving<First, Second> {
    /// Sessions begin in `first`, and sessions of both go on.
    ///
    /// ```
    /// use session_runtime::store::{MemoryStore, Moving, Store};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), session_runtime::store::StoreError> {
    /// let (old, new) = (MemoryStore::new(), MemoryStore::new());
    /// Moving::new(new, old).check().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub const fn new(first: First, second: Second) -> Self {
        Self { first, second }
    }
}

/// Returns true if the store has the row or its tombstone. A row never goes from one store to the other, so where the
/// answer is true it stays true until the row's time is over.
async fn has(store: &impl Store, key: RowKey, now: u64) -> Result<bool, StoreError> {
    Ok(store.load(key, now).await? != Loaded::Missing)
}

/// The step of an operation that decides is one operation of one of the stores. What is asked before finds out only
/// which of them has the row.
impl<First: Store, Second: Store> Store for Moving<First, Second> {
    async fn load(&self, key: RowKey, now: u64) -> Result<Loaded, StoreError> {
        match self.first.load(key, now).await? {
            Loaded::Missing => self.second.load(key, now).await,
            loaded => Ok(loaded),
        }
    }

    async fn create(&self, row: NewRow<'_>, now: u64) -> Result<Created, StoreError> {
        if has(&self.second, row.key, now).await? {
            self.second.create(row, now).await
        } else {
            self.first.create(row, now).await
        }
    }

    async fn commit(
        &self,
        key: RowKey,
        commit: Commit<'_>,
        now: u64,
    ) -> Result<Committed, StoreError> {
        // A renewal announces its user to some stores before they look for the row. The other store must not hear of it.
        if commit.renewal.is_some() && has(&self.second, key, now).await? {
            return self.second.commit(key, commit, now).await;
        }
        match self.first.commit(key, commit, now).await? {
            Committed::Missing => self.second.commit(key, commit, now).await,
            committed => Ok(committed),
        }
    }

    /// A row that is on its way may reach either store. So where none is alive, a tombstone is left in both, with one
    /// reason.
    async fn end(&self, key: RowKey, ending: RowEnding<'_>, now: u64) -> Result<Ended, StoreError> {
        if has(&self.second, key, now).await? {
            return self.second.end(key, ending, now).await;
        }
        let why = match self.first.load(key, now).await? {
            Loaded::Alive(_) => return self.first.end(key, ending, now).await,
            Loaded::Ended(why) => why,
            Loaded::Missing => ending.why,
        };
        match self.first.end(key, ending, now).await? {
            Ended::Before => {
                let ending = RowEnding { why, ..ending };
                self.second.end(key, ending, now).await
            }
            ended => Ok(ended),
        }
    }

    async fn list(&self, owners: &[Owner], now: u64) -> Result<Vec<Listed>, StoreError> {
        let mut all = self.first.list(owners, now).await?;
        all.extend(self.second.list(owners, now).await?);
        Ok(all)
    }

    async fn end_all(
        &self,
        owners: &[Owner],
        keep: Option<RowKey>,
        until: u64,
        now: u64,
    ) -> Result<u64, StoreError> {
        let second = self.second.end_all(owners, keep, until, now).await?;
        let first = self.first.end_all(owners, keep, until, now).await?;
        Ok(first.saturating_add(second))
    }

    /// The store whose sessions end is swept first.
    async fn sweep(&self, now: u64, limit: u32) -> Result<u32, StoreError> {
        let second = self.second.sweep(now, limit).await?;
        let rest = limit.saturating_sub(second);
        Ok(second.saturating_add(self.first.sweep(now, rest).await?))
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.first.check().await?;
        self.second.check().await
    }
}
