//! Sessions that are full: a login is never refused because of what was there before.

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::get;
use session_runtime::store::MemoryStore;
use session_runtime::{Background, Identity, Keyring, Session, SessionLayer};
use tests::{App, another_process, app, timed_app};

/// The largest number of bytes with which a page is saved.
async fn fill(app: &mut App, path: &str, most: usize) -> usize {
    let (mut fits, mut fails) = (0, most);
    while fails - fits > 1 {
        let bytes = usize::midpoint(fits, fails);
        match app.get(&format!("{path}/{bytes}")).await.status {
            StatusCode::OK => fits = bytes,
            _ => fails = bytes,
        }
    }
    assert_eq!(
        app.get(&format!("{path}/{fits}")).await.status,
        StatusCode::OK
    );
    fits
}

/// The session as a release before identities has it.
mod before {
    use super::*;

    #[derive(Session)]
    #[session(cookie = "shop")]
    pub(crate) struct Shop {
        pub(crate) cart: String,
        visits: u32,
        #[session(browser)]
        recent: String,
    }

    pub(crate) fn router(keys: Keyring) -> Router {
        Router::new()
            .route("/fill/{bytes}", get(fill))
            .route("/fill-recent/{bytes}", get(fill_recent))
            .route("/poll", get(visit).layer(Background))
            .route("/visits", get(visits))
            .route("/left", get(left))
            .layer(SessionLayer::<Shop>::new(keys))
    }

    async fn fill(Path(bytes): Path<usize>, mut shop: Session<Shop>) {
        shop.cart = "x".repeat(bytes);
        shop.visits = 1;
    }

    async fn fill_recent(Path(bytes): Path<usize>, mut shop: Session<Shop>) {
        shop.recent = "x".repeat(bytes);
    }

    async fn visit(mut shop: Session<Shop>) {
        shop.visits += 1;
    }

    async fn visits(shop: Session<Shop>) -> String {
        shop.visits.to_string()
    }

    async fn left(shop: Session<Shop>) -> String {
        Session::info(&shop).bytes_left().to_string()
    }
}

/// The same after it, with what a login writes.
mod after {
    use super::*;

    #[derive(Session)]
    #[session(cookie = "shop")]
    pub(crate) struct Shop {
        #[session(identity)]
        user: Identity<String>,
        tenant: String,
        cart: String,
        visits: u32,
        #[session(browser)]
        recent: String,
        #[session(flash)]
        notice: Option<String>,
    }

    pub(crate) fn router(keys: Keyring) -> Router {
        Router::new()
            .route("/fill/{bytes}", get(fill))
            .route("/swap", get(swap))
            .route("/log-in/{notice}", get(log_in))
            .route("/log-in-to/{tenant}", get(log_in_to))
            .route("/show", get(show))
            .layer(SessionLayer::<Shop>::new(keys))
    }

    async fn fill(Path(bytes): Path<usize>, mut shop: Session<Shop>) {
        shop.cart = "x".repeat(bytes);
    }

    async fn swap(mut shop: Session<Shop>) {
        shop.cart = "y".repeat(shop.cart.len());
    }

    async fn log_in(Path(notice): Path<usize>, mut shop: Session<Shop>) {
        Session::log_in(
            &mut shop,
            "somebody.with.a.long.name@mail.example.com".to_owned(),
        );
        shop.tenant = "t".repeat(20);
        shop.notice = Some("n".repeat(notice));
    }

    async fn log_in_to(Path(tenant): Path<usize>, mut shop: Session<Shop>) {
        Session::log_in(&mut shop, "somebody@mail.example.com".to_owned());
        shop.tenant = "t".repeat(tenant);
    }

    async fn show(mut shop: Session<Shop>) -> String {
        let notice = shop.notice.take().map_or(0, |notice| notice.len());
        let (user, tenant, cart) = (shop.user.is_some(), shop.tenant.len(), shop.cart.len());
        format!("{user} {tenant} {cart} {} {notice}", shop.recent.len())
    }
}

/// The two releases, one after the other.
fn releases() -> App {
    app(|keys| {
        let before = before::router(another_process(&keys));
        Router::new()
            .nest("/before", before)
            .nest("/after", after::router(keys))
    })
}

fn cookie_bytes(app: &App, name: &str) -> usize {
    name.len() + app.cookie(name).map_or(0, |value| value.len())
}

