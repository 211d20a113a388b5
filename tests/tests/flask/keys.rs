//! Keys: what is needed, what is refused, and how they change.

use axum::Router;
use axum::routing::get;
use session_runtime::{Key, Keyring, Session, SessionLayer};
use tests::app;

#[derive(Session)]
#[session(cookie = "shop")]
struct Shop {
    visits: u32,
}

fn routes() -> Router {
    let count = get(async |mut shop: Session<Shop>| {
        shop.visits += 1;
        shop.visits.to_string()
    });
    let read = get(async |shop: Session<Shop>| shop.visits.to_string());
    Router::new().route("/count", count).route("/read", read)
}

#[test]
fn f11_a_key_that_is_short_is_refused() {
    for text in ["", "a", "secret", &"0".repeat(31)] {
        assert!(text.parse::<Key>().is_err(), "{text}");
    }
    assert!(
        Key::from_bytes([0; 32]).is_err(),
        "and one that is no secret"
    );
}

#[test]
fn f12_f13_a_missing_secret_key_is_an_error_at_the_start_that_says_so() {
    let error = Keyring::from_env("A_VARIABLE_THAT_IS_NOT_SET").unwrap_err();
    let said = error.to_string();
    assert!(said.contains("A_VARIABLE_THAT_IS_NOT_SET"), "{said}");
    assert!(
        said.contains("Key::generate()"),
        "it says how to make one: {said}"
    );
}

/// The id of the key that sealed a cookie stands before everything else.
fn head(cookie: &str) -> String {
    cookie[..5].to_owned()
}

#[tokio::test]
async fn f15_f16_f17_i01_an_older_key_opens_and_the_first_one_seals() {
    let (new, old) = (Key::generate(), Key::generate());
    let keys = Keyring::new([old.clone()]).unwrap();
    let mut app = app(|_| routes().layer(SessionLayer::<Shop>::new(keys.clone())));
    app.get("/count").await;
    let under_old = head(&app.cookie("__Host-shop").unwrap());
    keys.replace(&Keyring::new([new.clone(), old]).unwrap());
    assert_eq!(
        app.get("/read").await.body,
        "1",
        "it opens, without a restart"
    );
    let under_new = head(&app.cookie("__Host-shop").unwrap());
    assert_ne!(
        under_new, under_old,
        "and a page that only reads seals it anew"
    );
    keys.replace(&Keyring::new([new]).unwrap());
    assert_eq!(
        app.get("/read").await.body,
        "1",
        "so the old key is not needed any more"
    );
}

#[tokio::test]
async fn f15_a_key_that_is_revoked_opens_nothing() {
    let (new, old) = (Key::generate(), Key::generate());
    let keys = Keyring::new([old.clone()]).unwrap();
    let mut app = app(|_| routes().layer(SessionLayer::<Shop>::new(keys.clone())));
    app.get("/count").await;
    keys.replace(&Keyring::new([new, old.revoked()]).unwrap());
    assert_eq!(app.get("/read").await.body, "0");
}

#[test]
fn f60_a_program_of_one_line_makes_a_key() {
    let text = Key::generate().reveal();
    assert!(text.parse::<Key>().is_ok());
    assert_ne!(Key::generate().reveal(), text);
}

#[test]
fn f62_keys_come_from_the_environment() {
    // `PATH` is set, and is no key: the error names the variable and not what is in it.
    let said = Keyring::from_env("PATH").unwrap_err().to_string();
    assert!(said.contains("PATH"));
    assert!(!said.contains(&std::env::var("PATH").unwrap()));
}

#[test]
fn i03_nothing_but_random_bytes_is_a_key() {
    assert!(
        "correct horse battery staple, and a long one"
            .parse::<Key>()
            .is_err()
    );
}

#[tokio::test]
async fn i04_a_cookie_that_does_not_open_gives_no_part_of_itself() {
    let mut app = app(|keys| routes().layer(SessionLayer::<Shop>::new(keys)));
    app.get("/count").await;
    let cookie = app.cookie("__Host-shop").unwrap();
    let cut = &cookie[..cookie.len() - 1];
    let page = app.get_with("/read", format!("__Host-shop={cut}")).await;
    assert_eq!(page.body, "0");
}

#[tokio::test]
async fn i06_a_session_knows_when_it_began_and_when_it_ends() {
    let times = get(async |shop: Session<Shop>| {
        let info = Session::info(&shop);
        format!("{} {}", info.began().is_some(), info.ends().is_some())
    });
    let routes = routes().route("/times", times);
    let mut app = app(|keys| routes.layer(SessionLayer::<Shop>::new(keys)));
    assert_eq!(app.get("/times").await.body, "false false");
    app.get("/count").await;
    assert_eq!(app.get("/times").await.body, "true true");
}

#[tokio::test]
async fn i07_a_cookie_of_another_format_is_no_session() {
    let mut app = app(|keys| routes().layer(SessionLayer::<Shop>::new(keys)));
    app.get("/count").await;
    let cookie = app.cookie("__Host-shop").unwrap();
    let other = if cookie.starts_with('A') { 'B' } else { 'A' };
    let page = app
        .get_with("/read", format!("__Host-shop={other}{}", &cookie[1..]))
        .await;
    assert_eq!(page.body, "0");
    assert_eq!(app.log().lines_with("session cookie refused").len(), 1);
}
