//! Our stored sessions.

use axum::Router;
use axum::routing::get;
use harness::{Candidate, Counters, Keeps, Line, Note, Payload as _, Standard, Theme};
use session_runtime::store::Store;
use session_runtime::{Identity, KeptInStore, Keyring, Session, SessionData, SessionLayer};

/// The data of a session that is one of our types.
pub trait Stored: SessionData + KeptInStore {
    /// Logs a user in, if the type has one.
    fn log_in(_: &mut Session<Self>) {}

    fn fill(&mut self, size: usize);

    fn visit(&mut self);

    fn visits(&self) -> u32;

    /// As [`harness::Payload::digest`].
    fn digest(&self) -> String;
}

/// [`Standard`] as one of our types.
#[derive(Session)]
#[session(cookie = "shop", stored)]
pub struct Shop {
    #[session(identity)]
    user: Identity<u64>,
    visits: u32,
    theme: Theme,
    csrf: [u8; 16],
    cart: Vec<Line>,
    name: String,
    logged_in_at: u64,
}

impl Stored for Shop {
    fn log_in(session: &mut Session<Self>) {
        Session::log_in(session, Standard::USER);
    }

    fn fill(&mut self, size: usize) {
        let mut standard = Standard::default();
        standard.fill(size);
        let Standard {
            visits,
            theme,
            csrf,
            cart,
            name,
            logged_in_at,
            ..
        } = standard;
        self.visits = visits;
        self.theme = theme;
        self.csrf = csrf;
        self.cart = cart;
        self.name = name;
        self.logged_in_at = logged_in_at;
    }

    fn visit(&mut self) {
        self.visits += 1;
    }

    fn visits(&self) -> u32 {
        self.visits
    }

    fn digest(&self) -> String {
        let Self {
            user,
            visits,
            theme,
            csrf,
            cart,
            name,
            logged_in_at,
        } = self;
        let line = |line: &Line| Line {
            sku: line.sku,
            qty: line.qty,
        };
        let theme = match theme {
            Theme::System => Theme::System,
            Theme::Dark => Theme::Dark,
        };
        let standard = Standard {
            user: **user,
            visits: *visits,
            theme,
            csrf: *csrf,
            cart: cart.iter().map(line).collect(),
            name: name.clone(),
            logged_in_at: *logged_in_at,
        };
        standard.digest()
    }
}

/// [`Note`] as one of our types.
#[derive(Session)]
#[session(cookie = "note", stored)]
pub struct NoteSession {
    visits: u32,
    note: String,
}

impl Stored for NoteSession {
    fn fill(&mut self, size: usize) {
        let mut note = Note::default();
        note.fill(size);
        self.visits = note.visits;
        self.note = note.note;
    }

    fn visit(&mut self) {
        self.visits += 1;
    }

    fn visits(&self) -> u32 {
        self.visits
    }

    fn digest(&self) -> String {
        let note = self.note.clone();
        let visits = self.visits;
        Note { visits, note }.digest()
    }
}

include!(concat!(env!("OUT_DIR"), "/fields.rs"));

pub fn candidate<T: Stored>(
    name: &'static str,
    rival: &'static str,
    store: impl Store,
    size: usize,
) -> Candidate {
    let router = Router::new()
        .route(
            "/begin",
            get(async move |session| begin::<T>(session, size)),
        )
        .route("/look", get(async |session: Session<T>| session.digest()))
        .route(
            "/read",
            get(async |session: Session<T>| session.visits().to_string()),
        )
        .route("/write", get(async |session| write::<T>(session)))
        .route("/untouched", get(async || 1.to_string()))
        .layer(SessionLayer::<T>::stored(Keyring::ephemeral(), store));
    Candidate {
        name,
        keeps: Keeps::OnServer,
        rival: Some(rival),
        router,
    }
}

fn begin<T: Stored>(mut session: Session<T>, size: usize) {
    T::log_in(&mut session);
    session.fill(size);
}

fn write<T: Stored>(mut session: Session<T>) -> String {
    session.visit();
    session.visits().to_string()
}
