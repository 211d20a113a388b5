//! An application that has the packages and nothing else of the repository.

use axum::Router;
use axum::routing::{get, post};
use session_runtime::{Identity, Keyring, LoggedIn, Session, SessionLayer};

#[derive(Session)]
struct Shop {
    visits: u32,
    #[session(identity)]
    user: Identity<u64>,
    #[session(flash)]
    notice: Option<String>,
}

async fn index(mut session: Session<Shop>) -> String {
    session.visits += 1;
    let notice = session.notice.take().unwrap_or_default();
    format!("Visit number: {}. {notice}", session.visits)
}

async fn log_in(mut session: Session<Shop>) {
    Session::log_in(&mut session, 7);
    session.notice = Some("Welcome.".to_owned());
}

async fn orders(LoggedIn(user): LoggedIn<Shop>) -> String {
    format!("The orders of user {user}")
}

fn app(layer: SessionLayer<Shop>) -> Router {
    Router::new()
        .route("/", get(index))
        .route("/login", post(log_in))
        .route("/orders", get(orders))
        .layer(layer)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let keys = Keyring::from_env("SESSION_KEYS")?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    axum::serve(listener, app(SessionLayer::new(keys))).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use session_runtime::test_kit::{Browser, TestKit};

    use super::*;

    #[tokio::test]
    async fn a_visitor_is_counted_logs_in_and_is_welcomed_once() {
        let layer = SessionLayer::new(Keyring::ephemeral());
        let kit = TestKit::new(&layer);
        let mut browser = Browser::new(app(layer));
        assert_eq!(browser.get("/").await.text(), "Visit number: 1. ");
        assert_eq!(browser.get("/orders").await.status(), 401);

        browser.post("/login", &[]).await;
        assert_eq!(browser.get("/").await.text(), "Visit number: 2. Welcome.");
        assert_eq!(browser.get("/").await.text(), "Visit number: 3. ");
        assert_eq!(browser.get("/orders").await.text(), "The orders of user 7");
        assert_eq!(*kit.session_of(&browser).unwrap().user, Some(7));
    }

    #[derive(Session)]
    #[session(stored)]
    struct Basket {
        books: u32,
    }

    #[tokio::test]
    async fn a_stored_session_is_kept_in_a_file() {
        async fn add(mut session: Session<Basket>) -> String {
            session.books += 1;
            session.books.to_string()
        }
        let file = std::env::temp_dir().join(format!("packaged-{}.db", std::process::id()));
        let store = session_sqlite::SqliteStore::open(&file).await.unwrap();
        let layer = SessionLayer::<Basket>::stored(Keyring::ephemeral(), store);
        let mut browser = Browser::new(Router::new().route("/", get(add)).layer(layer));
        browser.get("/").await;
        assert_eq!(browser.get("/").await.text(), "2");
        std::fs::remove_file(file).unwrap();
    }

    #[tokio::test]
    async fn a_store_in_redis_says_that_there_is_no_server() {
        use session_redis::{RedisStore, SharedConnection};
        use session_runtime::store::{Store as _, StoreErrorKind};

        // No server listens on port 1.
        let client = redis::Client::open("redis://127.0.0.1:1/").unwrap();
        let store = RedisStore::new(SharedConnection::new(client).unwrap());
        let error = store.check().await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unreachable);
    }

    #[test]
    fn the_statements_for_postgresql_are_in_the_package() {
        let statements = session_postgres::PostgresStore::CREATE_TABLES;
        assert!(statements.contains("CREATE TABLE IF NOT EXISTS session_rows"));
    }
}
