//! The account: where the user is logged in, and what is asked for the password once more.

use std::time::SystemTime;

use askama::Template;
use axum::Router;
use axum::extract::{Form, State};
use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;
use axum::response::Redirect;
use axum::routing::{get, post};
use serde::Deserialize;
use session_runtime::{ListedSession, LoggedIn, Session, SessionHandle};

use crate::App;
use crate::error::Error;
use crate::frame::{Frame, Page};
use crate::password;
use crate::session::Shop;

/// For users only: see `site`.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/account", get(account))
        .route("/account/confirm", post(confirm))
        .route("/account/password", post(change_password))
        .route("/account/code", post(change_needs_code))
        .route("/account/devices/end", post(end_device))
        .route("/account/devices/end-others", post(end_others))
        .route("/account/devices/end-all", post(end_all))
}

#[derive(Template)]
#[template(path = "shop/account.html")]
struct AccountPage {
    frame: Frame,
    confirmed: bool,
    needs_code: bool,
    devices: Vec<Device>,
}

struct Device {
    name: String,
    used: String,
    /// `None` for the device that shows the page.
    handle: Option<SessionHandle>,
}

async fn account(
    LoggedIn(user): LoggedIn<Shop>,
    mut session: Session<Shop>,
    State(app): State<App>,
) -> Result<Page<AccountPage>, Error> {
    let listed = app.sessions.of(&user).await?;
    let devices = listed.iter().map(|listed| Device::new(listed, &session));
    Ok(Page(AccountPage {
        devices: devices.collect(),
        confirmed: session.confirmed,
        needs_code: app.database.user(user).await?.needs_code,
        frame: Frame::take(&mut session),
    }))
}

impl Device {
    fn new(listed: &ListedSession<Shop>, this: &Session<Shop>) -> Self {
        // A session that this release cannot read is listed too, and can be ended.
        let name = listed
            .session()
            .map_or("Another device", |shop| &shop.device);
        Self {
            name: name.to_owned(),
            used: time_since(listed.last_used()),
            handle: (!listed.is_this_one(this)).then(|| listed.handle().clone()),
        }
    }
}

fn time_since(time: SystemTime) -> String {
    match time.elapsed().unwrap_or_default().as_secs() / 60 {
        0..10 => "now".to_owned(),
        minutes @ 10..120 => format!("{minutes} minutes ago"),
        minutes => format!("{} hours ago", minutes / 60),
    }
}

/// A name that the user knows the device by. The header is the visitor's, so it decides nothing.
pub(crate) fn device_of(headers: &HeaderMap) -> String {
    let agent = headers
        .get(USER_AGENT)
        .and_then(|agent| agent.to_str().ok());
    let agent = agent.unwrap_or_default();
    let first_in = |names: &[&'static str], otherwise| {
        let mut names = names.iter().copied();
        names.find(|name| agent.contains(name)).unwrap_or(otherwise)
    };
    // Chrome names Safari too, and Android names Linux.
    let browser = first_in(&["Firefox", "Edg", "Chrome", "Safari"], "A browser");
    let system = first_in(
        &["Android", "iPhone", "Windows", "Mac OS", "Linux"],
        "a device",
    );
    format!("{browser} on {system}")
}

#[derive(Deserialize)]
struct Password {
    password: String,
}

/// Opens the window in which the account may be changed.
async fn confirm(
    LoggedIn(user): LoggedIn<Shop>,
    mut session: Session<Shop>,
    State(app): State<App>,
    Form(form): Form<Password>,
) -> Result<Redirect, Error> {
    let hash = app.database.user(user).await?.password;
    if password::is_right(form.password, Some(hash)).await {
        session.confirmed = true;
    } else {
        session.notice = Some("The password is wrong.".to_owned());
    }
    Ok(Redirect::to("/account"))
}

/// The page shows these forms only while the window is open. A form that was open for longer is asked again.
fn must_confirm(session: &mut Session<Shop>) -> Option<Redirect> {
    (!session.confirmed).then(|| {
        session.notice = Some("Please confirm your password first.".to_owned());
        Redirect::to("/account")
    })
}

async fn change_password(
    LoggedIn(user): LoggedIn<Shop>,
    mut session: Session<Shop>,
    State(app): State<App>,
    Form(form): Form<Password>,
) -> Result<Redirect, Error> {
    if let Some(redirect) = must_confirm(&mut session) {
        return Ok(redirect);
    }
    if !(8..=200).contains(&form.password.chars().count()) {
        session.notice = Some("Please choose a password of at least 8 characters.".to_owned());
        return Ok(Redirect::to("/account"));
    }
    let hash = password::hash(form.password).await?;
    app.database.set_password(user, &hash).await?;
    app.sessions.end_others(&session).await?;
    Session::renew(&mut session); // a copy of this browser's cookie is worth nothing either
    session.notice = Some("Your password is changed, and other devices are logged out.".to_owned());
    Ok(Redirect::to("/account"))
}

#[derive(Deserialize)]
struct NeedsCode {
    needs_code: bool,
}

async fn change_needs_code(
    LoggedIn(user): LoggedIn<Shop>,
    mut session: Session<Shop>,
    State(app): State<App>,
    Form(form): Form<NeedsCode>,
) -> Result<Redirect, Error> {
    if let Some(redirect) = must_confirm(&mut session) {
        return Ok(redirect);
    }
    app.database.set_needs_code(user, form.needs_code).await?;
    let notice = if form.needs_code {
        "Your next login asks for a code, too."
    } else {
        "Your next login asks for the password alone."
    };
    session.notice = Some(notice.to_owned());
    Ok(Redirect::to("/account"))
}

#[derive(Deserialize)]
struct Handle {
    device: SessionHandle,
}

/// A handle of another user ends nothing, so there is nothing to check here.
async fn end_device(
    LoggedIn(user): LoggedIn<Shop>,
    mut session: Session<Shop>,
    State(app): State<App>,
    Form(form): Form<Handle>,
) -> Result<Redirect, Error> {
    let notice = if app.sessions.end(&user, &form.device).await? {
        "The device is logged out."
    } else {
        "That device was logged out before."
    };
    session.notice = Some(notice.to_owned());
    Ok(Redirect::to("/account"))
}

async fn end_others(mut session: Session<Shop>, State(app): State<App>) -> Result<Redirect, Error> {
    let ended = app.sessions.end_others(&session).await?;
    session.notice = Some(format!("Other devices that are logged out: {ended}."));
    Ok(Redirect::to("/account"))
}

/// Everywhere, and here too.
async fn end_all(
    LoggedIn(user): LoggedIn<Shop>,
    mut session: Session<Shop>,
    State(app): State<App>,
) -> Result<Redirect, Error> {
    app.sessions.end_all(&user).await?;
    Session::log_out(&mut session);
    session.notice = Some("You are logged out everywhere.".to_owned());
    Ok(Redirect::to("/"))
}
