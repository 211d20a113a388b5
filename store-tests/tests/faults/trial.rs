//! One request while one thing goes wrong, and what has become of its visitor afterwards.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use store_tests::Fault;

use crate::site::{Answer, Browser, LIMIT, Site};

/// A request that is made during a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    Read,
    Begin,
    Set,
    Add,
    LogIn,
    LogOut,
}

impl Request {
    pub(crate) const ALL: [Self; 6] = [
        Self::Read,
        Self::Begin,
        Self::Set,
        Self::Add,
        Self::LogIn,
        Self::LogOut,
    ];

    const fn path(self) -> &'static str {
        match self {
            Self::Read => "/show",
            Self::Begin | Self::Add => "/visit",
            Self::Set => "/fill/9",
            Self::LogIn => "/log-in",
            Self::LogOut => "/log-out",
        }
    }

    /// What was done before the fault.
    const fn history(self) -> &'static [&'static str] {
        match self {
            Self::Begin => &[],
            Self::LogIn => &["/visit", "/visit", "/fill/1"],
            _ => &["/log-in", "/visit", "/visit", "/fill/1"],
        }
    }

    /// What the visitor may see afterwards, after an answer that says so and after a 503.
    const fn outcomes(self, has_worked: bool) -> &'static [&'static str] {
        match (self, has_worked) {
            (Self::Read, _) | (Self::LogIn, true) => &["7 2 1"],
            (Self::Begin, true) => &["- 1 0"],
            (Self::Begin | Self::LogOut, _) => &["- 0 0"],
            (Self::Set, true) => &["7 2 9"],
            (Self::Set, false) => &["7 2 1", "7 2 9"],
            (Self::Add, true) => &["7 3 1"],
            (Self::Add, false) => &["7 2 1", "7 3 1"],
            // The login may be done. The browser still has the ticket of before.
            (Self::LogIn, false) => &["- 2 1"],
        }
    }
}

/// What a trial has shown.
pub(crate) struct Seen {
    pub(crate) has_worked: bool,
    /// The request after the fault had to be made again.
    pub(crate) healed_late: bool,
    pub(crate) violation: Option<String>,
}

/// Twice what a load and a write may take, as machines are busy.
const IN_TIME: Duration = LIMIT.saturating_mul(6);

/// How long everything may take to heal.
const HEALED: Duration = Duration::from_secs(5);

pub(crate) async fn trial(site: &Site<'_>, fault: Fault, request: Request) -> Seen {
    let mut browser = Browser::default();
    for path in request.history() {
        let before = browser.get(site, path).await;
        assert_eq!(before.status, StatusCode::OK, "{path} before {fault:?}");
    }
    let mut copy = browser.clone();
    site.proxy.disturb(fault);
    let start = Instant::now();
    let answer = browser.get(site, request.path()).await;
    let took = start.elapsed();
    let has_struck = site.proxy.heal();
    let has_worked = answer.status == StatusCode::OK;
    let (healed_late, shown) = show_when_healed(site, &mut browser).await;
    let violation = (took > IN_TIME)
        .then(|| format!("it took {took:?}"))
        .or_else(|| (!has_struck && strikes_always(fault)).then(|| "it met nothing".to_owned()))
        .or_else(|| violation_in(request, &answer))
        .or_else(|| violation_after(request, has_worked, &shown));
    let violation = match violation {
        None => violation_of_others(site, request, has_worked, &mut browser, &mut copy).await,
        found => found,
    };
    Seen {
        has_worked,
        healed_late,
        violation: violation.map(|said| format!("{fault:?}, {request:?}: {said}")),
    }
}

/// A request has one question at least, and perhaps no second one.
fn strikes_always(fault: Fault) -> bool {
    match fault {
        Fault::QuestionLost { after } | Fault::AnswerLost { after } => after == 0,
        _ => true,
    }
}

/// Asks until an answer comes, as a visitor does who is told to come again.
async fn show_when_healed(site: &Site<'_>, browser: &mut Browser) -> (bool, String) {
    let start = Instant::now();
    let mut is_late = false;
    loop {
        let shown = browser.get(site, "/show").await;
        if shown.status == StatusCode::OK {
            return (is_late, shown.body);
        }
        is_late = true;
        if start.elapsed() > HEALED {
            return (is_late, format!("{} after {HEALED:?}", shown.status));
        }
    }
}

fn violation_in(request: Request, answer: &Answer) -> Option<String> {
    let Answer {
        status,
        body,
        sets_cookie,
    } = answer;
    match *status {
        StatusCode::OK if request == Request::Read && body != "7 2 1" => {
            Some(format!("it showed {body}"))
        }
        // A logout removes the cookie whatever the store says.
        StatusCode::SERVICE_UNAVAILABLE if *sets_cookie && request != Request::LogOut => {
            Some("a 503 set a cookie".to_owned())
        }
        StatusCode::OK | StatusCode::SERVICE_UNAVAILABLE => None,
        status => Some(format!("it was a {status}")),
    }
}

fn violation_after(request: Request, has_worked: bool, shown: &str) -> Option<String> {
    let is_allowed = request.outcomes(has_worked).contains(&shown)
        // The session could not be loaded, so the handler did not run and did not log out.
        || (request == Request::LogOut && !has_worked && shown == "7 2 1");
    (!is_allowed).then(|| format!("afterwards the visitor saw {shown}, has worked: {has_worked}"))
}

/// A logout that was answered holds for a copy of the cookie, and a login that was not can be made again.
async fn violation_of_others(
    site: &Site<'_>,
    request: Request,
    has_worked: bool,
    browser: &mut Browser,
    copy: &mut Browser,
) -> Option<String> {
    match request {
        Request::LogOut if has_worked => {
            let shown = copy.get(site, "/show").await.body;
            (shown != "- 0 0").then(|| format!("a copy of the cookie showed {shown}"))
        }
        Request::LogIn if !has_worked => {
            browser.get(site, "/log-in").await;
            let shown = browser.get(site, "/show").await.body;
            (shown != "7 2 1").then(|| format!("the second login showed {shown}"))
        }
        _ => None,
    }
}
