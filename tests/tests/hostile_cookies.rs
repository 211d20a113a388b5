//! `Cookie` headers that an attacker wrote.

use axum::Router;
use axum::http::header::{COOKIE, HOST};
use axum::http::{HeaderMap, Method};
use axum::routing::get;
use session_runtime::{Key, Keyring, SameSite, Session, SessionLayer};
use tests::{App, CANARY, app};

#[derive(Session)]
struct Shop {
    visits: u32,
    note: String,
}

async fn write(mut session: Session<Shop>) {
    session.visits += 1;
    session.note = CANARY.to_owned();
}

async fn read(session: Session<Shop>) -> String {
    session.visits.to_string()
}

fn shop() -> App {
    app(|keys| {
        Router::new()
            .route("/write", get(write))
            .route("/read", get(read))
            .route(
                "/leave",
                get(async |session| Session::<Shop>::destroy(session)),
            )
            .layer(SessionLayer::<Shop>::new(keys))
    })
}

const NAME: &str = "__Host-shop";

/// A token of an application, whose session was written this many times.
async fn token(app: &mut App, visits: usize) -> String {
    for _ in 0..visits {
        app.get("/write").await;
    }
    app.cookie(NAME).unwrap()
}

#[tokio::test]
async fn every_altered_or_cut_cookie_is_a_new_session() {
    let mut app = shop();
    let token = token(&mut app, 1).await;
    let replaced = |at: usize| {
        let other = if &token[at..=at] == "A" { "B" } else { "A" };
        format!("{}{other}{}", &token[..at], &token[at + 1..])
    };
    let altered = (0..token.len()).map(replaced);
    let cut = (0..token.len()).map(|end| token[..end].to_owned());
    for value in altered.chain(cut) {
        let answer = app.get_with("/read", format!("{NAME}={value}")).await;
        assert_eq!(answer.body, "0", "{value}");
        assert_eq!(
            answer.set_cookies().len(),
            0,
            "an unreadable cookie is left alone"
        );
    }
    assert_eq!(
        app.get_with("/read", format!("{NAME}={token}")).await.body,
        "1"
    );
}

#[tokio::test]
async fn junk_beside_the_cookie_does_not_hide_it() {
    let mut app = shop();
    let token = token(&mut app, 2).await;
    let ours = format!("{NAME}={token}");
    let junk = format!("{NAME}=junk");
    let lines: [Vec<u8>; 9] = [
        format!("{junk}; {ours}").into(),
        format!("{ours}; {junk}").into(),
        format!("{junk}; {junk}; {junk}; {ours}").into(),
        format!("{NAME}=; {ours}").into(),
        format!("{NAME}=\"{token}\"; {ours}").into(),
        [b"caf\xe9=\xff; ", ours.as_bytes()].concat(),
        format!("\u{2000}{junk}; {ours}").into(),
        format!("={junk}; __HOST-shop=x; $Version=1; {ours}; $Path=/").into(),
        format!("{}; {ours}", "x=y; ".repeat(2000)).into(),
    ];
    for line in lines {
        let answer = app.get_with("/read", &line).await;
        assert_eq!(answer.body, "2", "{}", line.escape_ascii());
    }
}

#[tokio::test]
async fn only_the_first_four_of_a_name_are_tried() {
    let mut app = shop();
    let token = token(&mut app, 2).await;
    let junk = format!("{NAME}=junk; ").repeat(4);
    let before = app.opens();
    assert_eq!(
        app.get_with("/read", format!("{junk}{NAME}={token}"))
            .await
            .body,
        "0"
    );
    assert_eq!(app.opens(), before + 4);
    assert_eq!(
        app.log().lines_with("too many cookies of one name").len(),
        1
    );
}

