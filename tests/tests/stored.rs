//! Sessions that are kept in a store: what handlers see, what the cookie holds, and when the store is asked.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::http::{Method, StatusCode};
use axum::routing::get;
use session_runtime::store::{MemoryStore, StoreErrorKind};
use session_runtime::test_kit::{Browser, Fault, FaultyStore, Operation, TestKit, identity};
use session_runtime::{
    Identity, Keyring, LoggedIn, Session, SessionError, SessionLayer, SessionState,
};
use tests::{App, CANARY, MovableClock, app};
use tokio::sync::Semaphore;

#[derive(Session)]
#[session(cookie = "shop", stored, idle = "2h", max = "1d")]
struct Shop {
    #[session(identity)]
    user: Identity<u32>,
    visits: u32,
    cart: Vec<String>,
    #[session(ttl = "10m")]
    code: Option<u32>,
    #[session(flash)]
    notice: Option<String>,
    #[session(browser)]
    theme: u32,
}

type Guard = Session<Shop>;

async fn show(session: Guard) -> String {
    let user = session.user.map_or("-".to_owned(), |user| user.to_string());
    let state = Session::info(&session).state();
    format!("{user} {} {} {state:?}", session.visits, session.cart.len())
}

async fn visit(mut session: Guard) -> String {
    session.visits += 1;
    session.visits.to_string()
}

async fn add(mut session: Guard) {
    session.cart.push(CANARY.to_owned());
}

async fn log_in(Path(user): Path<u32>, mut session: Guard) {
    Session::log_in(&mut session, user);
}

async fn log_out(mut session: Guard) {
    Session::log_out(&mut session);
}

async fn orders(LoggedIn(user): LoggedIn<Shop>) -> String {
    user.to_string()
}

/// The gates at which slow handlers wait: one permit for each that may go on.
type Gate = Arc<Semaphore>;

fn slow(gate: &Gate) -> Router {
    let waiting = gate.clone();
    let visit_later = move |mut session: Guard| {
        let gate = waiting.clone();
        async move {
            gate.acquire().await.unwrap().forget();
            session.visits += 100;
        }
    };
    let waiting = gate.clone();
    let add_later = move |mut session: Guard| {
        let gate = waiting.clone();
        async move {
            gate.acquire().await.unwrap().forget();
            session.cart.push("late".to_owned());
        }
    };
    Router::new()
        .route("/visit-later", get(visit_later))
        .route("/add-later", get(add_later))
}

struct Site {
    app: App,
    store: FaultyStore<MemoryStore>,
    clock: MovableClock,
    counted: (usize, usize),
}

const WRITES: [Operation; 2] = [Operation::Create, Operation::Commit];

fn full_store() -> Fault {
    Fault::error(StoreErrorKind::Full)
}

impl Site {
    /// The loads and the writes since the last call.
    fn counted(&mut self) -> (usize, usize) {
        let before = self.counted;
        self.counted = asked(&self.store);
        (self.counted.0 - before.0, self.counted.1 - before.1)
    }
}

/// The loads and the writes.
fn asked(store: &FaultyStore<MemoryStore>) -> (usize, usize) {
    let writes = [Operation::Create, Operation::Commit, Operation::End];
    let writes = writes.map(|write| store.asked(write)).iter().sum();
    (store.asked(Operation::Load), writes)
}

fn site(routes: Router) -> Site {
    let (store, clock) = (FaultyStore::new(MemoryStore::new()), MovableClock::new());
    let routes = routes
        .route("/show", get(show))
        .route("/visit", get(visit))
        .route("/add", get(add))
        .route("/log-in/{user}", get(log_in))
        .route("/log-out", get(log_out))
        .route("/orders", get(orders))
        .route("/untouched", get(|| async {}));
    let layer_store = store.clone();
    let layer_clock = clock.clone();
    let app = app(|keys| {
        routes.layer(SessionLayer::<Shop>::stored(keys, layer_store).clock(layer_clock))
    });
    Site {
        app,
        store,
        clock,
        counted: (0, 0),
    }
}

const COOKIE: &str = "__Host-shop";

#[tokio::test]
async fn handlers_do_not_change_and_the_cookie_is_as_long_whatever_it_keeps() {
    let mut site = site(Router::new());
    assert_eq!(site.app.get("/visit").await.body, "1");
    let first = site.app.cookie(COOKIE).unwrap().len();
    for _ in 0..50 {
        site.app.get("/add").await;
    }
    assert_eq!(site.app.get("/visit").await.body, "2");
    assert_eq!(site.app.get("/show").await.body, "- 2 50 Active");
    assert_eq!(site.app.cookie(COOKIE).unwrap().len(), first);
    assert!(first < 110, "{first} characters");
}

