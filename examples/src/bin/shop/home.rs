//! The place where sessions are kept: their cookies, or the store that `--store` names.

use std::error::Error;
use std::time::Duration;

use session_postgres::PostgresStore;
use session_redis::{RedisStore, SharedConnection};
use session_runtime::store::MemoryStore;
use session_runtime::{KeptInStore, Keyring, SessionData, SessionLayer};
use session_sqlite::SqliteStore;
use sqlx::postgres::PgPoolOptions;

use crate::payment;
use crate::session::{HalfLogin, Payment, Shop};

/// The layer of each session type.
pub(crate) struct Layers {
    pub(crate) shop: SessionLayer<Shop>,
    pub(crate) half_login: SessionLayer<HalfLogin>,
    pub(crate) payment: SessionLayer<Payment>,
}

/// An application has one of these.
#[expect(clippy::large_enum_variant, reason = "there is one of it")]
pub(crate) enum Home {
    /// The store has what cannot be in a cookie: half logins, and which sessions have ended.
    Cookies(MemoryStore),
    Sqlite(SqliteStore),
    Redis(RedisStore<SharedConnection>),
    Postgres(PostgresStore),
}

impl Home {
    pub(crate) fn cookies() -> Self {
        Self::Cookies(MemoryStore::new())
    }

    pub(crate) async fn open(address: &str) -> Result<Self, Box<dyn Error>> {
        Ok(match address.split_once(':') {
            Some(("sqlite", file)) => Self::Sqlite(SqliteStore::open(file).await?),
            Some(("redis", _)) => {
                let client = redis::Client::open(address)?;
                let store = RedisStore::new(SharedConnection::new(client)?);
                Self::Redis(store.prefix("shop:"))
            }
            Some(("postgres", _)) => {
                // Below the second that the layer waits, so that the log says what the pool waits for.
                let pool = PgPoolOptions::new().acquire_timeout(Duration::from_millis(900));
                let store = PostgresStore::new(pool.connect_lazy(address)?);
                store.create_tables().await?;
                Self::Postgres(store)
            }
            _ => return Err("--store takes sqlite:FILE, redis://… or postgres://…".into()),
        })
    }

    pub(crate) fn layers(&self, keys: &Keyring) -> Layers {
        let shop = self.stored(keys.clone());
        Layers {
            shop: match self {
                Self::Cookies(_) => shop.still_in_cookies(),
                _ => shop,
            },
            half_login: self.stored(keys.clone()),
            payment: payment::layer(keys.clone()),
        }
    }

    fn stored<T: SessionData + KeptInStore>(&self, keys: Keyring) -> SessionLayer<T> {
        match self {
            Self::Cookies(store) => SessionLayer::stored(keys, store.clone()),
            Self::Sqlite(store) => SessionLayer::stored(keys, store.clone()),
            Self::Redis(store) => SessionLayer::stored(keys, store.clone()),
            Self::Postgres(store) => SessionLayer::stored(keys, store.clone()),
        }
    }
}