const MAIN: &str = "__Host-shop";

/// Its cookie says also when it was written, and a page that was saved yesterday must not be a 500 for it.
#[tokio::test]
async fn a_poll_that_changes_no_length_is_saved_in_a_full_session() {
    let mut app = releases();
    fill(&mut app, "/before/fill", 4000).await;
    assert!(cookie_bytes(&app, MAIN) > 4090);
    for visits in 2..5 {
        assert_eq!(app.get("/before/poll").await.status, StatusCode::OK);
        let shown = app.get("/before/visits").await.body;
        assert_eq!(shown, visits.to_string());
        assert!(cookie_bytes(&app, MAIN) <= 4096);
    }
}

/// A field with a time of its own needs the time of writing, so there is room for that.
#[tokio::test]
async fn a_poll_in_a_full_session_does_not_end_a_field_that_it_sets() {
    #[derive(Session)]
    #[session(idle = "10h")]
    struct Bank {
        note: String,
        #[session(ttl = "10m")]
        code: u32,
    }
    async fn fill_note(Path(bytes): Path<usize>, mut bank: Session<Bank>) {
        bank.note = "x".repeat(bytes);
        bank.code = 1;
    }
    async fn poll(mut bank: Session<Bank>) {
        bank.code += 1;
    }
    async fn code(bank: Session<Bank>) -> String {
        bank.code.to_string()
    }
    let routes = Router::new()
        .route("/fill/{bytes}", get(fill_note))
        .route("/poll", get(poll).layer(Background))
        .route("/code", get(code).layer(Background));
    let (mut app, clock) = timed_app::<Bank>(routes);
    fill(&mut app, "/fill", 4000).await;
    assert!(cookie_bytes(&app, "__Host-bank") > 4080);
    clock.advance(9 * 60);
    assert_eq!(app.get("/poll").await.status, StatusCode::OK);
    clock.advance(9 * 60);
    assert_eq!(app.get("/code").await.body, "2");
    assert!(cookie_bytes(&app, "__Host-bank") <= 4096);
}

#[tokio::test]
async fn a_full_cart_leaves_room_for_a_login_with_what_belongs_to_it() {
    let mut app = releases();
    let full = fill(&mut app, "/after/fill", 4000).await;
    assert_eq!(app.get("/after/log-in/70").await.status, StatusCode::OK);
    assert_eq!(
        app.get("/after/show").await.body,
        format!("true 20 {full} 0 70")
    );
}

/// A notice that is longer than the room is lost, and the login is not.
#[tokio::test]
async fn a_notice_that_does_not_fit_beside_a_login_is_dropped_with_a_warning() {
    let mut app = releases();
    let full = fill(&mut app, "/after/fill", 4000).await;
    assert_eq!(app.get("/after/log-in/1000").await.status, StatusCode::OK);
    assert_eq!(
        app.get("/after/show").await.body,
        format!("true 20 {full} 0 0")
    );
    let warnings = app.log().lines_with("makes room for a login");
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("field=\"notice\""), "{warnings:?}");
    assert!(warnings[0].contains("WARN"), "{warnings:?}");
}

/// One cookie is no longer than browsers keep, so the largest field of before goes.
#[tokio::test]
async fn a_release_with_an_identity_logs_users_in_whose_sessions_were_full() {
    let mut app = releases();
    fill(&mut app, "/before/fill", 4000).await;
    assert!(cookie_bytes(&app, MAIN) > 4090);
    assert_eq!(app.get("/after/log-in/70").await.status, StatusCode::OK);
    assert!(cookie_bytes(&app, MAIN) <= 4096);
    assert_eq!(app.get("/after/show").await.body, "true 20 0 0 70");
    let warnings = app.log().lines_with("makes room for a login");
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("field=\"cart\""), "{warnings:?}");
}

/// The release with an identity keeps room for a login that the one before did not.
#[tokio::test]
async fn a_session_that_is_too_large_for_this_release_may_change_and_not_grow() {
    let mut app = releases();
    let full = fill(&mut app, "/before/fill", 4000).await;
    assert_eq!(app.get("/after/swap").await.status, StatusCode::OK);
    let longer = app.get(&format!("/after/fill/{}", full + 8)).await.status;
    assert_eq!(longer, StatusCode::INTERNAL_SERVER_ERROR);
}