#[tokio::test]
async fn a_visitor_who_changes_nothing_has_no_row_and_no_cookie() {
    let mut site = site(Router::new());
    let answer = site.app.get("/show").await;
    assert!(answer.set_cookies().is_empty());
    site.app.get("/untouched").await;
    assert_eq!(site.counted(), (0, 0));
}

#[tokio::test]
async fn a_read_is_one_load_and_a_change_one_write_more_and_an_untouched_request_none() {
    let mut site = site(Router::new());
    site.app.get("/visit").await;
    site.counted();
    site.app.get("/untouched").await;
    assert_eq!(site.counted(), (0, 0));
    site.app.get("/show").await;
    assert_eq!(site.counted(), (1, 0));
    let answer = site.app.get("/visit").await;
    assert_eq!(site.counted(), (1, 1));
    assert!(answer.set_cookies().is_empty(), "the ticket is as it was");
}

#[tokio::test]
async fn a_use_is_written_down_after_a_tenth_of_idle_and_keeps_the_session_alive() {
    let mut site = site(Router::new());
    site.app.get("/visit").await;
    for _ in 0..4 {
        site.clock.advance(7100);
        site.counted();
        let answer = site.app.get("/show").await;
        assert_eq!(answer.body, "- 1 0 Active");
        assert_eq!(answer.set_cookies().len(), 1);
        assert_eq!(site.counted(), (1, 1));
        site.app.get("/show").await;
        assert_eq!(site.counted(), (1, 0), "once");
    }
    site.clock.advance(7200);
    assert_eq!(site.app.get("/show").await.body, "- 0 0 Expired");
    assert_eq!(site.counted(), (0, 0), "an expired ticket asks for nothing");
}

#[derive(Session)]
#[session(cookie = "long", stored)]
struct Long {
    visits: u32,
}

#[tokio::test]
async fn a_day_of_reads_is_a_load_each_and_a_write_an_hour() {
    let (store, clock) = (FaultyStore::new(MemoryStore::new()), MovableClock::new());
    let (layer_store, layer_clock) = (store.clone(), clock.clone());
    let mut app = app(|keys| {
        Router::new()
            .route(
                "/read",
                get(|session: Session<Long>| async move { session.visits.to_string() }),
            )
            .route(
                "/write",
                get(|mut session: Session<Long>| async move { session.visits += 1 }),
            )
            .route("/untouched", get(|| async {}))
            .layer(SessionLayer::<Long>::stored(keys, layer_store).clock(layer_clock))
    });
    app.get("/write").await;
    let mut before = asked(&store);
    let mut written_at = Vec::new();
    for minute in 1..=24 * 60 {
        clock.advance(60);
        app.get("/untouched").await;
        assert_eq!(asked(&store), before);
        assert_eq!(app.get("/read").await.body, "1");
        let (loads, writes) = asked(&store);
        assert_eq!(loads, before.0 + 1);
        written_at.extend(std::iter::repeat_n(minute, writes - before.1));
        before = (loads, writes);
    }
    let hours: Vec<_> = (1..=24).map(|hour| hour * 60).collect();
    assert_eq!(written_at, hours, "the uses that were written down");
}

#[tokio::test]
async fn the_log_says_what_is_done_with_a_row_and_why() {
    let mut site = site(Router::new());
    for path in ["/visit", "/visit", "/show"] {
        site.app.get(path).await;
    }
    let committed = site.app.log().lines_with("session committed");
    let of_row = |line: &&String| line.contains(&format!("cookie=\"{COOKIE}\""));
    let what = |line: &String| line.split_once("action=").unwrap().1.to_owned();
    let done: Vec<_> = committed.iter().filter(of_row).map(what).collect();
    let changed = |action| format!("{action} reason=\"changed\"");
    let nothing = "Nothing reason=\"unchanged\"".to_owned();
    assert_eq!(done, [changed("Create"), changed("Commit"), nothing]);
}

#[tokio::test]
async fn a_forged_ticket_makes_no_access_to_the_store() {
    let mut site = site(Router::new());
    site.app.get("/visit").await;
    let token = site.app.cookie(COOKIE).unwrap();
    let (rest, last) = token.split_at(token.len() - 1);
    let forged = format!("{COOKIE}={rest}{}", if last == "A" { "Q" } else { "A" });
    site.counted();
    assert_eq!(
        site.app.get_with("/show", forged).await.body,
        "- 0 0 Unreadable"
    );
    assert_eq!(site.counted(), (0, 0));
}

#[tokio::test]
async fn parallel_requests_that_change_different_fields_both_win() {
    let gate = Gate::new(Semaphore::new(0));
    let mut site = site(slow(&gate));
    site.app.get("/visit").await;
    let cookies = site.app.copy_cookies();
    let mut other = site.app.router();
    let later = tokio::spawn(async move { ask(&mut other, "/add-later", &cookies).await });
    site.app.get("/visit").await;
    gate.add_permits(1);
    assert_eq!(later.await.unwrap().0, StatusCode::OK);
    assert_eq!(site.app.get("/show").await.body, "- 2 1 Active");
}

