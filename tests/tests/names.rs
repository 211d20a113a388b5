//! A session type's own names are its own: the guard hides none of them.

use axum::Router;
use axum::routing::get;
use session_runtime::{Session, SessionLayer};
use tests::app;

#[derive(Session)]
struct Account {
    self_: u32,
    cookie: u32,
    key: u32,
    default: u32,
    value: u32,
    slot: u32,
    state: u32,
    seen: u32,
    base: u32,
    r#type: u32,
}

impl Account {
    fn publish(&mut self) {
        self.value += 1;
    }

    fn destroy(&mut self) {
        self.slot += 1;
    }

    fn take(&self) -> u32 {
        self.value + self.slot
    }

    fn deref(&self) -> u32 {
        self.base
    }

    fn drop(&self) -> u32 {
        self.seen
    }
}

async fn handler(mut session: Session<Account>) -> String {
    session.self_ += 1;
    session.cookie += 1;
    session.key += 1;
    session.default += 1;
    session.value += 1;
    session.slot += 1;
    session.state += 1;
    session.seen += 1;
    session.base += 1;
    session.r#type += 1;
    session.publish();
    session.destroy();
    let (taken, base, seen) = (session.take(), session.value + session.base, session.seen);
    format!(
        "{taken} {base} {seen} {} {}",
        session.r#type,
        Account::deref(&session) + Account::drop(&session)
    )
}

#[tokio::test]
async fn fields_and_methods_named_like_the_guards_own_are_reached() {
    let mut app = app(|keys| {
        Router::new()
            .route("/", get(handler))
            .layer(SessionLayer::<Account>::new(keys))
    });
    assert_eq!(app.get("/").await.body, "4 3 1 1 2");
    assert_eq!(app.get("/").await.body, "8 6 2 2 4");
}
