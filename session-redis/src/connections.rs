//! The source of connections.

use std::future::{Future, ready};

use redis::aio::{ConnectionLike, ConnectionManager};
use session_runtime::store::StoreError;

use crate::SharedConnection;

/// The source of connections: a [`SharedConnection`], a cluster connection, or your pool.
///
/// The store asks for a connection before each command, or before a batch of them, and drops it afterwards.
///
/// A connection that is broken must not be given for ever. A bare
/// [`MultiplexedConnection`](redis::aio::MultiplexedConnection) does not connect again, so it has no such
/// implementation. Its manager has.
///
/// A pool becomes one in a few lines. This is `deadpool_redis`:
///
/// ```
/// use session_redis::Connections;
/// use session_runtime::store::{StoreError, StoreErrorKind};
/// # mod deadpool_redis {
/// #     pub type Connection = redis::aio::ConnectionManager;
/// #     #[derive(Clone)]
/// #     pub struct Pool;
/// #     impl Pool {
/// #         pub async fn get(&self) -> Result<Connection, std::io::Error> {
/// #             Err(std::io::ErrorKind::NotConnected.into())
/// #         }
/// #     }
/// # }
///
/// #[derive(Clone)]
/// struct Pool(deadpool_redis::Pool);
///
/// impl Connections for Pool {
///     type Connection = deadpool_redis::Connection;
///
///     async fn connection(&self) -> Result<Self::Connection, StoreError> {
///         let connection = self.0.get().await;
///         connection.map_err(|error| StoreError::new(StoreErrorKind::Unreachable, error))
///     }
/// }
/// ```
///
/// What `bb8_redis` gives is no connection by itself, and has one. With `type Connection = MultiplexedConnection` the
/// answer is `connection.clone()`.
///
/// The pool must be of the same major version of the crate `redis`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` gives no connections to Redis",
    label = "no connections",
    note = "of a client, write `RedisStore::new(SharedConnection::new(client)?)`",
    note = "a pool implements `Connections`"
)]
pub trait Connections: Send + Sync + 'static {
    /// A connection, or a handle to one.
    type Connection: ConnectionLike + Send;

    /// Whether a connection leads to the nodes of a cluster. A pool of cluster connections must say so.
    ///
    /// A node has some of the keys only, so the store asks for a connection for each command of a batch, and sends
    /// them at the same time. On another connection they are one pipeline.
    ///
    /// After a write that a replica has refused, the store closes a connection to one server by `QUIT`, so that the
    /// next one finds the primary. A cluster connection finds it by itself, and would send `QUIT` to any node.
    const IS_CLUSTER: bool = false;

    /// Returns a connection for one command, or for one batch.
    ///
    /// # Errors
    ///
    /// When there is none. With the kind [`Unreachable`](session_runtime::store::StoreErrorKind::Unreachable) the
    /// caller tries a second time.
    fn connection(&self) -> impl Future<Output = Result<Self::Connection, StoreError>> + Send;
}

/// A clone shares the connection, which is made again when it breaks or goes silent.
impl Connections for SharedConnection {
    type Connection = Self;

    fn connection(&self) -> impl Future<Output = Result<Self, StoreError>> + Send {
        ready(Ok(self.clone()))
    }
}

/// A clone shares the connection, and the manager connects again when it breaks. When the connection goes silent it does
/// not: see [`SharedConnection`].
impl Connections for ConnectionManager {
    type Connection = Self;

    fn connection(&self) -> impl Future<Output = Result<Self, StoreError>> + Send {
        ready(Ok(self.clone()))
    }
}

/// A clone shares the connections, which are made again when they break.
#[cfg(feature = "cluster")]
impl Connections for redis::cluster_async::ClusterConnection {
    type Connection = Self;

    const IS_CLUSTER: bool = true;

    fn connection(&self) -> impl Future<Output = Result<Self, StoreError>> + Send {
        ready(Ok(self.clone()))
    }
}