async fn ask(router: &mut Router, path: &str, cookies: &str) -> (StatusCode, Vec<String>) {
    use axum::body::Body;
    use axum::http::Request;
    use axum::http::header::{COOKIE, SET_COOKIE};
    use tower::ServiceExt as _;
    let request = Request::get(path).header(COOKIE, cookies);
    let response = router.clone().oneshot(request.body(Body::empty()).unwrap());
    let response = response.await.unwrap();
    let set = response.headers().get_all(SET_COOKIE).iter();
    let set = set.map(|line| line.to_str().unwrap().to_owned()).collect();
    (response.status(), set)
}

#[tokio::test]
async fn a_logout_wins_over_a_slow_request_that_writes() {
    let gate = Gate::new(Semaphore::new(0));
    let mut site = site(slow(&gate));
    site.app.get("/log-in/7").await;
    let stolen = site.app.copy_cookies();
    let (cookies, mut other) = (stolen.clone(), site.app.router());
    let later = tokio::spawn(async move { ask(&mut other, "/visit-later", &cookies).await });
    tokio::task::yield_now().await;
    let answer = site.app.get("/log-out").await;
    assert!(answer.set_cookies()[0].contains("Max-Age=0"));
    gate.add_permits(1);
    let (status, set) = later.await.unwrap();
    assert_eq!(
        (status, set),
        (StatusCode::OK, vec![]),
        "never an error page"
    );
    let lost = site
        .app
        .log()
        .lines_with("another request ended or renewed the session");
    assert_eq!(lost.len(), 1);
    assert!(lost[0].contains("visits"));
    let shown = site.app.get_with("/show", &stolen).await.body;
    assert_eq!(shown, "- 0 0 Ended", "a copied cookie is over, too");
    assert_eq!(site.app.get("/show").await.body, "- 0 0 New");
}

#[tokio::test]
async fn a_use_that_is_not_written_down_is_no_change_that_is_lost() {
    let mut site = site(Router::new());
    site.app.get("/add").await;
    site.clock.advance(720);
    let before = site.app.copy_cookies();
    site.app.get("/log-in/7").await;
    // The ticket of before, within the grace, a tenth of `idle` after its last use.
    let shown = site.app.get_with("/show", &before).await;
    assert_eq!(shown.body, "- 0 1 Active");
    let lost = site.app.log().lines_with("changes are not saved");
    assert_eq!(lost, Vec::<String>::new());
}

#[tokio::test]
async fn a_login_keeps_the_cart_and_the_ticket_of_before_reads_what_it_was() {
    let mut site = site(Router::new());
    site.app.get("/add").await;
    let before = site.app.copy_cookies();
    let answer = site.app.get("/log-in/7").await;
    assert_eq!(answer.set_cookies().len(), 1);
    assert_eq!(site.app.get("/show").await.body, "7 0 1 Active");
    // A page that was on its way: it sees the cart of before, and no user.
    let shown = site.app.get_with("/show", &before).await;
    assert_eq!(shown.body, "- 0 1 Active");
    let written = site.app.get_with("/visit", &before).await;
    assert_eq!(
        (written.status, written.set_cookies()),
        (StatusCode::OK, vec![])
    );
    assert_eq!(
        site.app.get_with("/orders", &before).await.status,
        StatusCode::UNAUTHORIZED
    );
    site.app.get("/show").await;
    assert_eq!(site.app.get("/show").await.body, "7 0 1 Active");
    site.clock.advance(120);
    assert_eq!(
        site.app.get_with("/show", &before).await.body,
        "- 0 0 Ended"
    );
    assert_eq!(site.app.get("/show").await.body, "7 0 1 Active");
}

#[tokio::test]
async fn a_double_clicked_login_logs_in() {
    let mut site = site(Router::new());
    site.app.get("/add").await;
    let before = site.app.copy_cookies();
    site.app.get("/log-in/7").await;
    let second = site.app.get_with("/log-in/7", &before).await;
    assert_eq!(second.set_cookies().len(), 1);
    let first = site.app.get("/show").await.body;
    assert_eq!(first, "7 0 1 Active");
    let cookie = second.set_cookies()[0]
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    assert_eq!(
        site.app.get_with("/visit", &cookie).await.status,
        StatusCode::OK
    );
    assert_eq!(
        site.app.get("/show").await.body,
        "7 1 1 Active",
        "they are one session"
    );
}

