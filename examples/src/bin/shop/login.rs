//! Registration, login, the second factor, logout.

use askama::Template;
use axum::Router;
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Redirect;
use axum::routing::{get, post};
use serde::Deserialize;
use session_runtime::{Session, local_path};

use crate::App;
use crate::account::device_of;
use crate::database::User;
use crate::error::Error;
use crate::frame::{Frame, Page};
use crate::password;
use crate::session::{HalfLogin, Owed, Shop};

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/register", get(register_page).post(register))
        .route("/login", get(login_page).post(log_in))
        .route("/login/code", get(code_page).post(give_code))
        .route("/logout", post(log_out))
}

/// The page to which a login leads.
#[derive(Deserialize)]
struct Destination {
    next: Option<String>,
}

impl Destination {
    /// A path of this site, whatever a link made of `next`.
    fn path(&self) -> &str {
        self.next.as_deref().and_then(local_path).unwrap_or("/")
    }
}

#[derive(Template)]
#[template(path = "shop/register.html")]
struct RegisterPage {
    frame: Frame,
}

async fn register_page(mut session: Session<Shop>) -> Page<RegisterPage> {
    let frame = Frame::take(&mut session);
    Page(RegisterPage { frame })
}

#[derive(Deserialize)]
struct Registration {
    name: String,
    password: String,
}

async fn register(
    mut session: Session<Shop>,
    State(app): State<App>,
    headers: HeaderMap,
    address: Uri,
    Query(destination): Query<Destination>,
    Form(form): Form<Registration>,
) -> Result<Redirect, Error> {
    let name = form.name.trim();
    let problem = if !(1..=40).contains(&name.chars().count()) {
        Some("Please give a name of at most 40 characters.")
    } else if !(8..=200).contains(&form.password.chars().count()) {
        Some("Please choose a password of at least 8 characters.")
    } else {
        None
    };
    if let Some(problem) = problem {
        session.notice = Some(problem.to_owned());
        return Ok(Redirect::to(&address.to_string())); // the form again, with its `next`
    }
    let hash = password::hash(form.password).await?;
    let Some(user) = app.database.register(name, &hash).await? else {
        session.notice = Some("This name is taken.".to_owned());
        return Ok(Redirect::to(&address.to_string()));
    };
    let user = app.database.user(user).await?;
    begin_session(&mut session, &user, false, &headers);
    Ok(Redirect::to(destination.path()))
}

/// The login itself. What belongs to the user is written after the call: before it, it would belong to the user who was
/// logged in until now.
fn begin_session(session: &mut Session<Shop>, user: &User, remember: bool, headers: &HeaderMap) {
    Session::log_in(session, user.id);
    Session::remember(session, remember);
    session.name = user.name.clone();
    session.device = device_of(headers);
    session.confirmed = true;
    Session::touch(session, |shop| &shop.confirmed); // ten minutes from now, also if it was confirmed before
    session.notice = Some(format!("Welcome, {}.", user.name));
}

#[derive(Template)]
#[template(path = "shop/login.html")]
struct LoginPage {
    frame: Frame,
    name: String,
    /// The `?next=…` of the address, for the link to the registration.
    query: String,
}

async fn login_page(mut session: Session<Shop>, address: Uri) -> Page<LoginPage> {
    let query = address.query().map(|query| format!("?{query}"));
    Page(LoginPage {
        name: session.name_tried.take().unwrap_or_default(),
        frame: Frame::take(&mut session),
        query: query.unwrap_or_default(),
    })
}

#[derive(Deserialize)]
struct Credentials {
    name: String,
    password: String,
    #[serde(default)] // a checkbox that is not ticked is not sent
    remember: bool,
}

async fn log_in(
    mut session: Session<Shop>,
    mut half: Session<HalfLogin>,
    State(app): State<App>,
    headers: HeaderMap,
    address: Uri,
    Query(destination): Query<Destination>,
    Form(form): Form<Credentials>,
) -> Result<Redirect, Error> {
    let name = form.name.trim();
    let user = app.database.user_named(name).await?;
    let hash = user.as_ref().map(|user| user.password.clone());
    let is_right = password::is_right(form.password, hash).await;
    let Some(user) = user.filter(|_| is_right) else {
        session.notice = Some("The name or the password is wrong.".to_owned());
        session.name_tried = Some(name.chars().take(40).collect());
        return Ok(Redirect::to(&address.to_string()));
    };
    if user.needs_code {
        let code = new_code()?;
        app.database.set_code(user.id, &code).await?;
        app.mail.send_code(&user.name, &code);
        half.owed = Some(Owed {
            user: user.id,
            remember: form.remember,
        });
        let query = address.query().map(|query| format!("?{query}"));
        return Ok(Redirect::to(&format!(
            "/login/code{}",
            query.unwrap_or_default()
        )));
    }
    begin_session(&mut session, &user, form.remember, &headers);
    Ok(Redirect::to(destination.path()))
}

/// Six digits from the operating system.
fn new_code() -> Result<String, Error> {
    let random = getrandom::u64().map_err(|error| Error::Internal(error.to_string()))?;
    Ok(format!("{:06}", random % 1_000_000))
}

#[derive(Template)]
#[template(path = "shop/code.html")]
struct CodePage {
    frame: Frame,
}

async fn code_page(
    mut session: Session<Shop>,
    half: Session<HalfLogin>,
) -> Result<Page<CodePage>, Redirect> {
    if half.owed.is_none() {
        return Err(Redirect::to("/login"));
    }
    let frame = Frame::take(&mut session);
    Ok(Page(CodePage { frame }))
}

#[derive(Deserialize)]
struct Code {
    code: String,
}

async fn give_code(
    mut session: Session<Shop>,
    half: Session<HalfLogin>,
    State(app): State<App>,
    headers: HeaderMap,
    address: Uri,
    Query(destination): Query<Destination>,
    Form(form): Form<Code>,
) -> Result<Redirect, Error> {
    let Some(Owed { user, remember }) = half.owed else {
        session.notice = Some("Please give your name and your password again.".to_owned());
        return Ok(Redirect::to("/login"));
    };
    match app.database.code_to_try(user).await? {
        Some(code) if code == form.code.trim() && app.database.use_code(user).await? => {
            let user = app.database.user(user).await?;
            Session::destroy(half); // no copy of its cookie is good for anything now
            begin_session(&mut session, &user, remember, &headers);
            Ok(Redirect::to(destination.path()))
        }
        Some(_) => {
            session.notice = Some("The code is wrong.".to_owned());
            Ok(Redirect::to(&address.to_string()))
        }
        None => {
            Session::destroy(half);
            session.notice =
                Some("The code is over. Please log in again in ten minutes.".to_owned());
            Ok(Redirect::to("/login"))
        }
    }
}

/// A `POST`, so that neither a link nor a prefetching browser logs a user out.
async fn log_out(mut session: Session<Shop>) -> Redirect {
    Session::log_out(&mut session); // nothing of this user is left for the next, but the theme
    session.notice = Some("You are logged out.".to_owned());
    Redirect::to("/")
}