/// One cookie is not longer than browsers keep.
#[tokio::test]
async fn what_a_login_writes_stays_where_what_was_there_before_must_go() {
    let mut app = releases();
    app.get("/before/fill/1800").await;
    assert_eq!(
        app.get("/after/log-in-to/2000").await.status,
        StatusCode::OK
    );
    assert_eq!(app.get("/after/show").await.body, "true 2000 0 0 0");
}

#[tokio::test]
async fn the_bytes_that_are_left_are_less_those_of_each_cookie() {
    let mut app = releases();
    let all: usize = app.get("/before/left").await.body.parse().unwrap();
    app.get("/before/fill-recent/100").await;
    let less: usize = app.get("/before/left").await.body.parse().unwrap();
    assert_eq!(all - less, cookie_bytes(&app, "__Host-shop.browser"));
}

#[tokio::test]
async fn a_part_that_does_not_change_stays_beside_one_that_does() {
    let mut app = releases();
    app.get("/before/fill/2500").await;
    app.get("/before/fill-recent/100").await;
    app.get("/before/fill-recent/110").await;
    assert_eq!(app.get("/after/show").await.body, "false 0 2500 110 0");
}

/// Two answers at once each fit, and together they do not.
#[tokio::test]
async fn cookies_that_are_together_too_large_are_no_obstacle_to_a_login() {
    let mut app = releases();
    app.get("/before/fill/2500").await;
    let main = format!("{MAIN}={}", app.cookie(MAIN).unwrap());
    let answer = app.get_with("/before/fill-recent/2500", "").await;
    let browser = answer.set_cookies().remove(0);
    let browser = browser.split(';').next().unwrap();
    let both = format!("{main}; {browser}");
    assert!(both.len() > 6000);
    let answer = app.get_with("/after/log-in/70", &both).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.set_cookies().len(), 2, "main and the notice");
}

/// A row keeps as much free as a cookie does.
mod in_a_row {
    use super::*;

    #[derive(Session)]
    #[session(cookie = "shop", stored)]
    struct Shop {
        #[session(identity)]
        user: Identity<String>,
        tenant: String,
        cart: String,
    }

    #[derive(Session)]
    #[session(cookie = "shop", stored)]
    struct WithoutIdentity {
        cart: String,
    }

    async fn fill_cart(Path(bytes): Path<usize>, mut shop: Session<Shop>) -> String {
        shop.cart = "x".repeat(bytes);
        Session::info(&shop).bytes_left().to_string()
    }

    async fn fill_before(Path(bytes): Path<usize>, mut shop: Session<WithoutIdentity>) {
        shop.cart = "x".repeat(bytes);
    }

    async fn log_in(mut shop: Session<Shop>) {
        Session::log_in(
            &mut shop,
            "somebody.with.a.long.name@mail.example.com".to_owned(),
        );
        shop.tenant = "t".repeat(20);
    }

    async fn log_in_with_cart(Path(bytes): Path<usize>, mut shop: Session<Shop>) {
        Session::log_in(&mut shop, "somebody@mail.example.com".to_owned());
        shop.cart = "x".repeat(bytes);
    }

    async fn swap_cart(mut shop: Session<Shop>) {
        shop.cart = "y".repeat(shop.cart.len());
    }

    async fn show(shop: Session<Shop>) -> String {
        format!("{} {}", shop.user.is_some(), shop.cart.len())
    }

    fn site() -> App {
        let store = MemoryStore::new();
        app(|keys| {
            let before = another_process(&keys);
            let before = SessionLayer::<WithoutIdentity>::stored(before, store.clone());
            let fill_before = Router::new().route("/before/{bytes}", get(fill_before));
            Router::new()
                .route("/fill/{bytes}", get(fill_cart))
                .route("/in", get(log_in))
                .route("/in-with-cart/{bytes}", get(log_in_with_cart))
                .route("/swap", get(swap_cart))
                .route("/show", get(show))
                .layer(SessionLayer::<Shop>::stored(keys, store))
                .merge(fill_before.layer(before))
        })
    }

    #[tokio::test]
    async fn a_row_that_is_full_leaves_room_for_a_login() {
        let mut app = site();
        let full = fill(&mut app, "/fill", 70_000).await;
        assert_eq!(app.get("/in").await.status, StatusCode::OK);
        assert_eq!(app.get("/show").await.body, format!("true {full}"));
    }