#[tokio::test]
async fn a_renewal_with_a_ticket_that_another_renewal_replaced_gets_no_ticket() {
    let mut site = site(Router::new());
    site.app.get("/log-in/7").await;
    let copied = site.app.copy_cookies();
    site.clock.advance(10);
    assert_eq!(site.app.get("/log-in/7").await.set_cookies().len(), 1);
    let thief = site.app.get_with("/log-in/7", &copied).await;
    assert_eq!(
        (thief.status, thief.set_cookies()),
        (StatusCode::OK, Vec::new())
    );
    assert_eq!(site.app.get("/show").await.body, "7 0 0 Active");
    let lost = site.app.log().lines_with("changes are not saved");
    assert!(lost.len() == 1 && lost[0].contains("user"), "{lost:?}");
    site.clock.advance(120);
    let shown = site.app.get_with("/show", &copied).await.body;
    assert_eq!(shown, "- 0 0 Ended");
}

#[tokio::test]
async fn a_logout_ends_a_login_that_was_renewed_twice_since_its_ticket() {
    let mut site = site(Router::new());
    site.app.get("/log-in/7").await;
    let copied = site.app.copy_cookies();
    for _ in 0..2 {
        site.clock.advance(5);
        assert_eq!(site.app.get("/log-in/7").await.set_cookies().len(), 1);
    }
    let newest = site.app.copy_cookies();
    let answer = site.app.get_with("/log-out", &copied).await;
    assert!(answer.set_cookies()[0].contains("Max-Age=0"));
    let shown = site.app.get_with("/show", &newest).await.body;
    assert_eq!(shown, "- 0 0 Ended");
}

/// Logs out, and begins another session with the same response.
async fn log_out_and_visit(mut session: Guard) {
    Session::log_out(&mut session);
    session.visits = 5;
}

#[tokio::test]
async fn a_logout_ends_the_login_however_long_ago_its_ticket_was_renewed_away() {
    let over = Router::new().route("/over", get(log_out_and_visit));
    for path in ["/log-out", "/over"] {
        let mut site = site(over.clone());
        site.app.get("/log-in/7").await;
        let copied = site.app.copy_cookies();
        site.app.get("/log-in/7").await;
        let newest = site.app.copy_cookies();
        site.clock.advance(121);
        assert_eq!(
            site.app.get_with("/show", &copied).await.body,
            "- 0 0 Ended"
        );
        let answer = site.app.get_with(path, &copied).await;
        assert_eq!(answer.set_cookies().len(), 1, "{path}");
        let ended = site.app.get_with("/show", &newest).await.body;
        assert!(ended.starts_with("- 0 0 "), "{path}: {ended}");
        if path == "/over" {
            assert_eq!(site.app.get("/show").await.body, "- 5 0 Active");
        } else {
            assert!(answer.set_cookies()[0].contains("Max-Age=0"));
        }
    }
}

#[tokio::test]
async fn a_ticket_of_long_before_a_login_ends_nothing_of_it_and_loses_its_cookie() {
    let over = Router::new().route("/over", get(log_out_and_visit));
    let mut site = site(over);
    site.app.get("/add").await;
    let planted = site.app.copy_cookies();
    site.app.get("/log-in/7").await;
    let of_user = site.app.copy_cookies();
    site.clock.advance(121);
    let answer = site.app.get_with("/log-out", &planted).await;
    assert!(answer.set_cookies()[0].contains("Max-Age=0"));
    let said = site.app.log().lines_with("the session is not ended");
    assert_eq!(said.len(), 1);
    site.app.get_with("/over", &planted).await;
    assert_eq!(site.app.get("/show").await.body, "- 5 0 Active");
    let shown = site.app.get_with("/show", &of_user).await.body;
    assert_eq!(shown, "7 0 1 Active");
}

#[tokio::test]
async fn a_release_without_an_identity_ends_the_session_of_a_user() {
    #[derive(Session)]
    #[session(cookie = "shop", stored, idle = "2h", max = "1d")]
    struct Earlier {
        visits: u32,
    }
    async fn end(session: Session<Earlier>) {
        Session::destroy(session);
    }
    let store = MemoryStore::new();
    let ring = Keyring::ephemeral();
    let another = tests::another_process(&ring);
    let later = Router::new()
        .route("/log-in/{user}", get(log_in))
        .route("/show", get(show))
        .layer(SessionLayer::<Shop>::stored(ring, store.clone()));
    let earlier = Router::new()
        .route("/end", get(end))
        .layer(SessionLayer::<Earlier>::stored(another, store));
    let mut app = app(|_| later.merge(earlier));
    app.get("/log-in/7").await;
    let copied = app.copy_cookies();
    assert!(app.get("/end").await.set_cookies()[0].contains("Max-Age=0"));
    let shown = app.get_with("/show", &copied).await.body;
    assert_eq!(shown, "- 0 0 Ended");
}

