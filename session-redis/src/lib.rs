#![doc = include_str!("../README.md")]

mod answer;
mod connections;
mod error;
mod keys;
mod rows;
mod scripts;
mod shared;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::fmt;

use futures_util::future::try_join_all;
use redis::aio::ConnectionLike;
use redis::{Cmd, ErrorKind, RedisError, RedisResult, ServerErrorKind, Value, cmd, pipe};
use session_runtime::store::{
    Commit, Committed, Created, Ended, Listed, Loaded, NewRow, Owner, RowEnding, RowKey, Store,
    StoreError, StoreErrorKind, Why,
};

use self::answer::{strings, texts};
pub use self::connections::Connections;
use self::error::{store_error, unexpected_answer};
use self::keys::Prefix;
use self::rows::{Place, Shown, Step};
use self::scripts::Call;
pub use self::shared::SharedConnection;

/// Dead rows are kept for so many seconds, for the clocks of several servers. The scripts have the same number.
const GRACE: u64 = 300;

/// So many times a commit is told that its row must be in another place of the index. Each time another request has
/// prolonged the row in between, so a second time is rare.
const PLACES: usize = 8;

/// So many rows of a user are listed or ended together. Each such batch is progress, whatever becomes of the next one.
const BATCH: usize = 100;

/// A store in Redis or Valkey.
///
/// A clone is the same store.
#[derive(Clone)]
pub struct RedisStore<C> {
    connections: C,
    prefix: Prefix,
}

