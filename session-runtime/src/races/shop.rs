//! The application: its session, and what a request does to it.

use std::sync::{Arc, Mutex};

use axum::routing::get;
use axum::{Extension, Router};

use crate::store::Store;
use crate::{Clock, Identity, Keyring, Session, SessionLayer};

#[derive(Session)]
#[session(cookie = "shop", stored, idle = "20m", max = "30d")]
struct Shop {
    #[session(identity)]
    user: Identity<u32>,
    login: u32,
    cart: u32,
    #[session(merge = add)]
    visits: u32,
}

pub(super) const COOKIE: &str = "__Host-shop";

/// The seconds after which a session that is not used is over.
pub(super) const IDLE: u64 = 20 * 60;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum User {
    A = 1,
    B = 2,
}

/// The work of a request on its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Ask {
    Read,
    SetCart,
    Count,
    LogIn(User),
    /// The user who is logged in is logged in once more.
    Renew,
    LogOut,
    LogOutAndSetCart,
    Destroy,
    /// Not a visitor's: the application ends all sessions of A.
    EndAllOfA,
}

impl Ask {
    pub(super) const ALL: [Self; 10] = [
        Self::Read,
        Self::SetCart,
        Self::Count,
        Self::LogIn(User::A),
        Self::LogIn(User::B),
        Self::Renew,
        Self::LogOut,
        Self::LogOutAndSetCart,
        Self::Destroy,
        Self::EndAllOfA,
    ];

    /// It ends the session of a user whom it sees.
    pub(super) fn ends(self, user: User) -> bool {
        match self {
            Self::LogIn(other) => other != user,
            Self::LogOut | Self::LogOutAndSetCart | Self::Destroy => true,
            Self::Read | Self::SetCart | Self::Count | Self::Renew | Self::EndAllOfA => false,
        }
    }

    pub(super) fn changes(self) -> bool {
        matches!(self, Self::SetCart | Self::Count)
    }

    /// It matters that the other one was answered before this one was sent.
    pub(super) fn comes_after(self, other: Self) -> bool {
        let is_ended = self == Self::EndAllOfA && other == Self::LogIn(User::A);
        is_ended || self == Self::SetCart && self == other
    }

    pub(super) fn logs_in(self) -> Option<User> {
        match self {
            Self::LogIn(user) => Some(user),
            _ => None,
        }
    }
}

/// A session as a request sees it. Every value but `visits` is the number of the request that wrote it, or 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct View {
    pub(super) user: Option<User>,
    pub(super) login: u32,
    pub(super) cart: u32,
    pub(super) visits: u32,
}

/// A request on its way to the handler, and what the handler saw before and after.
#[derive(Clone)]
pub(super) struct Visit {
    pub(super) ask: Ask,
    pub(super) number: u32,
    pub(super) seen: Arc<Mutex<Option<(View, View)>>>,
}

/// One instance of the application.
pub(super) fn instance(keys: Keyring, store: impl Store, clock: impl Clock) -> Router {
    Router::new()
        .route("/", get(visit))
        .layer(SessionLayer::<Shop>::stored(keys, store).clock(clock))
}

async fn visit(Extension(visit): Extension<Visit>, mut session: Session<Shop>) {
    let before = view(&session);
    change(&mut session, visit.ask, visit.number);
    *visit.seen.lock().unwrap() = Some((before, view(&session)));
    if visit.ask == Ask::Destroy {
        Session::destroy(session);
    }
}

fn change(session: &mut Session<Shop>, ask: Ask, number: u32) {
    match ask {
        Ask::Read | Ask::Destroy | Ask::EndAllOfA => {}
        Ask::SetCart => session.cart = number,
        Ask::Count => session.visits += 1,
        Ask::LogIn(user) => {
            Session::log_in(session, user as u32);
            session.login = number;
        }
        Ask::Renew => {
            if let Some(user) = session.user.map(|user| user) {
                Session::log_in(session, user);
            }
        }
        Ask::LogOut => Session::log_out(session),
        Ask::LogOutAndSetCart => {
            Session::log_out(session);
            session.cart = number;
        }
    }
}

/// The state is not asked for: a page that tells of it changes what its response does.
fn view(session: &Session<Shop>) -> View {
    let user = session.user.map(|user| match user {
        1 => User::A,
        _ => User::B,
    });
    View {
        user,
        login: session.login,
        cart: session.cart,
        visits: session.visits,
    }
}