#[tokio::test]
async fn a_late_logout_that_writes_does_not_throw_out_the_user_who_logged_in_over_another() {
    async fn over(mut session: Guard) {
        Session::log_out(&mut session);
        session.visits = 5;
    }
    let mut site = site(Router::new().route("/over", get(over)));
    site.app.get("/log-in/7").await;
    let first = site.app.copy_cookies();
    site.app.get("/log-in/8").await;
    let late = site.app.get_with("/over", &first).await;
    assert_eq!(late.set_cookies(), Vec::<String>::new());
    assert_eq!(site.app.get("/show").await.body, "8 0 0 Active");
    let lost = site.app.log().lines_with("changes are not saved");
    assert!(lost.len() == 1 && lost[0].contains("visits"), "{lost:?}");
}

#[tokio::test]
async fn another_user_gets_a_row_with_nothing_of_the_first() {
    let mut site = site(Router::new());
    site.app.get("/log-in/7").await;
    site.app.get("/add").await;
    let first = site.app.copy_cookies();
    site.app.get("/log-in/8").await;
    assert_eq!(site.app.get("/show").await.body, "8 0 0 Active");
    assert_eq!(
        site.app.get_with("/show", &first).await.body,
        "- 0 0 Active"
    );
    site.clock.advance(120);
    assert_eq!(site.app.get_with("/show", &first).await.body, "- 0 0 Ended");
}

#[tokio::test]
async fn a_request_of_before_does_not_throw_out_the_user_who_logged_in_over_another() {
    let mut site = site(Router::new());
    site.app.get("/log-in/7").await;
    let first = site.app.copy_cookies();
    site.app.get("/log-in/8").await;
    // It was on its way, and arrives after the login.
    let late = site.app.get_with("/visit", &first).await;
    assert_eq!(
        (late.status, late.set_cookies()),
        (StatusCode::OK, Vec::new())
    );
    assert_eq!(site.app.get("/show").await.body, "8 0 0 Active");
    let lost = site.app.log().lines_with("changes are not saved");
    assert!(lost.len() == 1 && lost[0].contains("visits"), "{lost:?}");
    // A browser that never got the answer of the login is not stuck with its old ticket.
    site.clock.advance(120);
    let stuck = site.app.get_with("/visit", &first).await;
    assert_eq!(stuck.set_cookies().len(), 1);
}

#[tokio::test]
async fn a_login_whose_answer_was_lost_is_found_again_by_the_next_login_of_its_user_alone() {
    let mut site = site(Router::new());
    site.app.get("/add").await;
    let before = site.app.copy_cookies();
    site.app.get("/log-in/7").await;
    site.clock.advance(121);
    let shown = site.app.get_with("/show", &before).await.body;
    assert_eq!(shown, "- 0 0 Ended");
    site.app.get_with("/log-in/8", &before).await;
    assert_eq!(site.app.get("/show").await.body, "8 0 0 Active");
    site.app.get_with("/log-in/7", &before).await;
    assert_eq!(site.app.get("/show").await.body, "7 0 1 Active");
}

#[tokio::test]
async fn a_new_start_with_a_login_counts_although_another_user_logged_in_meanwhile() {
    let gate = Gate::new(Semaphore::new(0));
    let waiting = gate.clone();
    let start_over = move |mut session: Guard| async move {
        waiting.acquire().await.unwrap().forget();
        Session::clear(&mut session);
        Session::log_in(&mut session, 8);
    };
    let mut site = site(Router::new().route("/start-over", get(start_over)));
    site.app.get("/add").await;
    let (cookies, mut other) = (site.app.copy_cookies(), site.app.router());
    let later = tokio::spawn(async move { ask(&mut other, "/start-over", &cookies).await });
    tokio::task::yield_now().await;
    site.app.get("/log-in/7").await;
    gate.add_permits(1);
    let (_, set) = later.await.unwrap();
    let cookie = set[0].split(';').next().unwrap();
    let shown = site.app.get_with("/show", cookie).await.body;
    assert_eq!(shown, "8 0 0 Active");
    assert_eq!(site.app.get("/show").await.body, "7 0 1 Active");
}

#[tokio::test]
async fn an_ending_that_meets_another_users_login_ends_nothing_and_says_so() {
    let gate = Gate::new(Semaphore::new(0));
    let waiting = gate.clone();
    let destroy = move |session: Guard| async move {
        waiting.acquire().await.unwrap().forget();
        Session::destroy(session);
    };
    let mut site = site(Router::new().route("/destroy", get(destroy)));
    site.app.get("/add").await;
    let (cookies, mut other) = (site.app.copy_cookies(), site.app.router());
    let later = tokio::spawn(async move { ask(&mut other, "/destroy", &cookies).await });
    tokio::task::yield_now().await;
    site.app.get("/log-in/7").await;
    gate.add_permits(1);
    assert_eq!(later.await.unwrap(), (StatusCode::OK, Vec::new()));
    assert_eq!(site.app.get("/show").await.body, "7 0 1 Active");
    let said = site.app.log().lines_with("the session is not ended");
    assert_eq!(said.len(), 1);
}