impl<C: Connections> RedisStore<C> {
    /// A store behind the connections that the application has. It asks the server nothing yet.
    ///
    /// ```no_run
    /// use session_redis::{RedisStore, SharedConnection};
    ///
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), redis::RedisError> {
    /// let client = redis::Client::open("redis://127.0.0.1/")?;
    /// let store = RedisStore::new(SharedConnection::new(client)?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn new(connections: C) -> Self {
        let prefix = Prefix::default();
        Self {
            connections,
            prefix,
        }
    }

    /// Sets what every key begins with. Without this call it is `session:`.
    ///
    /// Two applications on one server need a prefix each. Two session types of one application may share a store.
    ///
    /// ```
    /// use session_redis::{RedisStore, SharedConnection};
    ///
    /// fn store(connection: SharedConnection) -> RedisStore<SharedConnection> {
    ///     RedisStore::new(connection).prefix("shop:")
    /// }
    /// ```
    ///
    /// # Panics
    ///
    /// When the prefix is empty or longer than 64 characters, or has another character than the visible ones of
    /// ASCII, or one of `{}*?[]\"'`.
    #[must_use]
    #[track_caller]
    pub fn prefix(mut self, prefix: &str) -> Self {
        let checked = Prefix::new(prefix);
        assert!(
            checked.is_some(),
            "`{}` cannot be the prefix of keys\nhelp: write a short one such as `shop:`",
            prefix.escape_debug()
        );
        self.prefix = checked.unwrap_or_default();
        self
    }

    /// The inner error is the server's answer, for a caller to which it means something.
    async fn ask(&self, command: &Cmd) -> Result<RedisResult<Value>, StoreError> {
        let mut connection = self.connections.connection().await?;
        Ok(command.query_async(&mut connection).await)
    }

    /// The answers to a batch of commands, in their order. It takes one round trip, or one to each node of a cluster.
    async fn ask_all(&self, commands: &[Cmd]) -> Result<Vec<RedisResult<Value>>, StoreError> {
        if C::IS_CLUSTER {
            return try_join_all(commands.iter().map(|command| self.ask(command))).await;
        }
        let mut pipeline = pipe();
        pipeline.ignore_errors();
        for command in commands {
            pipeline.add_command(command.clone());
        }
        let mut connection = self.connections.connection().await?;
        let answers = pipeline.query_async(&mut connection).await;
        let answers: Vec<_> = answers.map_err(|error| store_error(&error))?;
        if answers.len() == commands.len() {
            Ok(answers)
        } else {
            Err(unexpected_answer())
        }
    }

    async fn run(&self, call: &Call<'_>) -> Result<Value, StoreError> {
        let mut connection = self.connections.connection().await?;
        let answer = call.run(&mut connection).await;
        if !C::IS_CLUSTER && answer.as_ref().is_err_and(is_by_a_replica) {
            leave(&mut connection).await;
        }
        answer.map_err(|error| store_error(&error))
    }

    /// A call that is refused in the batch runs by itself, which knows what to do about a server that has forgotten the
    /// script, and about one that takes no writes.
    async fn run_all(&self, calls: &[Call<'_>]) -> Result<Vec<Value>, StoreError> {
        let commands: Vec<Cmd> = calls.iter().map(Call::by_hash).collect();
        let mut answers = Vec::with_capacity(calls.len());
        for (call, answer) in calls.iter().zip(self.ask_all(&commands).await?) {
            answers.push(match answer {
                Ok(answer) => answer,
                Err(_) => self.run(call).await?,
            });
        }
        Ok(answers)
    }

    /// Puts a row into the set of its owner. The row itself comes afterwards, so that whoever reads the set later finds
    /// every row of the owner.
    async fn index(&self, key: RowKey, place: Place, now: u64) -> Result<(), StoreError> {
        let owner_key = self.prefix.owner(place.owner);
        let call = rows::index(owner_key, key, place.ends, now);
        self.run(&call).await.map(drop)
    }

    /// The rows that the sets of these owners have, each once. Some may have ended, and some may not be there yet.
    async fn indexed(&self, owners: &[Owner], now: u64) -> Result<Vec<RowKey>, StoreError> {
        let mut keys = HashSet::new();
        for owner in owners.iter().collect::<HashSet<_>>() {
            let mut command = cmd("ZRANGEBYSCORE");
            command.arg(self.prefix.owner(*owner));
            command.arg(format!("({now}")).arg("+inf");
            let answer = twice(|| self.read(&command)).await?;
            let Some(answer) = answer else { continue };
            let mut junk = Vec::new();
            for key in strings(answer).ok_or_else(unexpected_answer)? {
                match key.try_into() {
                    Ok(key) => drop(keys.insert(RowKey::from_bytes(key))),
                    Err(key) => junk.push(key),
                }
            }
            self.remove_junk(*owner, &junk).await;
        }
        Ok(keys.into_iter().collect())
    }

    /// What is no row's key would be read again with every list.
    async fn remove_junk(&self, owner: Owner, junk: &[Vec<u8>]) {
        if junk.is_empty() {
            return;
        }
        rows::tell_unreadable();
        let mut command = cmd("ZREM");
        command.arg(self.prefix.owner(owner)).arg(junk);
        let _ = self.ask(&command).await;
    }

    /// Takes rows out of the sets of their owners. If that fails, the sets are longer than they must be for a while.
    async fn forget(&self, owners: &[Owner], rows: &[RowKey]) {
        if rows.is_empty() {
            return;
        }
        for owner in owners {
            let mut command = cmd("ZREM");
            command.arg(self.prefix.owner(*owner));
            for row in rows {
                command.arg(&row.to_bytes()[..]);
            }
            let _ = self.ask(&command).await;
        }
    }

    /// The answer to a command that reads one key; `None` if something of another kind has the key.
    async fn read(&self, command: &Cmd) -> Result<Option<Value>, StoreError> {
        readable(self.ask(command).await?)
    }

    async fn show(&self, keys: &[RowKey], now: u64) -> Result<Vec<Shown>, StoreError> {
        let commands: Vec<Cmd> = keys.iter().map(|key| self.listing_of(*key)).collect();
        let answers = self.ask_all(&commands).await?;
        let shown = keys.iter().zip(answers).map(|(key, answer)| {
            let answer = readable(answer)?;
            answer.map_or(Ok(Shown::Nothing), |answer| rows::shown(*key, answer, now))
        });
        shown.collect()
    }

    fn listing_of(&self, key: RowKey) -> Cmd {
        let mut command = cmd("HMGET");
        command.arg(self.prefix.row(key)).arg(&rows::LISTED);
        command
    }

    /// Ends rows of these owners, and rows of nobody that one of them is about to take.
    async fn end_each(
        &self,
        keys: &[RowKey],
        ending: RowEnding<'_>,
        now: u64,
    ) -> Result<Vec<Ended>, StoreError> {
        let calls = keys.iter().map(|key| {
            let of = ending.owners.iter().copied().map(Some).chain([None]);
            rows::end(self.prefix.row(*key), ending, of, now)
        });
        let answers = self.run_all(&calls.collect::<Vec<_>>()).await?;
        answers.into_iter().map(rows::ended).collect()
    }

    /// `None` also where the server does not let the user ask.
    async fn policy_that_evicts(&self) -> Result<Option<String>, StoreError> {
        let mut command = cmd("INFO");
        command.arg("memory");
        let Ok(answer) = self.ask(&command).await? else {
            return Ok(None);
        };
        let mut policies = texts(answer).into_iter().filter_map(|text| evicts(&text));
        Ok(policies.next())
    }
}

/// The policy by which a server deletes living sessions when it is full, from the text of `INFO memory`.
fn evicts(info: &str) -> Option<String> {
    let value = |name: &str| {
        let mut lines = info.lines();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
    };
    let policy = value("maxmemory_policy")?.trim();
    let is_limited = value("maxmemory").is_some_and(|limit| limit.trim() != "0");
    (is_limited && policy != "noeviction").then(|| policy.to_owned())
}

/// `None` if something of another kind has the key.
fn readable(answer: RedisResult<Value>) -> Result<Option<Value>, StoreError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.code() == Some("WRONGTYPE") => {
            rows::tell_unreadable();
            Ok(None)
        }
        Err(error) => Err(store_error(&error)),
    }
}

fn is_by_a_replica(error: &RedisError) -> bool {
    error.kind() == ErrorKind::Server(ServerErrorKind::ReadOnly)
}

/// Makes the server close the connection, so that the next one finds the primary. A primary that has become a replica
/// keeps its connections, and would refuse writes on them for ever.
async fn leave(connection: &mut impl ConnectionLike) {
    let _ = cmd("QUIT").exec_async(connection).await;
}