#[tokio::test]
async fn two_cookie_headers_are_one_list() {
    let mut app = shop();
    let ours = format!("{NAME}={}", token(&mut app, 2).await).into_bytes();
    let junk = format!("{NAME}=junk").into_bytes();
    assert_eq!(
        app.get_with_lines("/read", &[b"a=b", &ours]).await.body,
        "2"
    );
    assert_eq!(app.get_with_lines("/read", &[&junk, &ours]).await.body, "2");
    assert_eq!(app.get_with_lines("/read", &[&ours, &junk]).await.body, "2");
}

#[tokio::test]
async fn of_two_sessions_sealed_in_one_second_the_first_counts() {
    let mut app = shop();
    let first = token(&mut app, 1).await;
    let second = token(&mut app, 1).await;
    let line = |a: &str, b: &str| format!("{NAME}={a}; {NAME}={b}");
    let one = app.get_with("/read", line(&first, &second)).await.body;
    let other = app.get_with("/read", line(&second, &first)).await.body;
    // Unless the clock ticked between the two: then the second is newer, wherever it stands.
    assert!(one == "1" || one == "2", "{one}");
    assert_eq!(other, "2");
}

#[tokio::test]
async fn an_empty_value_and_huge_headers_are_new_sessions() {
    let mut app = shop();
    let huge = "A".repeat(64 * 1024);
    for line in [
        format!("{NAME}="),
        NAME.to_owned(),
        format!("{NAME}={huge}"),
        huge.clone(),
        format!("{huge}={huge}"),
        ";".repeat(64 * 1024),
        format!("{NAME}=x;").repeat(5000),
    ] {
        assert_eq!(app.get_with("/read", &line).await.body, "0");
    }
}

#[tokio::test]
async fn a_cookie_that_cannot_be_read_is_replaced_by_a_write_and_removed_by_destroy() {
    let mut app = shop();
    let answer = app.get_with("/write", format!("{NAME}=junk")).await;
    assert!(answer.set_cookies()[0].starts_with("__Host-shop=A"));
    let answer = app.get_with("/leave", format!("{NAME}=junk")).await;
    assert!(answer.set_cookies()[0].starts_with("__Host-shop=; "));
}

#[tokio::test]
async fn a_refused_cookie_is_ordinary_and_its_reason_is_in_the_log() {
    let mut app = shop();
    let token = token(&mut app, 1).await;
    let forged = format!("{}{}", &token[..token.len() - 4], "AAAA");
    let long = "A".repeat(4097);
    let cases = [
        ("length", "AQ"),
        ("length", &long),
        ("alphabet", "not base64!"),
        ("version", &"A".repeat(100)),
        ("unknown-key", &format!("AQ{}", "A".repeat(98))),
        ("forged", &forged),
    ];
    for (reason, value) in cases {
        let seen = app.log().lines_with(&format!("reason=\"{reason}\"")).len();
        app.get_with("/read", format!("{NAME}={value}")).await;
        let lines = app.log().lines_with(&format!("reason=\"{reason}\""));
        assert_eq!(lines.len(), seen + 1, "{reason}");
        assert!(lines[seen].contains("DEBUG"), "{}", lines[seen]);
    }
    for level in ["WARN", "ERROR"] {
        assert!(app.log().lines_with(level).is_empty());
    }
}

#[derive(Session)]
#[session(cookie = "shop2")]
struct Other {
    visits: u32,
    note: String,
}

#[tokio::test]
async fn another_path_or_domain_behind_one_prefix_is_the_same_session() {
    let mut app = app(|keys| {
        let layer = SessionLayer::<Shop>::new(keys);
        let routes = || {
            Router::new()
                .route("/write", get(write))
                .route("/read", get(read))
        };
        Router::new()
            .nest("/app/1", routes().layer(layer.clone().path("/app")))
            .nest("/app/2", routes().layer(layer.clone().path("/app/")))
            .nest("/app/3", routes().layer(layer.domain("example.com")))
    });
    app.get("/app/1/write").await;
    for path in ["/app/1/read", "/app/2/read", "/app/3/read"] {
        assert_eq!(app.get(path).await.body, "1", "{path}");
    }
}