#[tokio::test]
async fn remember_on_a_superseded_ticket_is_named_as_lost() {
    async fn remember(mut session: Guard) {
        Session::remember(&mut session, true);
    }
    let mut site = site(Router::new().route("/remember", get(remember)));
    site.app.get("/add").await;
    let before = site.app.copy_cookies();
    site.app.get("/log-in/7").await;
    let answer = site.app.get_with("/remember", &before).await;
    assert_eq!(answer.set_cookies(), Vec::<String>::new());
    let lost = site.app.log().lines_with("changes are not saved");
    assert!(
        lost.len() == 1 && lost[0].contains("Session::remember"),
        "{lost:?}"
    );
}

#[tokio::test]
async fn a_logout_of_a_ticket_that_a_login_superseded_leaves_the_login() {
    let mut site = site(Router::new());
    site.app.get("/add").await;
    let before = site.app.copy_cookies();
    site.app.get("/log-in/7").await;
    let answer = site.app.get_with("/log-out", &before).await;
    assert_eq!(answer.set_cookies(), Vec::<String>::new());
    assert_eq!(site.app.get("/orders").await.body, "7");
}

#[tokio::test]
async fn after_a_logout_what_is_written_is_a_session_of_its_own() {
    async fn over(mut session: Guard) {
        Session::log_out(&mut session);
        session.visits = 5;
    }
    let mut site = site(Router::new().route("/over", get(over)));
    site.app.get("/log-in/7").await;
    site.app.get("/add").await;
    let before = site.app.copy_cookies();
    site.app.get("/over").await;
    assert_eq!(site.app.get("/show").await.body, "- 5 0 Active");
    assert_eq!(
        site.app.get_with("/show", &before).await.body,
        "- 0 0 Active"
    );
    site.clock.advance(120);
    assert_eq!(
        site.app.get_with("/show", &before).await.body,
        "- 0 0 Ended"
    );
}

#[tokio::test]
async fn a_page_that_only_read_does_not_fail_because_its_use_is_not_written_down() {
    let mut site = site(Router::new());
    site.app.get("/visit").await;
    site.clock.advance(720);
    site.store.fail(full_store().on(WRITES));
    let answer = site.app.get("/show").await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (StatusCode::OK, "- 1 0 Active")
    );
    assert_eq!(answer.set_cookies(), Vec::<String>::new());
    let said = site.app.log().lines_with("the use of a session");
    assert!(
        said.len() == 1 && said[0].contains("a fault that the test has set"),
        "{said:?}"
    );
    site.store.heal();
    assert_eq!(site.app.get("/show").await.set_cookies().len(), 1);
}

#[tokio::test]
async fn a_session_around_one_that_is_not_saved_is_saved_by_what_the_handler_answered() {
    #[derive(Session)]
    #[session(cookie = "outer")]
    struct Outer {
        pages: u32,
    }
    async fn both(mut inner: Guard, mut outer: Session<Outer>) -> String {
        inner.visits += 1;
        outer.pages += 1;
        outer.pages.to_string()
    }
    let store = FaultyStore::new(MemoryStore::new());
    let layer_store = store.clone();
    let mut app = app(|keys| {
        Router::new()
            .route("/both", get(both))
            .layer(SessionLayer::<Shop>::stored(keys.clone(), layer_store))
            .layer(SessionLayer::<Outer>::new(keys))
    });
    store.fail(full_store().on(WRITES));
    assert_eq!(
        app.get("/both").await.status,
        StatusCode::SERVICE_UNAVAILABLE
    );
    store.heal();
    assert_eq!(app.get("/both").await.body, "2");
}

#[tokio::test]
async fn a_store_that_does_not_load_is_asked_once_for_each_request() {
    async fn thrice(
        first: Option<Guard>,
        second: Result<Guard, SessionError>,
        third: Option<Guard>,
    ) -> String {
        let loaded = [first.is_some(), second.is_ok(), third.is_some()];
        format!("{loaded:?}")
    }
    let mut site = site(Router::new().route("/thrice", get(thrice)));
    site.app.get("/visit").await;
    site.counted();
    site.store.fail(full_store().on([Operation::Load]));
    let answer = site.app.get("/thrice").await.body;
    assert_eq!(answer, "[false, false, false]");
    assert_eq!(site.counted(), (1, 0));
    let said = site.app.log().lines_with("the session is not loaded");
    assert_eq!(said.len(), 1, "{said:?}");
    site.store.heal();
    assert_eq!(site.app.get("/thrice").await.body, "[true, true, true]");
}

