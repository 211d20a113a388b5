//! The libraries, each as its documentation shows it.

use std::collections::BTreeMap;
use std::convert::Infallible;

use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use axum_extra::extract::PrivateCookieJar;
use axum_extra::extract::cookie::{Cookie, Key};
use axum_session::{SessionConfig, SessionNullPool, SessionStore};
use serde_json::Value;
use session_runtime::store::MemoryStore;
use session_runtime::{Identity, Keyring, Session, SessionLayer};

use crate::site::{Peer, site};

pub async fn all() -> Vec<(&'static str, Router)> {
    vec![
        ("here, in the cookie", here::in_cookie()),
        ("here, in a store", here::in_store()),
        ("tower-sessions 0.15, `MemoryStore`", tower_sessions()),
        ("axum_session 0.22, in memory", axum_session().await),
        ("seshcookie 0.1", seshcookie()),
        (
            "`PrivateCookieJar` of axum-extra 0.12",
            private_cookie_jar(),
        ),
    ]
}

fn tower_sessions() -> Router {
    let layer = tower_sessions::SessionManagerLayer::new(tower_sessions::MemoryStore::default());
    site::<(), tower_sessions::Session>().layer(layer)
}

impl Peer<()> for tower_sessions::Session {
    async fn get(&self, key: &'static str) -> Option<Value> {
        self.get(key).await.unwrap()
    }

    async fn set(&mut self, key: &'static str, value: Value) {
        self.insert(key, value).await.unwrap();
    }

    async fn clear(&mut self) {
        self.flush().await.unwrap();
    }

    async fn renew(&mut self) {
        self.cycle_id().await.unwrap();
    }
}

async fn axum_session() -> Router {
    // A router without a server has no address that a session could be bound to.
    let config = SessionConfig::default().with_ip_and_user_agent(false);
    let store = SessionStore::<SessionNullPool>::new(None, config)
        .await
        .unwrap();
    site::<(), axum_session::Session<SessionNullPool>>()
        .layer(axum_session::SessionLayer::new(store))
}

impl Peer<()> for axum_session::Session<SessionNullPool> {
    async fn get(&self, key: &'static str) -> Option<Value> {
        axum_session::Session::get(self, key)
    }

    async fn set(&mut self, key: &'static str, value: Value) {
        axum_session::Session::set(self, key, value);
    }

    async fn clear(&mut self) {
        self.destroy();
    }

    async fn renew(&mut self) {
        axum_session::Session::renew(self);
    }
}

type Values = BTreeMap<String, Value>;

fn seshcookie() -> Router {
    let keys = seshcookie::SessionKeys::new(&[7; 32]).unwrap();
    let layer = seshcookie::SessionLayer::<Values>::new(keys, seshcookie::SessionConfig::default());
    site::<(), seshcookie::Session<Values>>().layer(layer.unwrap())
}

impl Peer<()> for seshcookie::Session<Values> {
    async fn get(&self, key: &'static str) -> Option<Value> {
        self.get().await?.get(key).cloned()
    }

    async fn set(&mut self, key: &'static str, value: Value) {
        self.modify(|values: &mut Option<Values>| {
            values.get_or_insert_default().insert(key.to_owned(), value);
        })
        .await;
    }

    async fn clear(&mut self) {
        seshcookie::Session::clear(self).await;
    }

    async fn renew(&mut self) {}
}

/// An application encodes what it puts into the jar, and gives the jar to the response.
struct Jar(PrivateCookieJar);

const NAME: &str = "session";

fn private_cookie_jar() -> Router {
    site::<Key, Jar>().with_state(Key::generate())
}

impl FromRequestParts<Key> for Jar {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, key: &Key) -> Result<Self, Infallible> {
        Ok(Self(PrivateCookieJar::from_headers(
            &parts.headers,
            key.clone(),
        )))
    }
}

impl Jar {
    fn values(&self) -> Values {
        let cookie = self.0.get(NAME);
        let values = cookie.and_then(|cookie| serde_json::from_str(cookie.value()).ok());
        values.unwrap_or_default()
    }
}

impl Peer<Key> for Jar {
    async fn get(&self, key: &'static str) -> Option<Value> {
        self.values().get(key).cloned()
    }

    async fn set(&mut self, key: &'static str, value: Value) {
        let mut values = self.values();
        values.insert(key.to_owned(), value);
        let text = serde_json::to_string(&values).unwrap();
        self.0 = self.0.clone().add(Cookie::new(NAME, text));
    }

    async fn clear(&mut self) {
        self.0 = self.0.clone().remove(NAME);
    }

    async fn renew(&mut self) {}

    fn finish(self, answer: Response) -> Response {
        (self.0, answer).into_response()
    }
}

/// Ours. The type that is kept in a store has one more word.
mod here {
    use super::*;

    macro_rules! shop {
        ($shop:ident, [$($stored:ident)?]) => {
            #[derive(Session)]
            #[session(cookie = "shop" $(, $stored)?)]
            struct $shop {
                #[session(identity)]
                user: Identity<u64>,
                username: Option<String>,
                visits: Option<u32>,
                color: Option<String>,
                big: Option<String>,
            }

            struct Guard(Session<$shop>);

            impl FromRequestParts<()> for Guard {
                type Rejection = session_runtime::SessionError;

                async fn from_request_parts(parts: &mut Parts, state: &()) -> Result<Self, Self::Rejection> {
                    Session::from_request_parts(parts, state).await.map(Self)
                }
            }

            impl Peer<()> for Guard {
                async fn get(&self, key: &'static str) -> Option<Value> {
                    match key {
                        "username" => self.0.username.clone().map(Value::from),
                        "visits" => self.0.visits.map(Value::from),
                        "color" => self.0.color.clone().map(Value::from),
                        _ => self.0.big.clone().map(Value::from),
                    }
                }

                async fn set(&mut self, key: &'static str, value: Value) {
                    let text = value.as_str().map(str::to_owned);
                    match key {
                        "username" => self.0.username = text,
                        "visits" => self.0.visits = value.as_u64().and_then(|visits| visits.try_into().ok()),
                        "color" => self.0.color = text,
                        _ => self.0.big = text,
                    }
                }

                async fn clear(&mut self) {
                    Session::clear(&mut self.0);
                }

                async fn renew(&mut self) {
                    Session::log_in(&mut self.0, 7);
                }
            }
        };
    }

    mod cookie {
        use super::*;
        shop!(InCookie, []);

        pub(super) fn site_of(keys: Keyring) -> Router {
            site::<(), Guard>().layer(SessionLayer::<InCookie>::new(keys))
        }
    }

    mod store {
        use super::*;
        shop!(InStore, [stored]);

        pub(super) fn site_of(keys: Keyring) -> Router {
            site::<(), Guard>().layer(SessionLayer::<InStore>::stored(keys, MemoryStore::new()))
        }
    }

    pub(super) fn in_cookie() -> Router {
        cookie::site_of(Keyring::ephemeral())
    }

    pub(super) fn in_store() -> Router {
        store::site_of(Keyring::ephemeral())
    }
}
