//! Sessions in Redis or Valkey: several machines, one server for their sessions.
//!
//! ```text
//! export SESSION_KEYS="$(cargo run -q -p examples --bin keygen)"
//! cargo run -p examples --bin redis -- redis://127.0.0.1/
//! curl -b jar -c jar http://127.0.0.1:3000/
//! curl http://127.0.0.1:3000/ready
//! ```
//!
//! Start a second one on another `PORT`: the session is the same.

use std::env;
use std::error::Error;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use examples::keys;
use session_redis::{RedisStore, SharedConnection};
use session_runtime::store::Store;
use session_runtime::{Session, SessionLayer};
use tokio::net::TcpListener;

type SessionStore = RedisStore<SharedConnection>;

#[derive(Session)]
#[session(cookie = "shop", stored)]
struct Shop {
    /// Two pages that load at once count two.
    #[session(merge = add)]
    visits: u32,
}

async fn index(mut session: Session<Shop>) -> String {
    session.visits += 1;
    format!("Visit number: {}\n", session.visits)
}

/// For the load balancer, which sends no visitors to a machine that is not ready. The reason is for the operator only.
async fn ready(State(store): State<SessionStore>) -> (StatusCode, &'static str) {
    match store.check().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::error!(%error, "the store of the sessions is not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "unready\n")
        }
    }
}

/// The program may start before the server: the first request connects.
fn store(url: &str) -> Result<SessionStore, redis::RedisError> {
    let client = redis::Client::open(url)?;
    Ok(RedisStore::new(SharedConnection::new(client)?).prefix("shop:"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt::init();

    let url = env::args().nth(1);
    let store = store(url.as_deref().unwrap_or("redis://127.0.0.1/"))?;
    let app = Router::new()
        .route("/", get(index))
        .layer(SessionLayer::<Shop>::stored(keys("redis")?, store.clone()))
        .route("/ready", get(ready))
        .with_state(store);

    let port = env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    eprintln!("redis: http://{}/", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}
