//! To one browser that asks for one page after the other, a session in a store is the same as one in its cookie.

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::get;
use proptest::prelude::*;
use session_runtime::store::MemoryStore;
use session_runtime::{Background, Identity, Session, SessionLayer};
use tests::{App, MovableClock, app};

/// A page that is asked for, or something between two pages.
#[derive(Clone, Debug)]
enum Act {
    /// A page by its path. None brings the session back to its defaults: it goes from a cookie then, and stays in a store.
    Page(&'static str),
    Restart,
    Wait(u64),
}

const PAGES: &[&str] = &[
    "/visit",
    "/push",
    "/code",
    "/touch",
    "/note",
    "/take",
    "/theme",
    "/reset",
    "/log-in/1",
    "/log-in/2",
    "/log-in-with/1",
    "/log-in-with/2",
    "/log-out",
    "/log-out-with-note",
    "/clear-and-push",
    "/destroy",
    "/remember",
    "/fail",
    "/fail-after-log-in",
    "/poll",
    "/poll-and-visit",
    "/middle",
];

/// No time ends within the tenth of `idle` in which a store has not written the last use down yet.
fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        12 => prop::sample::select(PAGES).prop_map(Act::Page),
        1 => Just(Act::Restart),
        3 => prop::sample::select(&[20_u64, 60, 240, 3700, 8000]).prop_map(Act::Wait),
    ]
}

macro_rules! home {
    ($home:ident, [$($stored:ident)?], $keys:ident => $layer:expr) => {
        mod $home {
            use super::*;

            #[derive(Session)]
            #[session(cookie = "shop", idle = "1h", max = "3h" $(, $stored)?)]
            struct Shop {
                #[session(identity)]
                user: Identity<u32>,
                visits: u32,
                cart: Vec<u32>,
                #[session(ttl = "10m")]
                code: Option<u32>,
                #[session(flash)]
                notes: Vec<u32>,
                #[session(browser, ttl = "2h")]
                theme: u32,
            }

            type Guard = Session<Shop>;

            async fn show(mut shop: Guard) -> String {
                let info = Session::info(&shop);
                let about = format!("{:?} {} {:?}", info.state(), info.is_remembered(), info.began());
                let Shop { user, visits, cart, code, notes, theme } = &mut *shop;
                format!("{:?} {visits} {cart:?} {code:?} {notes:?} {theme} {about}", **user)
            }

            async fn log_in(Path(user): Path<u32>, mut shop: Guard) {
                Session::log_in(&mut shop, user);
            }

            async fn log_in_with(Path(user): Path<u32>, mut shop: Guard) {
                Session::log_in(&mut shop, user);
                shop.cart.push(user);
                shop.notes.push(user);
                Session::remember(&mut shop, user == 2);
            }

            /// Two guards of one request.
            async fn middle(mut one: Guard, mut two: Guard) {
                one.visits += 1;
                two.cart.push(3);
                drop(one);
                two.code = Some(9);
            }

            pub(super) fn site(clock: &MovableClock) -> App {
                let routes = Router::new()
                    .route("/visit", get(async |mut shop: Guard| shop.visits += 1))
                    .route("/push", get(async |mut shop: Guard| shop.cart.push(1)))
                    .route("/code", get(async |mut shop: Guard| {
                        shop.code = Some(7);
                        shop.visits += 1;
                    }))
                    .route("/touch", get(async |mut shop: Guard| {
                        Session::touch(&mut shop, |shop| &shop.code);
                    }))
                    .route("/note", get(async |mut shop: Guard| shop.notes.push(5)))
                    .route("/take", get(async |mut shop: Guard| {
                        format!("{:?}", std::mem::take(&mut shop.notes))
                    }))
                    .route("/theme", get(async |mut shop: Guard| shop.theme += 1))
                    .route("/reset", get(async |mut shop: Guard| {
                        shop.visits = 9;
                        shop.cart.clear();
                        shop.code = None;
                    }))
                    .route("/log-in/{user}", get(log_in))
                    .route("/log-in-with/{user}", get(log_in_with))
                    .route("/log-out", get(async |mut shop: Guard| Session::log_out(&mut shop)))
                    .route("/log-out-with-note", get(async |mut shop: Guard| {
                        Session::log_out(&mut shop);
                        shop.notes.push(6);
                    }))
                    .route("/clear-and-push", get(async |mut shop: Guard| {
                        Session::clear(&mut shop);
                        shop.cart.push(2);
                    }))
                    .route("/destroy", get(async |shop: Guard| Session::destroy(shop)))
                    .route("/remember", get(async |mut shop: Guard| Session::remember(&mut shop, true)))
                    .route("/fail", get(async |mut shop: Guard| {
                        shop.visits += 1;
                        StatusCode::INTERNAL_SERVER_ERROR
                    }))
                    .route("/fail-after-log-in", get(async |mut shop: Guard| {
                        Session::log_in(&mut shop, 1);
                        StatusCode::INTERNAL_SERVER_ERROR
                    }))
                    .route("/poll", get(async |_: Guard| ()).layer(Background))
                    .route("/poll-and-visit", get(async |mut shop: Guard| shop.visits += 1).layer(Background))
                    .route("/middle", get(middle))
                    .route("/show", get(show));
                let clock = clock.clone();
                app(|$keys| {
                    let layer: SessionLayer<Shop> = $layer;
                    routes.layer(layer.clock(clock))
                })
            }
        }
    };
}

home!(in_cookie, [], keys => SessionLayer::new(keys));
home!(in_store, [stored], keys => SessionLayer::stored(keys, MemoryStore::new()));

struct Home {
    app: App,
    clock: MovableClock,
}

impl Home {
    fn new(site: fn(&MovableClock) -> App) -> Self {
        let clock = MovableClock::new();
        Self {
            app: site(&clock),
            clock,
        }
    }

    async fn act(&mut self, act: &Act) -> String {
        match act {
            Act::Page(path) => {
                let page = self.app.get(path).await;
                format!("{} {}", page.status, page.body)
            }
            Act::Restart => {
                self.app.restart();
                String::new()
            }
            Act::Wait(seconds) => {
                self.clock.advance(*seconds);
                String::new()
            }
        }
    }

    async fn show(&mut self) -> String {
        self.app.get("/show").await.body
    }
}

async fn are_alike(acts: &[Act], looks_each_time: bool) -> Result<(), TestCaseError> {
    let mut homes = [Home::new(in_cookie::site), Home::new(in_store::site)];
    for act in acts {
        let [cookie, store] = &mut homes;
        prop_assert_eq!(cookie.act(act).await, store.act(act).await, "{:?}", act);
        if looks_each_time {
            prop_assert_eq!(cookie.show().await, store.show().await, "after {:?}", act);
        }
    }
    let [cookie, store] = &mut homes;
    prop_assert_eq!(cookie.show().await, store.show().await);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn one_browser_cannot_tell_where_its_session_is_kept(
        acts in prop::collection::vec(act(), 1..24),
        looks_each_time: bool,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(are_alike(&acts, looks_each_time))?;
    }
}