    #[tokio::test]
    async fn a_release_with_an_identity_logs_users_in_whose_rows_were_full() {
        let mut app = site();
        let full = fill(&mut app, "/before", 70_000).await;
        assert_eq!(app.get("/in").await.status, StatusCode::OK);
        assert_eq!(app.get("/show").await.body, format!("true {full}"));
    }

    #[tokio::test]
    async fn a_row_that_is_too_long_for_this_release_may_change_and_not_grow() {
        let mut app = site();
        let full = fill(&mut app, "/before", 70_000).await;
        assert_eq!(app.get("/swap").await.status, StatusCode::OK);
        let longer = app.get(&format!("/fill/{}", full + 1)).await.status;
        assert_eq!(longer, StatusCode::INTERNAL_SERVER_ERROR);
    }

    #[tokio::test]
    async fn a_login_may_bring_along_as_much_as_a_row_holds() {
        let mut app = site();
        let login = app.get("/in-with-cart/60000").await.status;
        assert_eq!(login, StatusCode::OK);
        assert_eq!(app.get("/show").await.body, "true 60000");
    }

    #[tokio::test]
    async fn the_room_that_is_left_does_not_count_what_is_kept_free() {
        let mut app = site();
        let full = fill(&mut app, "/fill", 70_000).await;
        let left = app.get(&format!("/fill/{full}")).await.body;
        assert_eq!(left, "0");
    }
}

/// Fields that outlive a session or come before a login, in a session in its cookie and in one in a row.
mod before_a_login {
    use axum::response::Redirect;
    use session_runtime::HasIdentity;

    use super::*;

    macro_rules! shop {
        ($shop:ident, [$($stored:ident)?]) => {
            #[derive(Session)]
            #[session(cookie = "shop" $(, $stored)?)]
            struct $shop {
                #[session(identity)]
                user: Identity<u64>,
                #[session(ttl = "10m")]
                half: Option<u64>,
                cart: String,
                #[session(browser)]
                recent: String,
                #[session(flash)]
                notice: Option<String>,
            }

            impl Fields for $shop {
                fn half(&mut self) -> &mut Option<u64> {
                    &mut self.half
                }
                fn cart(&mut self) -> &mut String {
                    &mut self.cart
                }
                fn recent(&mut self) -> &mut String {
                    &mut self.recent
                }
                fn notice(&mut self) -> &mut Option<String> {
                    &mut self.notice
                }
                fn log_in(session: &mut Session<Self>) {
                    Session::log_in(session, 7);
                }
            }
        };
    }

    trait Fields: HasIdentity {
        fn half(&mut self) -> &mut Option<u64>;
        fn cart(&mut self) -> &mut String;
        fn recent(&mut self) -> &mut String;
        fn notice(&mut self) -> &mut Option<String>;
        fn log_in(session: &mut Session<Self>);
    }

    shop!(InCookie, []);
    shop!(InRow, [stored]);

    fn routes<T: Fields>() -> Router {
        Router::new()
            .route(
                "/log-in",
                get(async |mut shop: Session<T>| T::log_in(&mut shop)),
            )
            .route("/log-out", get(log_out::<T>))
            .route("/log-in-with/{bytes}", get(log_in_with::<T>))
            .route("/log-in-and-see/{bytes}", get(log_in_and_see::<T>))
            .route("/log-out-with/{bytes}", get(log_out_with::<T>))
            .route("/notice", get(notice::<T>))
            .route("/see", get(see::<T>))
            .route("/seen/{bytes}", get(seen::<T>))
            .route("/fill/{bytes}", get(fill_cart::<T>))
            .route(
                "/add",
                get(async |mut shop: Session<T>| shop.cart().push_str(&"more".repeat(10))),
            )
            .route(
                "/password",
                get(async |mut shop: Session<T>| *shop.half() = Some(7)),
            )
            .route("/refuse", get(refuse::<T>))
            .route("/code", get(code::<T>))
    }

    fn in_cookie() -> App {
        app(|keys| routes::<InCookie>().layer(SessionLayer::<InCookie>::new(keys)))
    }

    fn in_row() -> App {
        app(|keys| {
            let layer = SessionLayer::<InRow>::stored(keys, MemoryStore::new());
            routes::<InRow>().layer(layer)
        })
    }