/// Tries a second time if the connection was broken. The layer does so with the operations that it asks for; these
/// are the others.
async fn twice<T, F>(operation: impl Fn() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    match operation().await {
        Err(error) if error.kind() == StoreErrorKind::Unreachable => operation().await,
        answer => answer,
    }
}

impl<C: Connections> Store for RedisStore<C> {
    async fn load(&self, key: RowKey, now: u64) -> Result<Loaded, StoreError> {
        let mut command = cmd("HGETALL");
        command.arg(self.prefix.row(key));
        let answer = self.read(&command).await?;
        answer.map_or(Ok(Loaded::Missing), |answer| rows::loaded(answer, now))
    }

    async fn create(&self, row: NewRow<'_>, now: u64) -> Result<Created, StoreError> {
        if let Some(owner) = row.owner {
            let ends = row.expires;
            self.index(row.key, Place { owner, ends }, now).await?;
        }
        let call = rows::create(self.prefix.row(row.key), &row, now);
        rows::created(self.run(&call).await?)
    }

    async fn commit(
        &self,
        key: RowKey,
        commit: Commit<'_>,
        now: u64,
    ) -> Result<Committed, StoreError> {
        let owner = commit.renewal.and_then(|renewal| renewal.owner);
        let place = owner.zip(commit.expires);
        let mut place = place.map(|(owner, ends)| Place { owner, ends });
        for _ in 0..PLACES {
            if let Some(place) = place {
                self.index(key, place, now).await?;
            }
            let call = rows::commit(self.prefix.row(key), &commit, place, now);
            match rows::committed(self.run(&call).await?)? {
                Step::Is(committed) => return Ok(committed),
                Step::Needs(needed) => place = Some(needed),
            }
        }
        let cause = "other requests prolong the row all the time";
        Err(StoreError::new(StoreErrorKind::Timeout, cause))
    }

    async fn end(&self, key: RowKey, ending: RowEnding<'_>, now: u64) -> Result<Ended, StoreError> {
        let owners = ending.owners.iter().copied().map(Some);
        let nobody = ending.owners.is_empty().then_some(None);
        let call = rows::end(self.prefix.row(key), ending, owners.chain(nobody), now);
        rows::ended(self.run(&call).await?)
    }

    async fn list(&self, owners: &[Owner], now: u64) -> Result<Vec<Listed>, StoreError> {
        let mut alive = Vec::new();
        for batch in self.indexed(owners, now).await?.chunks(BATCH) {
            let shown = twice(|| self.show(batch, now)).await?;
            let mut dead = Vec::new();
            for (key, shown) in batch.iter().zip(shown) {
                match shown {
                    Shown::Alive(owner, listed) if owners.contains(&owner) => alive.push(listed),
                    Shown::Ended(until) if stays(until, now) => dead.push(*key),
                    _ => {}
                }
            }
            self.forget(owners, &dead).await;
        }
        Ok(alive)
    }

    /// Ends also a row of nobody that is in an owner's set, and leaves a tombstone where such a row is not there yet: a
    /// login is about to take it.
    async fn end_all(
        &self,
        owners: &[Owner],
        keep: Option<RowKey>,
        until: u64,
        now: u64,
    ) -> Result<u64, StoreError> {
        let why = Why::ByApplication;
        let ending = RowEnding { owners, why, until };
        let mut keys = self.indexed(owners, now).await?;
        keys.retain(|key| keep != Some(*key));
        let mut count = 0;
        for batch in keys.chunks(BATCH) {
            let ended = twice(|| self.end_each(batch, ending, now)).await?;
            let mut dead = Vec::new();
            for (key, ended) in batch.iter().zip(ended) {
                count += u64::from(ended == Ended::Done);
                if ended != Ended::AnotherOwner && stays(until, now) {
                    dead.push(*key);
                }
            }
            self.forget(owners, &dead).await;
        }
        Ok(count)
    }

    /// Redis deletes dead rows by itself, so this does nothing.
    async fn sweep(&self, _now: u64, _limit: u32) -> Result<u32, StoreError> {
        Ok(0)
    }

    /// Checks that the server answers, and that it does not evict sessions when it is full.
    async fn check(&self) -> Result<(), StoreError> {
        let nothing = RowKey::from_bytes([0; 16]);
        twice(|| self.load(nothing, 0)).await?;
        match self.policy_that_evicts().await? {
            None => Ok(()),
            Some(policy) => {
                let cause = format!(
                    "the server deletes living sessions when it is full, by `maxmemory-policy {policy}`; \
                     run `CONFIG SET maxmemory-policy noeviction`, or set that where the server is configured"
                );
                Err(StoreError::new(StoreErrorKind::NotSetUp, cause))
            }
        }
    }
}

/// A tombstone that stays for a while keeps its key from new rows, so its place in the index is not needed.
fn stays(until: u64, now: u64) -> bool {
    until >= now.saturating_add(GRACE)
}

/// Nothing of the connections: they know a password.
impl<C> fmt::Debug for RedisStore<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").finish_non_exhaustive()
    }
}