#[tokio::test]
async fn a_logout_of_a_session_whose_user_cannot_be_read_ends_its_row() {
    #[derive(Session)]
    #[session(cookie = "shop", stored)]
    struct Next {
        #[session(identity)]
        user: Identity<String>,
    }
    async fn end(session: Session<Next>) {
        Session::destroy(session);
    }
    let store = FaultyStore::new(MemoryStore::new());
    let (ours, theirs) = (store.clone(), store);
    let ring = Keyring::ephemeral();
    let another = tests::another_process(&ring);
    let old_release = Router::new()
        .route("/log-in/{user}", get(log_in))
        .route("/show", get(show))
        .layer(SessionLayer::<Shop>::stored(ring, ours));
    let new_release = Router::new()
        .route("/end", get(end))
        .layer(SessionLayer::<Next>::stored(another, theirs));
    let mut app = app(|_| Router::new().merge(old_release).merge(new_release));
    app.get("/log-in/7").await;
    let copied = app.copy_cookies();
    assert!(app.get("/end").await.set_cookies()[0].contains("Max-Age=0"));
    let shown = app.get_with("/show", &copied).await.body;
    assert_eq!(shown, "- 0 0 Ended");
}

#[tokio::test]
async fn a_store_that_panics_is_one_that_fails_and_a_logout_removes_its_cookie() {
    let mut site = site(Router::new());
    site.app.get("/log-in/7").await;
    site.store.fail(Fault::panic().on(WRITES));
    let answer = site.app.get("/visit").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.set_cookies(), Vec::<String>::new());
    site.store.heal();
    assert_eq!(site.app.get("/show").await.body, "7 0 0 Active");
    site.store.fail(Fault::panic().on([Operation::End]));
    let answer = site.app.get("/log-out").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.set_cookies()[0].contains("Max-Age=0"));
}

#[tokio::test]
async fn a_server_error_saves_nothing_and_ends_all_the_same() {
    async fn fails(mut session: Guard) -> StatusCode {
        session.visits += 1;
        StatusCode::INTERNAL_SERVER_ERROR
    }
    async fn ends(mut session: Guard) -> StatusCode {
        Session::log_out(&mut session);
        StatusCode::INTERNAL_SERVER_ERROR
    }
    let routes = Router::new()
        .route("/fails", get(fails))
        .route("/ends", get(ends));
    let mut site = site(routes);
    site.app.get("/log-in/7").await;
    site.app.get("/fails").await;
    assert_eq!(site.app.get("/show").await.body, "7 0 0 Active");
    let before = site.app.copy_cookies();
    site.app.get("/ends").await;
    assert_eq!(
        site.app.get_with("/show", &before).await.body,
        "- 0 0 Ended"
    );
}

#[tokio::test]
async fn a_session_may_be_much_larger_than_a_cookie_and_has_a_limit() {
    async fn fill(Path(bytes): Path<usize>, mut session: Guard) {
        session.cart = vec!["x".repeat(bytes)];
    }
    async fn left(session: Guard) -> String {
        Session::info(&session).bytes_left().to_string()
    }
    let routes = Router::new()
        .route("/fill/{bytes}", get(fill))
        .route("/left", get(left));
    let mut site = site(routes);
    assert_eq!(site.app.get("/fill/60000").await.status, StatusCode::OK);
    assert_eq!(site.app.get("/show").await.body, "- 0 1 Active");
    let left: usize = site.app.get("/left").await.body.parse().unwrap();
    assert!((5000..5536).contains(&left), "{left}");
    let answer = site.app.get("/fill/66000").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    let log = site
        .app
        .log()
        .lines_with("larger than a stored session may be");
    assert!(log[0].contains("cart (66"), "{log:?}");
    assert_eq!(site.app.get("/left").await.body, left.to_string());
}

#[tokio::test]
async fn a_field_has_its_own_deadline_in_the_row() {
    async fn owe(mut session: Guard) {
        session.code = Some(123);
    }
    async fn code(session: Guard) -> String {
        format!("{:?}", session.code)
    }
    let routes = Router::new()
        .route("/owe", get(owe))
        .route("/code", get(code));
    let mut site = site(routes);
    site.app.get("/owe").await;
    site.clock.advance(300);
    // Another field that is written does not make it younger.
    site.app.get("/visit").await;
    site.clock.advance(299);
    assert_eq!(site.app.get("/code").await.body, "Some(123)");
    site.clock.advance(1);
    assert_eq!(site.app.get("/code").await.body, "None");
}

#[tokio::test]
async fn notices_and_the_browsers_fields_keep_their_own_cookies() {
    async fn notify(mut session: Guard) {
        session.notice = Some("hello".to_owned());
        session.theme = 3;
    }
    async fn take(mut session: Guard) -> String {
        format!("{:?} {}", session.notice.take(), session.theme)
    }
    let routes = Router::new()
        .route("/notify", get(notify))
        .route("/take", get(take));
    let mut site = site(routes);
    site.app.get("/notify").await;
    assert_eq!(site.counted(), (0, 0), "they are none of the store's");
    assert_eq!(site.app.get("/take").await.body, "Some(\"hello\") 3");
    assert_eq!(site.app.get("/take").await.body, "None 3");
    site.app.get("/log-in/7").await;
    site.app.get("/notify").await;
    site.app.get("/log-out").await;
    assert_eq!(site.app.get("/take").await.body, "None 3");
}