    async fn log_out<T: Fields>(mut shop: Session<T>) -> Redirect {
        Session::log_out(&mut shop);
        *shop.notice() = Some("You are logged out.".to_owned());
        Redirect::to("/")
    }

    async fn log_in_with<T: Fields>(Path(bytes): Path<usize>, mut shop: Session<T>) {
        T::log_in(&mut shop);
        *shop.cart() = "x".repeat(bytes);
    }

    /// The most that the browser keeps beside a login.
    async fn log_in_and_see<T: Fields>(Path(bytes): Path<usize>, mut shop: Session<T>) {
        T::log_in(&mut shop);
        *shop.recent() = "x".repeat(bytes);
    }

    async fn log_out_with<T: Fields>(Path(bytes): Path<usize>, mut shop: Session<T>) {
        Session::log_out(&mut shop);
        *shop.notice() = Some("n".repeat(bytes));
    }

    async fn notice<T: Fields>(mut shop: Session<T>) -> String {
        let notice = shop.notice().take();
        notice.map_or(0, |notice| notice.len()).to_string()
    }

    /// As the documentation of `bytes_left` shows it.
    async fn see<T: Fields>(mut shop: Session<T>) -> &'static str {
        if Session::info(&shop).bytes_left() < 100 {
            return "full";
        }
        shop.recent().push_str("1000000");
        "seen"
    }

    async fn seen<T: Fields>(Path(bytes): Path<usize>, mut shop: Session<T>) {
        *shop.recent() = "x".repeat(bytes);
    }

    async fn fill_cart<T: Fields>(Path(bytes): Path<usize>, mut shop: Session<T>) {
        *shop.cart() = "x".repeat(bytes);
    }

    async fn refuse<T: Fields>(mut shop: Session<T>) {
        *shop.notice() = Some("The password is wrong.".to_owned());
    }

    async fn code<T: Fields>(mut shop: Session<T>) -> String {
        let half = shop.half().take();
        if half.is_some() {
            T::log_in(&mut shop);
        }
        format!("{half:?}")
    }

    #[tokio::test]
    async fn what_a_user_leaves_behind_leaves_room_for_the_next_session() {
        let mut app = in_cookie();
        app.get("/log-in").await;
        while app.get("/see").await.body == "seen" {}
        assert_eq!(app.get("/log-out").await.status, StatusCode::SEE_OTHER);
        for path in ["/add", "/password", "/log-in"] {
            assert_eq!(app.get(path).await.status, StatusCode::OK, "{path}");
        }
    }

    /// After a login the cookies may have more than what is kept later, so a notice that is long takes the room of the
    /// session that goes.
    #[tokio::test]
    async fn a_logout_with_a_notice_is_no_growth() {
        let mut app = in_cookie();
        fill(&mut app, "/seen", 4000).await;
        assert_eq!(app.get("/log-in-with/500").await.status, StatusCode::OK);
        assert_eq!(app.get("/log-out-with/300").await.status, StatusCode::OK);
        let shown = app.get("/notice").await.body;
        assert_eq!(shown, "300");
    }

    /// Otherwise each change after the logout would be a 500.
    #[tokio::test]
    async fn a_login_leaves_no_more_in_the_browser_than_any_other_change() {
        for mut app in [in_cookie(), in_row()] {
            fill(&mut app, "/log-in-and-see", 4000).await;
            app.get("/log-out").await;
            for path in ["/password", "/refuse", "/log-in"] {
                assert_eq!(app.get(path).await.status, StatusCode::OK, "{path}");
            }
        }
    }

    #[tokio::test]
    async fn a_full_cart_leaves_room_for_a_second_factor_and_for_a_notice() {
        for (mut app, most) in [(in_cookie(), 4000), (in_row(), 70_000)] {
            fill(&mut app, "/fill", most).await;
            for path in ["/password", "/refuse"] {
                assert_eq!(app.get(path).await.status, StatusCode::OK, "{path}");
            }
            let more = app.get("/add").await.status;
            assert_eq!(more, StatusCode::INTERNAL_SERVER_ERROR);
            assert_eq!(app.get("/code").await.body, "Some(7)");
        }
    }

    #[tokio::test]
    async fn what_the_browser_keeps_leaves_room_for_a_ticket() {
        let mut app = in_row();
        fill(&mut app, "/seen", 4000).await;
        for path in ["/add", "/password", "/refuse", "/log-in"] {
            assert_eq!(app.get(path).await.status, StatusCode::OK, "{path}");
        }
    }
}

