//! The sessions that are counted. `Standard` is that of the other benches.

use serde::{Deserialize, Serialize};
use session_runtime::{Identity, KeptInCookie, Session, SessionData};

pub trait Payload: SessionData + KeptInCookie {
    /// Fills a new session.
    fn begin(session: &mut Session<Self>);

    fn visits(&self) -> u32;

    fn visits_mut(&mut self) -> &mut u32;
}

/// One field.
#[derive(Session)]
pub struct Small {
    visits: u32,
}

/// What a shop keeps of a user.
#[derive(Session)]
pub struct Standard {
    #[session(identity)]
    user: Identity<u64>,
    visits: u32,
    theme: Theme,
    csrf: [u8; 16],
    cart: Vec<Line>,
    name: String,
    logged_in_at: u64,
}

/// `Standard` with more in its cart and a note, so that the cookie is about 2000 characters long.
#[derive(Session)]
pub struct Large {
    #[session(identity)]
    user: Identity<u64>,
    visits: u32,
    theme: Theme,
    csrf: [u8; 16],
    cart: Vec<Line>,
    name: String,
    logged_in_at: u64,
    note: String,
}

#[derive(Default, Serialize, Deserialize)]
enum Theme {
    #[default]
    System,
    Dark,
}

#[derive(Serialize, Deserialize)]
struct Line {
    sku: u32,
    qty: u16,
}

const USER: u64 = 4_711;
const CSRF: [u8; 16] = [0xa5; 16];
const NAME: &str = "Alice Liddell";
const LOGGED_IN_AT: u64 = 1_800_000_000;

fn cart(lines: u32) -> Vec<Line> {
    let line = |number| Line {
        sku: 100_001 * number,
        qty: 2,
    };
    (1..=lines).map(line).collect()
}

impl Payload for Small {
    fn begin(session: &mut Session<Self>) {
        session.visits = 1;
    }

    fn visits(&self) -> u32 {
        self.visits
    }

    fn visits_mut(&mut self) -> &mut u32 {
        &mut self.visits
    }
}

impl Payload for Standard {
    fn begin(session: &mut Session<Self>) {
        Session::log_in(session, USER);
        session.visits = 1;
        session.theme = Theme::Dark;
        session.csrf = CSRF;
        session.cart = cart(3);
        session.name = NAME.to_owned();
        session.logged_in_at = LOGGED_IN_AT;
    }

    fn visits(&self) -> u32 {
        self.visits
    }

    fn visits_mut(&mut self) -> &mut u32 {
        &mut self.visits
    }
}

impl Payload for Large {
    fn begin(session: &mut Session<Self>) {
        Session::log_in(session, USER);
        session.visits = 1;
        session.theme = Theme::Dark;
        session.csrf = CSRF;
        session.cart = cart(60);
        session.name = NAME.to_owned();
        session.logged_in_at = LOGGED_IN_AT;
        session.note = "n".repeat(600);
    }

    fn visits(&self) -> u32 {
        self.visits
    }

    fn visits_mut(&mut self) -> &mut u32 {
        &mut self.visits
    }
}

/// A session of numbers, the first of which counts visits.
macro_rules! numbers {
    ($name:ident: $visits:ident $($field:ident)*) => {
        #[derive(Session)]
        pub struct $name {
            $visits: u32,
            $($field: u32,)*
        }

        impl Payload for $name {
            fn begin(session: &mut Session<Self>) {
                session.$visits = 1;
                $(session.$field = 1;)*
            }

            fn visits(&self) -> u32 {
                self.$visits
            }

            fn visits_mut(&mut self) -> &mut u32 {
                &mut self.$visits
            }
        }
    };
}

numbers! { SixtyFour:
    a0 a1 a2 a3 a4 a5 a6 a7 b0 b1 b2 b3 b4 b5 b6 b7
    c0 c1 c2 c3 c4 c5 c6 c7 d0 d1 d2 d3 d4 d5 d6 d7
    e0 e1 e2 e3 e4 e5 e6 e7 f0 f1 f2 f3 f4 f5 f6 f7
    g0 g1 g2 g3 g4 g5 g6 g7 h0 h1 h2 h3 h4 h5 h6 h7
}
