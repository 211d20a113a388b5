//! Counts how often a browser has come by. The count is in an encrypted cookie; there is no
//! database.
//!
//! ```text
//! cargo run -p examples --bin counter
//! curl -b jar -c jar http://127.0.0.1:3000/
//! ```

use std::env;
use std::error::Error;

use axum::Router;
use axum::routing::get;
use examples::keys;
use session_runtime::{Session, SessionLayer};
use tokio::net::TcpListener;

#[derive(Session)]
struct Counter {
    visits: u32,
}

async fn index(mut session: Session<Counter>) -> String {
    session.visits += 1;
    format!("Visit number: {}\n", session.visits)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt::init();

    let app = Router::new()
        .route("/", get(index))
        .layer(SessionLayer::<Counter>::new(keys("counter")?));

    let port = env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    eprintln!("counter: http://{}/", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}
