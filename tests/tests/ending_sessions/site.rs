//! The application under test: two instances of it on one store.

use std::time::SystemTime;

use axum::Router;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use serde::Deserialize;
use session_runtime::store::{MemoryStore, Store};
use session_runtime::test_kit::{Browser, FaultyStore};
use session_runtime::{
    Clock, Identity, Keyring, LoggedIn, Session, SessionError, SessionHandle, SessionLayer,
    Sessions,
};
use tests::{Log, MovableClock, another_process};

#[derive(Session)]
#[session(cookie = "shop", stored, idle = "2h", max = "1d")]
pub(crate) struct Shop {
    #[session(identity)]
    pub(crate) user: Identity<u32>,
    pub(crate) device: String,
    pub(crate) visits: u32,
    #[session(ttl = "10m")]
    pub(crate) code: u32,
    #[session(browser)]
    pub(crate) theme: u32,
}

pub(crate) type Guard = Session<Shop>;
type Users = State<Sessions<Shop>>;

async fn show(session: Guard) -> String {
    let user = session.user.map_or("-".to_owned(), |user| user.to_string());
    format!("{user} {}", session.visits)
}

async fn state(session: Guard) -> String {
    let info = Session::info(&session);
    format!("{:?} {:?}", info.state(), info.why_ended())
}

async fn visit(mut session: Guard) {
    session.visits += 1;
}

async fn set_code(mut session: Guard) {
    session.code = 1234;
    session.theme = 7;
}

async fn log_in(Path((user, device)): Path<(u32, String)>, mut session: Guard) {
    Session::log_in(&mut session, user);
    session.device = device;
}

async fn log_in_here_only(
    Path(user): Path<u32>,
    State(sessions): Users,
    mut session: Guard,
) -> Result<String, SessionError> {
    Session::log_in(&mut session, user);
    let ended = sessions.end_others(&session).await?;
    Ok(ended.to_string())
}

async fn log_out(mut session: Guard) {
    Session::log_out(&mut session);
}

async fn renew(mut session: Guard) {
    Session::renew(&mut session);
}

async fn devices(
    LoggedIn(user): LoggedIn<Shop>,
    session: Guard,
    State(sessions): Users,
) -> Result<String, SessionError> {
    let listed = sessions.of(&user).await?;
    let lines = listed.iter().map(|listed| {
        let device = listed.session().map_or("?", |session| &session.device);
        let here = if listed.is_this_one(&session) {
            "*"
        } else {
            ""
        };
        format!("{device}{here}")
    });
    Ok(lines.collect::<Vec<_>>().join(" "))
}

#[derive(Deserialize)]
struct Device {
    device: SessionHandle,
}

async fn end(
    LoggedIn(user): LoggedIn<Shop>,
    State(sessions): Users,
    Form(form): Form<Device>,
) -> Result<String, SessionError> {
    let ended = sessions.end(&user, &form.device).await?;
    Ok(ended.to_string())
}

async fn end_others(State(sessions): Users, session: Guard) -> Result<String, SessionError> {
    let ended = sessions.end_others(&session).await?;
    Ok(ended.to_string())
}

async fn change_password(
    State(sessions): Users,
    mut session: Guard,
) -> Result<String, SessionError> {
    let ended = sessions.end_others(&session).await?;
    Session::renew(&mut session);
    Ok(ended.to_string())
}

fn routes() -> Router<Sessions<Shop>> {
    Router::new()
        .route("/show", get(show))
        .route("/state", get(state))
        .route("/visit", get(visit))
        .route("/code", get(set_code))
        .route("/log-in/{user}/{device}", get(log_in))
        .route("/log-in-here-only/{user}", get(log_in_here_only))
        .route("/log-out", get(log_out))
        .route("/renew", get(renew))
        .route("/devices", get(devices))
        .route("/end", post(end))
        .route("/end-others", get(end_others))
        .route("/change-password", get(change_password))
}

/// Two instances of one application on one store.
pub(crate) struct Site<S> {
    pub(crate) keys: Keyring,
    pub(crate) store: S,
    pub(crate) clock: MovableClock,
    first: Router,
    second: Router,
    pub(crate) sessions: Sessions<Shop>,
    pub(crate) log: Log,
}

pub(crate) type MemorySite = Site<FaultyStore<MemoryStore>>;

pub(crate) fn site() -> MemorySite {
    site_on(
        FaultyStore::new(MemoryStore::new()),
        Keyring::ephemeral(),
        &Router::new(),
    )
}

pub(crate) fn site_on<S: Store + Clone>(
    store: S,
    keys: Keyring,
    more: &Router<Sessions<Shop>>,
) -> Site<S> {
    let (log, clock) = (Log::capture(), MovableClock::new());
    let instance = |keys: Keyring| {
        let layer = SessionLayer::<Shop>::stored(keys, store.clone()).clock(clock.clone());
        let sessions = layer.sessions();
        let routes = routes().merge(more.clone()).layer(layer);
        (routes.with_state(sessions.clone()), sessions)
    };
    let (first, sessions) = instance(keys.clone());
    let (second, _) = instance(another_process(&keys));
    Site {
        keys,
        store,
        clock,
        first,
        second,
        sessions,
        log,
    }
}

impl<S> Site<S> {
    pub(crate) fn browser(&self) -> Browser<Router> {
        Browser::new(self.first.clone()).clock(self.clock.clone())
    }

    /// One that asks the other instance.
    pub(crate) fn other_browser(&self) -> Browser<Router> {
        Browser::new(self.second.clone()).clock(self.clock.clone())
    }

    /// A browser in which the user is logged in, by the name of its device.
    pub(crate) async fn logged_in(&self, user: u32, device: &str) -> Browser<Router> {
        let mut browser = self.browser();
        text(&mut browser, &format!("/log-in/{user}/{device}")).await;
        browser
    }

    pub(crate) fn now(&self) -> SystemTime {
        self.clock.now()
    }

    pub(crate) async fn handle_of(&self, user: u32, device: &str) -> SessionHandle {
        let listed = self.sessions.of(&user).await.unwrap();
        let is_it = |session: Option<&Shop>| session.is_some_and(|it| it.device == device);
        let listed = listed.iter().find(|listed| is_it(listed.session()));
        listed.unwrap().handle().clone()
    }
}

pub(crate) async fn text(browser: &mut Browser<Router>, path: &str) -> String {
    let page = browser.get(path).await;
    assert_eq!(page.status(), StatusCode::OK, "{path}");
    page.text().into_owned()
}

/// What the browser sends as its main cookie, to be put back later: an attacker copied it.
pub(crate) fn copied(browser: &Browser<Router>) -> String {
    let ticket = browser.cookie("__Host-shop").unwrap().value().to_owned();
    format!("__Host-shop={ticket}; Secure; Path=/")
}