/// A visitor who fills the session must not switch its counters off.
#[tokio::test]
async fn a_full_row_leaves_room_for_its_counters() {
    #[derive(Session)]
    #[session(cookie = "shop", stored)]
    struct Shop {
        #[session(identity)]
        user: Identity<u64>,
        #[session(merge = add)]
        attempts: u32,
        draft: String,
    }
    async fn save(Path(bytes): Path<usize>, mut shop: Session<Shop>) {
        shop.draft = "x".repeat(bytes);
    }
    async fn attempt(mut shop: Session<Shop>) -> String {
        shop.attempts += 1;
        shop.attempts.to_string()
    }
    let mut app = app(|keys| {
        Router::new()
            .route(
                "/log-in",
                get(async |mut shop: Session<Shop>| Session::log_in(&mut shop, 7)),
            )
            .route("/save/{bytes}", get(save))
            .route("/attempt", get(attempt))
            .layer(SessionLayer::<Shop>::stored(keys, MemoryStore::new()))
    });
    app.get("/log-in").await;
    fill(&mut app, "/save", 70_000).await;
    for count in 1..200 {
        assert_eq!(app.get("/attempt").await.body, count.to_string());
    }
}

/// A login with a profile of a thousand bytes, over what filled the session before.
mod a_login_that_writes_much {
    use super::*;

    macro_rules! shop {
        ($routes:ident, $shop:ident, [$($stored:ident)?]) => {
            #[derive(Session)]
            #[session(cookie = "shop" $(, $stored)?)]
            struct $shop {
                #[session(identity)]
                user: Identity<u64>,
                profile: String,
                cart: String,
                note: String,
                #[session(browser)]
                recent: String,
                #[session(browser)]
                theme: String,
            }

            fn $routes() -> Router {
                Router::new()
                    .route("/fill/{cart}/{note}/{recent}", get(async |
                        Path((cart, note, recent)): Path<(usize, usize, usize)>,
                        mut shop: Session<$shop>,
                    | {
                        shop.cart = "c".repeat(cart);
                        shop.note = "n".repeat(note);
                        shop.recent = "r".repeat(recent);
                        shop.theme = "dark".to_owned();
                    }))
                    .route("/log-in", get(async |mut shop: Session<$shop>| {
                        Session::log_in(&mut shop, 7);
                        shop.profile = "p".repeat(1000);
                    }))
                    .route("/show", get(async |shop: Session<$shop>| {
                        let sizes = [&shop.profile, &shop.cart, &shop.note, &shop.recent, &shop.theme];
                        format!("{:?} {:?}", *shop.user, sizes.map(String::len))
                    }))
            }
        };
    }

    shop!(routes_in_cookie, InCookie, []);
    shop!(routes_in_row, InRow, [stored]);

    fn in_cookie() -> App {
        app(|keys| routes_in_cookie().layer(SessionLayer::<InCookie>::new(keys)))
    }

    fn in_row() -> App {
        app(|keys| {
            let layer = SessionLayer::<InRow>::stored(keys, MemoryStore::new());
            routes_in_row().layer(layer)
        })
    }

    async fn after_login(mut app: App, fill: &str) -> String {
        assert_eq!(app.get(fill).await.status, StatusCode::OK);
        let login = app.get("/log-in").await.status;
        let shown = app.get("/show").await.body;
        let dropped = app.log().lines_with("makes room for a login").len();
        format!("{login} {shown} {dropped}")
    }

    #[tokio::test]
    async fn drops_the_largest_fields_of_before_where_all_cookies_are_too_large() {
        let shown = after_login(in_cookie(), "/fill/1100/20/1300").await;
        assert_eq!(shown, "200 OK Some(7) [1000, 0, 20, 1300, 4] 1");
    }

    #[tokio::test]
    async fn drops_what_the_browser_keeps_only_where_nothing_else_is_left() {
        let shown = after_login(in_cookie(), "/fill/0/0/2600").await;
        assert_eq!(shown, "200 OK Some(7) [1000, 0, 0, 0, 4] 1");
    }

    #[tokio::test]
    async fn drops_the_largest_fields_of_a_row_that_is_full() {
        let shown = after_login(in_row(), "/fill/65000/100/40").await;
        assert_eq!(shown, "200 OK Some(7) [1000, 0, 100, 40, 4] 1");
    }
}

