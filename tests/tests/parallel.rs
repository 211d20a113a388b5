//! A thousand requests at once with one browser's cookie, on several threads, each with several guards on tasks of their
//! own.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Path;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{Request, StatusCode};
use axum::routing::get;
use session_runtime::store::MemoryStore;
use session_runtime::{Identity, Keyring, Session, SessionLayer};
use tower::ServiceExt as _;

const REQUESTS: u32 = 1000;

#[derive(Session)]
struct Shop {
    #[session(identity)]
    user: Identity<u32>,
    visits: u32,
    last: u32,
}

#[derive(Session)]
#[session(cookie = "stored", stored)]
struct StoredShop {
    #[session(merge = add)]
    visits: u32,
    last: u32,
}

/// Two guards of one request, each on a task of its own.
async fn change(Path(number): Path<u32>, mut first: Session<Shop>, mut second: Session<Shop>) {
    let counting = tokio::spawn(async move {
        tokio::task::yield_now().await;
        first.visits += 1;
    });
    let marking = tokio::spawn(async move {
        second.last = number;
        tokio::task::yield_now().await;
    });
    counting.await.unwrap();
    marking.await.unwrap();
}

/// A login on one task, and a change on another.
async fn log_in(Path(number): Path<u32>, mut first: Session<Shop>, mut second: Session<Shop>) {
    let counting = tokio::spawn(async move { first.visits += 1 });
    let logging_in = tokio::spawn(async move {
        tokio::task::yield_now().await;
        Session::log_in(&mut second, number);
    });
    counting.await.unwrap();
    logging_in.await.unwrap();
}

async fn show(session: Session<Shop>) -> String {
    let user = session.user.map_or(0, |user| user);
    format!("{user} {} {}", session.visits, session.last)
}

fn shop() -> Router {
    Router::new()
        .route("/change/{number}", get(change))
        .route("/log-in/{number}", get(log_in))
        .route("/show", get(show))
        .layer(SessionLayer::<Shop>::new(Keyring::ephemeral()))
}

/// The body, and the cookie that the response sets in place of `cookie`.
async fn ask(app: Router, path: String, cookie: String) -> (String, String) {
    let request = Request::get(path).header(COOKIE, &cookie);
    let answer = app
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let line = answer
        .headers()
        .get(SET_COOKIE)
        .map(|line| line.to_str().unwrap().to_owned());
    let cookie = line.map_or(cookie, |line| line.split(';').next().unwrap().to_owned());
    let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    (String::from_utf8(body.to_vec()).unwrap(), cookie)
}

/// Asks for every path at once, all with the same cookie.
async fn ask_all(
    app: &Router,
    paths: impl Iterator<Item = String>,
    cookie: &str,
) -> Vec<(String, String)> {
    let asking = paths.map(|path| tokio::spawn(ask(app.clone(), path, cookie.to_owned())));
    let asking: Vec<_> = asking.collect();
    let mut answers = Vec::new();
    for answer in asking {
        answers.push(answer.await.unwrap());
    }
    answers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_thousand_requests_with_one_cookie_each_answers_with_its_own_changes() {
    let app = shop();
    let (_, cookie) = ask(app.clone(), "/change/7".to_owned(), String::new()).await;
    let paths = (1..=REQUESTS).map(|number| match number % 2 {
        0 => format!("/change/{number}"),
        _ => format!("/log-in/{number}"),
    });
    let answers = ask_all(&app, paths, &cookie).await;
    for (number, (_, cookie)) in (1..).zip(answers) {
        let (shown, _) = ask(app.clone(), "/show".to_owned(), cookie).await;
        let expected = match number % 2 {
            0 => format!("0 2 {number}"),
            _ => format!("{number} 2 7"),
        };
        assert_eq!(shown, expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_requests_with_one_ticket_count_to_a_thousand() {
    async fn visit(
        Path(number): Path<u32>,
        mut first: Session<StoredShop>,
        mut second: Session<StoredShop>,
    ) {
        let counting = tokio::spawn(async move { first.visits += 1 });
        let marking = tokio::spawn(async move { second.last = number });
        counting.await.unwrap();
        marking.await.unwrap();
    }
    let app = Router::new()
        .route("/visit/{number}", get(visit))
        .route(
            "/show",
            get(async |session: Session<StoredShop>| {
                format!("{} {}", session.visits, session.last)
            }),
        )
        .layer(SessionLayer::<StoredShop>::stored(
            Keyring::ephemeral(),
            MemoryStore::new(),
        ));
    let (_, cookie) = ask(app.clone(), "/visit/0".to_owned(), String::new()).await;
    let paths = (1..=REQUESTS).map(|number| format!("/visit/{number}"));
    ask_all(&app, paths, &cookie).await;
    let (shown, _) = ask(app, "/show".to_owned(), cookie).await;
    let (visits, last) = shown.split_once(' ').unwrap();
    assert_eq!(visits, (1 + REQUESTS).to_string());
    assert!((1..=REQUESTS).contains(&last.parse().unwrap()));
}