#[tokio::test]
async fn a_cookie_opens_under_its_own_name_and_key_only() {
    async fn write_other(mut session: Session<Other>) {
        session.visits = 1;
    }
    async fn read_other(session: Session<Other>) -> String {
        session.visits.to_string()
    }
    let names = ["__Host-shop", "__Secure-shop", "shop", "__Host-shop2"];
    let second = Key::generate();
    let second_text = second.reveal();
    let mut app = app(|first| {
        let mut app = Router::new();
        for (ring, keys) in [first, Keyring::new([second]).unwrap()]
            .into_iter()
            .enumerate()
        {
            let routes = || {
                Router::new()
                    .route("/write", get(write))
                    .route("/read", get(read))
            };
            let layer = SessionLayer::<Shop>::new(keys.clone());
            let other = Router::new()
                .route("/write", get(write_other))
                .route("/read", get(read_other));
            let homes = [
                routes().layer(layer.clone()),
                routes().layer(layer.clone().domain("example.com")),
                routes().layer(layer.insecure_http()),
                other.layer(SessionLayer::<Other>::new(keys)),
            ];
            for (home, routes) in homes.into_iter().enumerate() {
                app = app.nest(&format!("/{}", 4 * ring + home), routes);
            }
        }
        app
    });
    app.keep_secret(second_text);
    let mut tokens = Vec::new();
    for home in 0..8 {
        let answer = app.get_with(&format!("/{home}/write"), "").await;
        let line = answer.set_cookies().remove(0);
        let (name, rest) = line.split_once('=').unwrap();
        assert_eq!(name, names[home % 4]);
        tokens.push(rest.split(';').next().unwrap().to_owned());
    }
    for (sealed_in, token) in tokens.iter().enumerate() {
        for opened_in in 0..8 {
            let line = format!("{}={token}", names[opened_in % 4]);
            let visits = app.get_with(&format!("/{opened_in}/read"), line).await.body;
            let expected = if sealed_in == opened_in { "1" } else { "0" };
            assert_eq!(
                visits, expected,
                "sealed in {sealed_in}, opened in {opened_in}"
            );
        }
    }
}

/// `__Host-` keeps browsers from carrying a cookie to another host, and not a person.
#[tokio::test]
async fn a_cookie_that_is_copied_to_another_host_opens_there() {
    let mut app = shop();
    app.get("/write").await;
    let cookie = app.copy_cookies();
    for host in ["a.example", "b.example"] {
        let headers = HeaderMap::from_iter([
            (HOST, host.parse().unwrap()),
            (COOKIE, cookie.parse().unwrap()),
        ]);
        assert_eq!(app.ask(Method::GET, "/read", headers).await.body, "1");
    }
}

/// Browsers keep a partitioned cookie and one that is not beside each other, and a removal reaches its own
/// kind only.
#[tokio::test]
async fn a_removal_is_of_the_cookie_as_the_layer_sets_it() {
    async fn destroy(session: Session<Shop>) {
        Session::destroy(session);
    }
    let mut app = app(|keys| {
        let layer = SessionLayer::<Shop>::new(keys);
        let routes = || {
            Router::new()
                .route("/write", get(write))
                .route("/destroy", get(destroy))
        };
        Router::new()
            .nest("/1", routes().layer(layer.clone()))
            .nest(
                "/2",
                routes().layer(layer.same_site(SameSite::None).partitioned()),
            )
    });
    for (release, is_partitioned) in [("/1", false), ("/2", true)] {
        app.get("/1/write").await;
        for path in ["write", "destroy"] {
            let lines = app.get(&format!("{release}/{path}")).await.set_cookies();
            assert_eq!(
                lines[0].contains("; Partitioned"),
                is_partitioned,
                "{lines:?}"
            );
        }
    }
}