/// Fields that only another release has make room in a row too, and what is marked `removed` is gone with the next write.
mod fields_of_another_release_in_a_row {
    use super::*;

    #[derive(Session)]
    #[session(cookie = "shop", stored)]
    struct Before {
        draft: String,
        coupon: String,
        visits: u32,
    }

    #[derive(Session)]
    #[session(cookie = "shop", stored)]
    struct WithoutDraft {
        coupon: String,
        notes: String,
    }

    #[derive(Session)]
    #[session(cookie = "shop", stored, removed("draft", "coupon"))]
    struct Removed {
        visits: u32,
    }

    fn site() -> App {
        let store = MemoryStore::new();
        app(|keys| {
            let [one, two] = [another_process(&keys), another_process(&keys)];
            let fill = get(
                async |Path(bytes): Path<usize>, mut shop: Session<Before>| {
                    shop.draft = "d".repeat(bytes);
                    shop.coupon = "SECRET".to_owned();
                },
            );
            let show = get(async |shop: Session<Before>| {
                format!("{} {} {}", shop.draft.len(), shop.coupon, shop.visits)
            });
            let write = get(
                async |Path(bytes): Path<usize>, mut shop: Session<WithoutDraft>| {
                    shop.notes = "n".repeat(bytes);
                },
            );
            let visit = get(async |mut shop: Session<Removed>| shop.visits += 1);
            let before = Router::new()
                .route("/fill/{bytes}", fill)
                .route("/show", show);
            let without = Router::new().route("/write/{bytes}", write);
            let removed = Router::new().route("/visit", visit);
            before
                .layer(SessionLayer::<Before>::stored(keys, store.clone()))
                .merge(without.layer(SessionLayer::<WithoutDraft>::stored(one, store.clone())))
                .merge(removed.layer(SessionLayer::<Removed>::stored(two, store)))
        })
    }

    #[tokio::test]
    async fn make_room_the_largest_first_with_a_warning() {
        let mut app = site();
        app.get("/fill/60000").await;
        assert_eq!(app.get("/write/10000").await.status, StatusCode::OK);
        assert_eq!(app.get("/show").await.body, "0 SECRET 0");
        let dropped = app.log().lines_with("a field of another release");
        assert_eq!(dropped.len(), 1, "{dropped:?}");
    }

    #[tokio::test]
    async fn stay_where_there_is_room() {
        let mut app = site();
        app.get("/fill/30000").await;
        app.get("/write/10000").await;
        assert_eq!(app.get("/show").await.body, "30000 SECRET 0");
    }

    #[tokio::test]
    async fn are_gone_with_the_next_write_where_they_are_removed() {
        let mut app = site();
        app.get("/fill/3000").await;
        app.get("/visit").await;
        assert_eq!(app.get("/show").await.body, "0  1");
    }
}

#[tokio::test]
async fn a_row_that_is_over_its_limit_leaves_room_for_its_counters() {
    #[derive(Session)]
    #[session(cookie = "shop", stored)]
    struct Before {
        draft: String,
    }
    #[derive(Session)]
    #[session(cookie = "shop", stored)]
    struct After {
        #[session(identity)]
        user: Identity<u64>,
        #[session(merge = add)]
        attempts: u32,
        draft: String,
    }
    async fn save(Path(bytes): Path<usize>, mut shop: Session<Before>) {
        shop.draft = "x".repeat(bytes);
    }
    async fn attempt(mut shop: Session<After>) -> String {
        shop.attempts += 1;
        format!(
            "{} {}",
            shop.user.is_some(),
            shop.draft.len() + shop.attempts as usize
        )
    }
    let mut app = app(|keys| {
        let store = MemoryStore::new();
        let before = SessionLayer::<Before>::stored(another_process(&keys), store.clone());
        let save = Router::new()
            .route("/save/{bytes}", get(save))
            .layer(before);
        let attempt = Router::new().route("/attempt", get(attempt));
        save.merge(attempt.layer(SessionLayer::<After>::stored(keys, store)))
    });
    let full = fill(&mut app, "/save", 70_000).await;
    for count in 1..200 {
        let shown = app.get("/attempt").await.body;
        assert_eq!(shown, format!("false {}", full + count));
    }
}
