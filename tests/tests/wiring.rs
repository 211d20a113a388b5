//! Layers: missing, doubled, several types, names that collide.

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse};
use axum::routing::get;
use session_runtime::{Session, SessionLayer};
use tests::{Answer, CANARY, another_process, app};

#[derive(Session)]
struct Shop {
    visits: u32,
}

#[derive(Session)]
struct Admin {
    visits: u32,
    note: String,
}

#[derive(Session)]
#[session(cookie = "shop")]
struct OtherShop {
    visits: u32,
}

async fn count(mut session: Session<Shop>) -> String {
    session.visits += 1;
    session.visits.to_string()
}

#[tokio::test]
async fn a_missing_layer_is_a_500_that_names_the_type_and_the_line_to_add() {
    let mut app = app(|_| Router::new().route("/", get(count)));
    let answer = app.get("/").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    let errors = app.log().lines_with("ERROR");
    assert_eq!(errors.len(), 1, "{errors:?}");
    for text in [&answer.body, &errors[0]] {
        assert!(text.contains("`Session<wiring::Shop>`"), "{text}");
        assert!(
            text.contains("`.layer(SessionLayer::<wiring::Shop>::new(keys))`"),
            "{text}"
        );
        assert!(
            text.contains("after the routes and the middleware"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn the_layer_of_another_type_does_not_stand_in() {
    let mut app = app(|keys| {
        Router::new()
            .route("/", get(count))
            .layer(SessionLayer::<Admin>::new(keys))
    });
    assert_eq!(app.get("/").await.status, StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test]
async fn a_layer_added_before_the_routes_does_not_reach_them() {
    let mut app = app(|keys| {
        Router::new()
            .route("/other", get(async || ()))
            .layer(SessionLayer::<Shop>::new(keys))
            .route("/", get(count))
    });
    assert_eq!(app.get("/").await.status, StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test]
async fn a_second_layer_of_the_same_type_leaves_the_session_to_the_outer_one() {
    let mut app = app(|keys| {
        let outer = SessionLayer::<Shop>::new(keys.clone());
        let inner = SessionLayer::<Shop>::new(keys).insecure_http();
        Router::new()
            .route("/", get(count))
            .layer(inner)
            .layer(outer)
    });
    for visit in 1..=3 {
        let answer = app.get("/").await;
        assert_eq!(answer.body, visit.to_string());
        let cookies = answer.set_cookies();
        assert_eq!(cookies.len(), 1, "{cookies:?}");
        assert!(cookies[0].starts_with("__Host-shop="), "{cookies:?}");
    }
    let ignored = app.log().lines_with("its options are not used");
    assert_eq!(
        ignored.len(),
        1,
        "once, not with every request: {ignored:?}"
    );
}

#[tokio::test]
async fn one_layer_around_routes_and_router_is_no_second_layer() {
    let mut app = app(|keys| {
        let layer = SessionLayer::<Shop>::new(keys);
        let routes = Router::new().route("/", get(count)).layer(layer.clone());
        routes.layer(layer)
    });
    assert_eq!(app.get("/").await.body, "1");
    assert!(app.log().lines_with("WARN").is_empty());
}

#[tokio::test]
async fn a_status_that_was_changed_after_a_failed_save_counts_for_the_other_session() {
    use axum::extract::Request;
    use axum::middleware::{Next, from_fn};
    use axum::response::Response;

    async fn both(mut shop: Session<Shop>, mut admin: Session<Admin>) {
        shop.visits += 1;
        admin.note = CANARY.repeat(1000);
    }
    async fn unavailable(request: Request, next: Next) -> Response {
        let mut response = next.run(request).await;
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        response
    }
    let mut app = app(|keys| {
        Router::new()
            .route("/", get(both))
            .layer(SessionLayer::<Admin>::new(keys.clone()))
            .layer(from_fn(unavailable))
            .layer(SessionLayer::<Shop>::new(keys))
    });
    assert_eq!(app.get("/").await.set_cookies().len(), 0);
}

#[tokio::test]
async fn two_session_types_in_one_application_are_two_cookies() {
    async fn both(mut shop: Session<Shop>, mut admin: Session<Admin>) -> String {
        shop.visits += 1;
        admin.visits += 10;
        format!("{} {}", shop.visits, admin.visits)
    }
    let mut app = app(|keys| {
        Router::new()
            .route("/", get(both))
            .route("/shop", get(count))
            .layer(SessionLayer::<Shop>::new(keys.clone()))
            .layer(SessionLayer::<Admin>::new(keys))
    });
    assert_eq!(app.get("/").await.body, "1 10");
    let answer = app.get("/").await;
    assert_eq!(answer.body, "2 20");
    assert_eq!(answer.set_cookies().len(), 2);
    assert_eq!(app.get("/shop").await.set_cookies().len(), 1);
    assert!(app.cookie("__Host-shop").is_some() && app.cookie("__Host-admin").is_some());
}

/// curl 7.88 takes a removal back when another line follows it.
#[tokio::test]
async fn the_removals_of_an_inner_session_stay_behind_the_cookies_of_an_outer_one() {
    async fn write(mut shop: Session<Shop>, mut admin: Session<Admin>) {
        shop.visits += 1;
        admin.note = "here".to_owned();
    }
    async fn leave(mut shop: Session<Shop>, admin: Session<Admin>) {
        shop.visits += 1;
        Session::destroy(admin);
    }
    async fn leave_by_hand(mut shop: Session<Shop>) -> impl IntoResponse {
        shop.visits += 1;
        let lines = [
            "theirs=1",
            "__Host-shop=; Path=/; Max-Age=0; Secure",
            "other=; Path=/; Max-Age=0",
        ];
        AppendHeaders(lines.map(|line| (SET_COOKIE, line)))
    }
    let mut app = app(|keys| {
        Router::new()
            .route("/write", get(write))
            .route("/leave", get(leave))
            .route("/leave-by-hand", get(leave_by_hand))
            .layer(SessionLayer::<Admin>::new(keys.clone()))
            .layer(SessionLayer::<Shop>::new(keys))
    });
    let names = |answer: &Answer| -> Vec<String> {
        let lines = answer.set_cookies();
        let name = |line: &String| line.split_once('=').unwrap().0.to_owned();
        lines.iter().map(name).collect()
    };
    app.get("/write").await;
    let answer = app.get("/leave").await;
    assert_eq!(names(&answer), ["__Host-shop", "__Host-admin"]);
    assert!(answer.set_cookies()[1].contains("Max-Age=0"));

    // A removal of this very cookie stays before it: the last line counts.
    let answer = app.get("/leave-by-hand").await;
    assert_eq!(
        names(&answer),
        ["theirs", "__Host-shop", "__Host-shop", "other"]
    );
    assert!(answer.set_cookies()[1].contains("Max-Age=0"));
    assert!(app.cookie("__Host-shop").is_some());
}

#[tokio::test]
async fn when_one_session_cannot_be_saved_the_cookie_of_the_other_still_leaves() {
    async fn both(mut shop: Session<Shop>, mut admin: Session<Admin>) {
        shop.visits += 1;
        admin.note = CANARY.repeat(1000);
    }
    for shop_is_outside in [false, true] {
        let mut app = app(|keys| {
            let shop = SessionLayer::<Shop>::new(keys.clone());
            let admin = SessionLayer::<Admin>::new(keys);
            let routes = Router::new().route("/", get(both));
            if shop_is_outside {
                routes.layer(admin).layer(shop)
            } else {
                routes.layer(shop).layer(admin)
            }
        });
        let answer = app.get("/").await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
        let cookies = answer.set_cookies();
        assert_eq!(cookies.len(), 1, "outside: {shop_is_outside}: {cookies:?}");
        assert!(cookies[0].starts_with("__Host-shop=A"), "{cookies:?}");
    }
}

#[tokio::test]
async fn two_types_with_one_cookie_name_are_a_500_with_both_names_in_the_log() {
    let mut app = app(|keys| {
        Router::new()
            .route("/", get(async || "never reached"))
            .layer(SessionLayer::<Shop>::new(another_process(&keys)))
            .layer(SessionLayer::<OtherShop>::new(keys))
    });
    let answer = app.get("/").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(answer.body, "");
    let errors = app.log().lines_with("ERROR");
    assert_eq!(errors.len(), 1, "{errors:?}");
    for name in ["wiring::Shop", "wiring::OtherShop", "__Host-shop"] {
        assert!(errors[0].contains(&format!("\"{name}\"")), "{errors:?}");
    }
}

/// In sibling routers the two never meet in a request. Under one key each would open the other's cookies:
/// customer 1 would be member of staff 1.
mod two_types_with_one_cookie_under_one_key {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use session_runtime::{Key, Keyring};
    use tests::Log;

    use super::*;

    mod customers {
        use session_runtime::{Identity, Session};

        #[derive(Session)]
        pub(super) struct Account {
            #[session(identity)]
            user: Identity<u64>,
        }
    }

    mod staff {
        use session_runtime::{Identity, Session};

        #[derive(Session)]
        pub(super) struct Account {
            #[session(identity)]
            user: Identity<u64>,
        }
    }

    type Layer<T> = SessionLayer<T>;
    type Customers = Layer<customers::Account>;
    type Staff = Layer<staff::Account>;

    fn router<T: session_runtime::SessionData>(path: &str, layer: Layer<T>) -> Router {
        let routes = Router::new().route(path, get(async |_: Session<T>| "page"));
        routes.layer(layer)
    }

    /// The message that stops a program; `None` if it starts.
    fn refusal(program: impl FnOnce() -> Router) -> Option<String> {
        let panic = catch_unwind(AssertUnwindSafe(program)).err()?;
        Some(*panic.downcast::<String>().unwrap())
    }

    /// The same of a program with these layers, under one ring.
    fn refusal_under_one_ring(
        customers: impl FnOnce(Customers) -> Customers,
        staff: impl FnOnce(Staff) -> Staff,
    ) -> Option<String> {
        refusal(|| {
            let keys = Keyring::ephemeral();
            let shop = router("/shop", customers(SessionLayer::new(keys.clone())));
            shop.merge(router("/admin", staff(SessionLayer::new(keys))))
        })
    }

    /// The same of a program whose routers have a ring each.
    fn refusal_under_two_rings(customers: Keyring, staff: Keyring) -> Option<String> {
        refusal(|| {
            let shop = router("/shop", Customers::new(customers));
            shop.merge(router("/admin", Staff::new(staff)))
        })
    }

    fn ring<const N: usize>(keys: [&Key; N]) -> Keyring {
        Keyring::new(keys.map(Key::clone)).unwrap()
    }

    #[test]
    fn stop_the_program_with_both_names_and_the_line_to_write() {
        let message = refusal_under_one_ring(|layer| layer, |layer| layer).unwrap();
        for part in [
            "customers::Account`",
            "staff::Account`",
            "`__Host-account`",
            "#[session(cookie = \"…\")]",
        ] {
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn stop_it_also_where_each_has_a_path_of_its_own() {
        let message =
            refusal_under_one_ring(|layer| layer.path("/shop"), |layer| layer.path("/admin"));
        assert!(message.unwrap().contains("`__Secure-account`"));
    }

    #[test]
    fn stop_it_also_where_each_router_reads_the_keys_for_itself() {
        let text = Key::generate().reveal();
        let read = || text.parse::<Keyring>().unwrap();
        let message = refusal_under_two_rings(read(), read()).unwrap();
        assert!(message.contains("the same key"), "{message}");
    }

    #[test]
    fn stop_it_also_where_their_rings_have_but_one_key_in_common() {
        let [a, b, common] = [(); 3].map(|()| Key::generate());
        let (customers, staff) = (ring([&a, &common]), ring([&b, &common]));
        assert!(refusal_under_two_rings(customers, staff).is_some());
    }

    #[test]
    fn are_two_where_no_key_that_opens_is_in_both_rings() {
        let [a, b, leaked] = [(); 3].map(|()| Key::generate());
        assert_eq!(refusal_under_two_rings(ring([&a]), ring([&b])), None);
        let revoked = leaked.clone().revoked();
        let (customers, staff) = (ring([&a, &revoked]), ring([&leaked]));
        assert_eq!(refusal_under_two_rings(customers, staff), None);
    }

    #[test]
    fn are_two_where_their_prefixes_differ() {
        assert_eq!(
            refusal_under_one_ring(|layer| layer.path("/shop"), |layer| layer),
            None
        );
        assert_eq!(
            refusal_under_one_ring(|layer| layer, |layer| layer.domain("example.com")),
            None
        );
    }

    #[test]
    fn are_no_matter_of_two_layers_of_one_type_or_of_two_processes() {
        let key = Key::generate();
        let layer = || SessionLayer::<customers::Account>::new(ring([&key]));
        let routers = router("/a", layer()).merge(router("/b", layer().path("/")));
        let staff = SessionLayer::<staff::Account>::new(another_process(&ring([&key])));
        drop(routers.merge(router("/c", staff)));
    }

    #[test]
    fn are_told_to_a_test_with_the_ways_out() {
        let message = refusal_under_one_ring(|layer| layer, |layer| layer).unwrap();
        for part in ["`Keyring::ephemeral()`", "`test_kit::another_process`"] {
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn are_an_error_in_the_log_where_a_replacement_brings_their_rings_together() {
        let log = Log::capture();
        let (customers, staff) = (Keyring::ephemeral(), Keyring::ephemeral());
        assert_eq!(
            refusal_under_two_rings(customers.clone(), staff.clone()),
            None
        );
        let key = Key::generate();
        customers.replace(&ring([&key]));
        assert!(log.lines_with("ERROR").is_empty());
        staff.replace(&ring([&key]));
        // A debug build has another cookie on a loopback address.
        let mut errors = log.lines_with("ERROR");
        errors.retain(|line| line.contains("cookie=\"__Host-account\""));
        assert_eq!(errors.len(), 1, "{errors:?}");
        for name in ["ERROR", "customers::Account", "staff::Account"] {
            assert!(errors[0].contains(name), "{errors:?}");
        }
    }

    #[test]
    fn are_an_error_also_behind_a_key_under_which_another_type_was_there_before() {
        mod blog {
            use session_runtime::Session;

            #[derive(Session)]
            #[session(cookie = "account")]
            pub(super) struct Blog {
                pub(super) _posts: u32,
            }
        }
        let log = Log::capture();
        let [old, new] = [Key::generate(), Key::generate()];
        let (customers, staff) = (Keyring::ephemeral(), Keyring::ephemeral());
        let mut routers = router("/blog", Layer::<blog::Blog>::new(ring([&old])));
        routers = routers.merge(router("/shop", Customers::new(customers.clone())));
        let _routers = routers.merge(router("/admin", Staff::new(staff.clone())));
        customers.replace(&ring([&old, &new]));
        staff.replace(&ring([&new]));
        let errors = log.lines_with("`Keyring::replace` has brought them");
        let both = |line: &&String| line.contains("customers::Account") && line.contains("staff::");
        assert_eq!(errors.iter().filter(both).count(), 2, "{errors:?}");
    }

    /// In a browser the cookie of the one takes the place of that of the other.
    #[test]
    fn are_warned_of_once_where_their_rings_have_no_key_in_common_and_not_on_two_domains() {
        mod lobby {
            use session_runtime::Session;

            #[derive(Session)]
            #[session(cookie = "state")]
            pub(super) struct State {
                pub(super) _visits: u32,
            }
        }
        mod office {
            use session_runtime::Session;

            #[derive(Session)]
            #[session(cookie = "state")]
            pub(super) struct State {
                pub(super) _visits: u32,
            }
        }
        let log = Log::capture();
        let keys = [Keyring::ephemeral(), Keyring::ephemeral()];
        let lobby = || Layer::<lobby::State>::new(keys[0].clone());
        let office = || Layer::<office::State>::new(keys[1].clone());
        let warnings = || log.lines_with("each removes the sessions of the other");
        let _routers = router("/", lobby().domain("a.example.com"))
            .merge(router("/office", office().domain("b.example.com")));
        assert_eq!(warnings(), [""; 0]);
        for _ in 0..2 {
            let _routers = router("/", lobby()).merge(router("/office", office()));
        }
        let warnings = warnings();
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        for part in ["WARN", "lobby::State", "office::State", "__Host-state"] {
            assert!(warnings[0].contains(part), "{warnings:?}");
        }
    }

    #[test]
    fn stop_the_program_also_after_a_replacement() {
        let key = Key::generate();
        let customers = Keyring::ephemeral();
        let shop = router("/shop", Customers::new(customers.clone()));
        customers.replace(&ring([&key]));
        let staff = || router("/admin", Staff::new(ring([&key])));
        assert!(refusal(|| shop.merge(staff())).is_some());
    }
}