#[tokio::test]
async fn an_older_ticket_cannot_roll_a_counter_back() {
    let mut site = site(Router::new());
    site.app.get("/visit").await;
    let old = site.app.copy_cookies();
    for _ in 0..4 {
        site.app.get("/visit").await;
    }
    assert_eq!(site.app.get_with("/visit", &old).await.body, "6");
}

#[tokio::test]
async fn a_client_that_hangs_up_cannot_cancel_its_logout() {
    let mut site = site(Router::new());
    site.app.get("/log-in/7").await;
    let (cookies, mut router) = (site.app.copy_cookies(), site.app.router());
    site.store.fail(Fault::silence().on([Operation::End]));
    let copied = cookies.clone();
    let asked = tokio::spawn(async move { ask(&mut router, "/log-out", &copied).await });
    while site.store.asked(Operation::End) == 0 {
        tokio::task::yield_now().await;
    }
    asked.abort();
    assert!(asked.await.unwrap_err().is_cancelled());
    assert_eq!(site.app.get_with("/orders", &cookies).await.body, "7");
    site.store.heal();
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(
        site.app.get_with("/show", &cookies).await.body,
        "- 0 0 Ended"
    );
}

#[tokio::test]
async fn head_and_untold_states_work_as_with_cookies() {
    let mut site = site(Router::new());
    site.app.request(Method::HEAD, "/visit").await;
    assert_eq!(site.app.get("/show").await.body, "- 1 0 Active");
    site.clock.advance(7200);
    site.app.get("/visit").await;
    let shown = site.app.get("/show").await.body;
    assert_eq!(shown, format!("- 1 0 {:?}", SessionState::Expired));
    assert_eq!(site.app.get("/show").await.body, "- 1 0 Active");
}

#[tokio::test]
async fn the_test_kit_seals_opens_and_reads_stored_sessions() {
    let layer = SessionLayer::<Shop>::stored(Keyring::ephemeral(), MemoryStore::new());
    let kit = TestKit::new(&layer);
    let routes = Router::new()
        .route("/show", get(show))
        .route("/visit", get(visit))
        .route("/log-out", get(log_out));
    let mut browser = Browser::new(routes.layer(layer));
    let session = Shop {
        user: identity(7),
        visits: 41,
        ..Shop::default()
    };
    kit.set_session(&mut browser, &session);
    assert_eq!(browser.get("/show").await.text(), "7 41 0 Active");
    browser.get("/visit").await;
    assert_eq!(kit.session_of(&browser).unwrap().visits, 42);
    browser.get("/log-out").await;
    assert!(kit.session_of(&browser).is_none());
}

/// A field whose time is over is no longer shown. The entry stays, because another request may write it.
#[tokio::test]
async fn a_field_that_was_over_is_not_taken_from_a_request_that_wrote_it_meanwhile() {
    async fn owe(mut session: Guard) {
        session.code = Some(123);
    }
    async fn code(session: Guard) -> String {
        format!("{:?}", session.code)
    }
    let gate = Gate::new(Semaphore::new(0));
    let pages = slow(&gate)
        .route("/owe", get(owe))
        .route("/code", get(code));
    let mut site = site(pages);
    site.app.get("/owe").await;
    site.clock.advance(600);
    let (cookies, mut router) = (site.app.copy_cookies(), site.app.router());
    let later = tokio::spawn(async move { ask(&mut router, "/visit-later", &cookies).await });
    tokio::task::yield_now().await;
    site.app.get("/owe").await;
    gate.add_permits(1);
    later.await.unwrap();
    assert_eq!(site.app.get("/code").await.body, "Some(123)");
}

#[tokio::test]
async fn a_renewal_does_not_bring_back_a_login_that_has_ended() {
    let gate = Gate::new(Semaphore::new(0));
    let waiting = gate.clone();
    let renew_later = move |mut session: Guard| {
        let gate = waiting.clone();
        async move {
            gate.acquire().await.unwrap().forget();
            Session::log_in(&mut session, 7);
        }
    };
    let mut site = site(Router::new().route("/renew-later", get(renew_later)));
    site.app.get("/log-in/7").await;
    site.clock.advance(10);
    let (cookies, mut router) = (site.app.copy_cookies(), site.app.router());
    let later = tokio::spawn(async move { ask(&mut router, "/renew-later", &cookies).await });
    tokio::task::yield_now().await;
    site.app.get("/log-out").await;
    gate.add_permits(1);
    assert_eq!(later.await.unwrap(), (StatusCode::OK, vec![]));
    let refused = site.app.log().lines_with("reason=\"ended\"");
    assert_eq!(refused.len(), 1, "{}", site.app.log().text());
}
