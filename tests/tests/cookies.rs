//! The `Set-Cookie` line, and what the layer's options change about it.

use axum::Router;
use axum::routing::get;
use session_runtime::{Keyring, SameSite, Session, SessionLayer};
use tests::app;

#[derive(Session)]
struct Shop {
    visits: u32,
}

type Layer = SessionLayer<Shop>;
type Options = fn(Layer) -> Layer;

/// The lines of a set and of a removal, without the token.
async fn lines(options: impl FnOnce(Layer) -> Layer) -> (String, String) {
    let mut app = app(|keys| {
        Router::new()
            .route(
                "/app/set",
                get(async |mut session: Session<Shop>| session.visits += 1),
            )
            .route(
                "/app/leave",
                get(async |session: Session<Shop>| Session::destroy(session)),
            )
            .layer(options(SessionLayer::new(keys)))
    });
    let set = app.get("/app/set").await.set_cookies().remove(0);
    let (name, rest) = set.split_once('=').unwrap();
    let (token, attributes) = rest.split_once("; ").unwrap();
    assert!(token.len() > 60);
    let removal = app.get("/app/leave").await.set_cookies().remove(0);
    (format!("{name}; {attributes}"), removal)
}

#[tokio::test]
async fn by_default_the_cookie_is_as_safe_as_browsers_make_it() {
    let (set, removal) = lines(|layer| layer).await;
    assert_eq!(set, "__Host-shop; Path=/; HttpOnly; SameSite=Lax; Secure");
    assert_eq!(
        removal,
        "__Host-shop=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; \
         SameSite=Lax; Secure"
    );
}

#[tokio::test]
async fn each_option_is_in_the_cookie_and_in_its_removal() {
    let cases: [(Options, &str, &str); 7] = [
        (
            |layer| layer.same_site(SameSite::Strict),
            "__Host-shop",
            "SameSite=Strict",
        ),
        (
            |layer| layer.same_site(SameSite::None),
            "__Host-shop",
            "SameSite=None",
        ),
        (|layer| layer.path("/app"), "__Secure-shop", "Path=/app"),
        (|layer| layer.path("/"), "__Host-shop", "Path=/"),
        (
            |layer| layer.domain("example.com"),
            "__Secure-shop",
            "Domain=example.com",
        ),
        (
            |layer| layer.partitioned().same_site(SameSite::None),
            "__Host-shop",
            "Partitioned",
        ),
        (|layer| layer.insecure_http(), "shop", "Path=/"),
    ];
    for (option, name, attribute) in cases {
        let (set, removal) = lines(option).await;
        let set: Vec<_> = set.split("; ").collect();
        assert_eq!(set[0], name);
        assert!(set.contains(&attribute), "{set:?}");
        assert_eq!(set.contains(&"Secure"), name != "shop", "{set:?}");
        let mut removal: Vec<_> = removal.split("; ").collect();
        assert_eq!(removal.remove(0), format!("{name}="));
        removal.retain(|attribute| {
            !attribute.starts_with("Max-Age") && !attribute.starts_with("Expires")
        });
        assert_eq!(removal, set[1..], "the removal mirrors every attribute");
    }
}

#[tokio::test]
async fn a_cookie_on_plain_http_is_announced_in_the_log() {
    let app = app(|keys| Router::new().layer(Layer::new(keys).insecure_http()));
    let warnings = app.log().lines_with("WARN");
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("insecure_http()"), "{warnings:?}");
}

#[test]
fn what_browsers_refuse_stops_the_program_where_it_is_written() {
    let cases: [(&str, Options); 8] = [
        ("must start with `/`", |layer| layer.path("app")),
        ("without `;`, `?` and `#`", |layer| layer.path("/app?a=1")),
        ("without `;`, `?` and `#`", |layer| layer.path("/app#top")),
        ("host name", |layer| layer.domain("example.com; x")),
        ("`SameSite=None`", |layer| {
            layer.insecure_http().same_site(SameSite::None)
        }),
        ("`SameSite=None`", |layer| {
            layer.same_site(SameSite::None).insecure_http()
        }),
        ("partitioned", |layer| layer.insecure_http().partitioned()),
        ("partitioned", |layer| layer.partitioned().insecure_http()),
    ];
    for (sentence, options) in cases {
        let build = || drop(options(Layer::new(Keyring::ephemeral())));
        let panic = std::panic::catch_unwind(build).unwrap_err();
        let message = panic.downcast_ref::<String>().unwrap();
        assert!(
            message.contains(sentence) && message.contains("`shop`"),
            "{message}"
        );
    }
}

/// Browsers do not send the cookie to a frame of another site then, for which alone it is partitioned.
#[test]
fn a_partitioned_cookie_that_no_frame_gets_stops_the_program_when_the_router_is_made() {
    let serve = |options: Options| {
        let layer = options(Layer::new(Keyring::ephemeral()));
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            drop(
                Router::<()>::new()
                    .route("/", get(async || ()))
                    .layer(layer),
            );
        }))
    };
    let refused: [Options; 2] = [
        |layer| layer.partitioned(),
        |layer| layer.same_site(SameSite::Strict).partitioned(),
    ];
    for options in refused {
        let panic = serve(options).unwrap_err();
        let message = panic.downcast_ref::<String>().unwrap();
        for part in [
            "`shop`",
            "help: write `.same_site(SameSite::None).partitioned()`",
        ] {
            assert!(message.contains(part), "{message}");
        }
    }
    let taken: [Options; 2] = [
        |layer| layer.partitioned().same_site(SameSite::None),
        |layer| layer.same_site(SameSite::None).partitioned(),
    ];
    for options in taken {
        assert!(serve(options).is_ok());
    }
}
