//! The application: its session, and what its requests do to it.

use std::collections::BTreeMap;

use axum::routing::get;
use axum::{Extension, Router};
use session_runtime::store::Store;
use session_runtime::{Identity, Keyring, Session, SessionLayer, SessionState};
use tests::MovableClock;

use crate::parked::Stage;

/// The seconds after which a session that is not used is over.
pub(crate) const IDLE: u64 = 1200;

/// Every value but that of `visits` is the number of the request that wrote it.
#[derive(Session)]
#[session(cookie = "shop", stored, idle = "20m", max = "30d")]
struct Shop {
    #[session(identity)]
    user: Identity<u32>,
    login: u32,
    cart: u32,
    address: u32,
    #[session(merge = add)]
    visits: u32,
}

pub(crate) const COOKIE: &str = "__Host-shop";

/// The work of a request on its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    Read,
    SetCart,
    SetAddress,
    Count,
    LogIn(u32),
    LogOut,
    LogOutAndSet,
    Clear,
    Destroy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Field {
    Login,
    Cart,
    Address,
    Visits,
}

/// The fields that are not at their default.
pub(crate) type Fields = BTreeMap<Field, u32>;

/// A session as a request sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct View {
    pub(crate) is_active: bool,
    pub(crate) user: Option<u32>,
    pub(crate) fields: Fields,
}

/// The report of a handler.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    /// The number of its request.
    pub(crate) number: u32,
    pub(crate) seen: View,
    /// The user who is logged in afterwards.
    pub(crate) user: Option<u32>,
    pub(crate) written: Fields,
    /// It ended the session that it saw.
    pub(crate) ends: bool,
}

/// A request on its way to the handler.
#[derive(Clone)]
pub(crate) struct Visit {
    pub(crate) number: u32,
    pub(crate) ask: Ask,
    pub(crate) stage: Stage,
}

/// One instance of the application.
pub(crate) fn instance(keys: Keyring, store: impl Store, clock: MovableClock) -> Router {
    Router::new()
        .route("/", get(visit))
        .layer(SessionLayer::<Shop>::stored(keys, store).clock(clock))
}

async fn visit(Extension(visit): Extension<Visit>, mut session: Session<Shop>) {
    let seen = view(&session);
    let before = seen.clone();
    let changed = change(&mut session, visit.ask, visit.number);
    let report = Report {
        number: visit.number,
        user: session.user.map(|user| user),
        written: changed,
        ends: match visit.ask {
            Ask::LogIn(user) => before.user.is_some_and(|before| before != user),
            Ask::LogOut | Ask::LogOutAndSet | Ask::Clear | Ask::Destroy => true,
            Ask::Read | Ask::SetCart | Ask::SetAddress | Ask::Count => false,
        },
        seen,
    };
    visit.stage.note(visit.number, report);
    if visit.ask == Ask::Destroy {
        Session::destroy(session);
    }
}

fn change(session: &mut Session<Shop>, ask: Ask, number: u32) -> Fields {
    match ask {
        Ask::Read | Ask::Destroy => {}
        Ask::SetCart => session.cart = number,
        Ask::SetAddress => session.address = number,
        Ask::Count => session.visits += 1,
        Ask::LogIn(user) => {
            Session::log_in(session, user);
            session.login = number;
        }
        Ask::LogOut => Session::log_out(session),
        Ask::LogOutAndSet => {
            Session::log_out(session);
            session.cart = number;
        }
        Ask::Clear => Session::clear(session),
    }
    let written = match ask {
        Ask::SetCart | Ask::LogOutAndSet => (Field::Cart, number),
        Ask::SetAddress => (Field::Address, number),
        Ask::Count => (Field::Visits, session.visits),
        Ask::LogIn(_) => (Field::Login, number),
        Ask::Read | Ask::LogOut | Ask::Clear | Ask::Destroy => return Fields::new(),
    };
    [written].into()
}

fn view(session: &Session<Shop>) -> View {
    let fields = [
        (Field::Login, session.login),
        (Field::Cart, session.cart),
        (Field::Address, session.address),
        (Field::Visits, session.visits),
    ];
    View {
        is_active: Session::info(session).state() == SessionState::Active,
        user: session.user.map(|user| user),
        fields: fields
            .into_iter()
            .filter(|(_, value)| *value != 0)
            .collect(),
    }
}
