//! Sessions in PostgreSQL: any number of processes on any number of machines, and one logout for all of them.
//!
//! ```text
//! export SESSION_KEYS="$(cargo run -q -p examples --bin keygen)"
//! cargo run -p examples --bin postgres postgres://shop@localhost/shop
//! curl -b jar -c jar http://127.0.0.1:3000/log-in/ann
//! curl -b jar -c jar http://127.0.0.1:3000/
//! curl http://127.0.0.1:3000/ready
//! ```

use std::env;
use std::error::Error;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use examples::keys;
use session_postgres::PostgresStore;
use session_runtime::store::Store as _;
use session_runtime::{Identity, LoggedIn, Session, SessionLayer};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio::net::TcpListener;

#[derive(Session)]
#[session(cookie = "shop", stored)]
struct Shop {
    #[session(identity)]
    user: Identity<String>,
    /// Two pages that load at once count two.
    #[session(merge = add)]
    visits: u32,
}

async fn index(mut session: Session<Shop>) -> String {
    session.visits += 1;
    match &*session.user {
        Some(user) => format!("Visit number: {}, {user}\n", session.visits),
        None => format!("Visit number: {}\n", session.visits),
    }
}

/// Here an application checks a password. Both are `POST` there, so that no link logs a user in or out: the example
/// `login` shows that.
async fn log_in(Path(user): Path<String>, mut session: Session<Shop>) -> &'static str {
    Session::log_in(&mut session, user);
    "Welcome.\n"
}

async fn log_out(mut session: Session<Shop>) -> &'static str {
    Session::log_out(&mut session);
    "Goodbye.\n"
}

async fn account(LoggedIn(user): LoggedIn<Shop>) -> String {
    format!("The account of {user}\n")
}

/// For a readiness probe.
async fn ready(State(store): State<PostgresStore>) -> (StatusCode, String) {
    match store.check().await {
        Ok(()) => (StatusCode::OK, "ready\n".to_owned()),
        // The error is for the log. It names the server.
        Err(error) => {
            tracing::error!(%error, "the store of the sessions is not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "not ready\n".to_owned())
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt::init();

    let url = env::args().nth(1);
    let url = url.ok_or(
        "the first argument is the address of the database: postgres://shop@localhost/shop",
    )?;
    let server: PgConnectOptions = url.parse()?;
    // Below the second that the layer waits, so that the log says what the pool waits for.
    let pool = PgPoolOptions::new()
        .acquire_timeout(Duration::from_millis(900))
        .connect_lazy_with(server.options([("statement_timeout", "3s")]));
    let store = PostgresStore::new(pool);
    store.create_tables().await?;

    let app = Router::new()
        .route("/", get(index))
        .route("/log-in/{user}", get(log_in))
        .route("/log-out", get(log_out))
        .route("/account", get(account))
        .layer(SessionLayer::<Shop>::stored(
            keys("postgres")?,
            store.clone(),
        ))
        .route("/ready", get(ready))
        .with_state(store);

    let port = env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    eprintln!("postgres: http://{}/", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}
