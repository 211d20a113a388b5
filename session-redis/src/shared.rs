//! One connection to one server, which is replaced when it has gone silent.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use redis::aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig};
use redis::{Client, Cmd, Pipeline, RedisError, RedisFuture, RedisResult, Value};

/// A command that is dropped sooner says nothing about its connection: the client of the request has gone away.
const SILENCE: Duration = Duration::from_millis(100);

/// One connection to one server, shared by all requests.
///
/// It is made at the first command, so the application may start before the server. It is made again when it breaks,
/// and when an answer does not come in time. A [`ConnectionManager`] alone does the first and not the second: where a
/// firewall has forgotten the connection, or a machine is gone, each request fails until the operating system gives up.
///
/// A clone is the same connection.
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
#[derive(Clone)]
pub struct SharedConnection {
    source: Arc<Source>,
}

struct Source {
    client: Client,
    config: ConnectionManagerConfig,
    current: Mutex<Current>,
}

/// The manager that commands take. Each that replaces another has the next number.
struct Current {
    manager: ConnectionManager,
    number: u64,
    is_silent: bool,
}

impl SharedConnection {
    /// A connection that waits half a second for an answer, and a second for the server to take the connection.
    ///
    /// Each command tries once. The layer tries a second time where a connection was broken.
    ///
    /// # Errors
    ///
    /// When the client is not one that a manager accepts.
    ///
    /// # Panics
    ///
    /// Outside a Tokio runtime.
    pub fn new(client: Client) -> RedisResult<Self> {
        Self::with_config(
            client,
            ConnectionManagerConfig::new().set_number_of_retries(0),
        )
    }

    /// A connection with time-outs, retries and the like of your own.
    ///
    /// A manager waits between its retries, longer each time. So with more than none, requests may fail for seconds
    /// after the server is back.
    ///
    /// ```no_run
    /// use std::time::Duration;
    ///
    /// use redis::aio::ConnectionManagerConfig;
    /// use session_redis::{RedisStore, SharedConnection};
    ///
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), redis::RedisError> {
    /// let client = redis::Client::open("redis://127.0.0.1/")?;
    /// let config = ConnectionManagerConfig::new()
    ///     .set_number_of_retries(0)
    ///     .set_response_timeout(Some(Duration::from_millis(200)));
    /// let store = RedisStore::new(SharedConnection::with_config(client, config)?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// When a manager refuses the configuration.
    ///
    /// # Panics
    ///
    /// Outside a Tokio runtime.
    pub fn with_config(client: Client, config: ConnectionManagerConfig) -> RedisResult<Self> {
        let manager = ConnectionManager::new_lazy_with_config(client.clone(), config.clone())?;
        let current = Mutex::new(Current {
            manager,
            number: 0,
            is_silent: false,
        });
        let source = Source {
            client,
            config,
            current,
        };
        Ok(Self {
            source: Arc::new(source),
        })
    }
}

impl Source {
    /// The manager for one command, and what tells whether it is answered.
    fn manager(&self) -> (ConnectionManager, Question<'_>) {
        let mut current = self.lock();
        if current.is_silent {
            self.replace(&mut current);
        }
        let question = Question {
            source: self,
            number: current.number,
            asked: Instant::now(),
            is_answered: false,
        };
        (current.manager.clone(), question)
    }

    /// A configuration that made a manager makes another one. If it did not, the old one would stay.
    fn replace(&self, current: &mut Current) {
        let (client, config) = (self.client.clone(), self.config.clone());
        if let Ok(manager) = ConnectionManager::new_lazy_with_config(client, config) {
            *current = Current {
                manager,
                number: current.number + 1,
                is_silent: false,
            };
        }
    }

    /// A panic cannot leave half a change behind: each is one assignment.
    fn lock(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A command on its way. Dropped without an answer, it tells that the connection is silent.
///
/// The layer may give up a command before the manager does, so a time-out of the manager is not enough.
struct Question<'a> {
    source: &'a Source,
    number: u64,
    asked: Instant,
    is_answered: bool,
}

impl Question<'_> {
    fn take<T>(mut self, answer: RedisResult<T>) -> RedisResult<T> {
        let is_late = answer.as_ref().is_err_and(RedisError::is_timeout);
        self.is_answered = !is_late;
        if is_late {
            self.tell();
        }
        answer
    }

    /// Many commands wait on one silent connection, and the first tells of it. The others have an older number when a
    /// new connection is there. So a server that hangs gets one connection after another, and not one for each command.
    fn tell(&self) {
        let mut current = self.source.lock();
        current.is_silent |= current.number == self.number;
    }
}

impl Drop for Question<'_> {
    fn drop(&mut self) {
        if !self.is_answered && self.asked.elapsed() >= SILENCE {
            self.tell();
        }
    }
}

impl ConnectionLike for SharedConnection {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(async move {
            let (mut manager, question) = self.source.manager();
            question.take(manager.req_packed_command(command).await)
        })
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        commands: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        Box::pin(async move {
            let (mut manager, question) = self.source.manager();
            question.take(manager.req_packed_commands(commands, offset, count).await)
        })
    }

    fn get_db(&self) -> i64 {
        self.source.lock().manager.get_db()
    }
}

/// Nothing of the client: it knows a password.
impl fmt::Debug for SharedConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedConnection").finish_non_exhaustive()
    }
}
