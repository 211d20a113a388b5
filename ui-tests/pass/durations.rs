//! A session lasts as long as its struct says.
#![deny(
    warnings,
    clippy::pedantic,
    missing_docs,
    unused_qualifications,
    clippy::absolute_paths
)]
#![forbid(unsafe_code)]

use session_runtime::{Session, SessionData};

/// Nothing written.
#[derive(Debug, Session)]
pub struct Unset {
    visits: u32,
}

/// Everything written, a type parameter too.
#[derive(Debug, Session)]
#[session(idle = "30m", max = "12h")]
pub struct Written<T: Default> {
    #[session(ttl = "10m", rename = "code", alias = "otp")]
    one_time_code: Option<T>,
    #[session(default = 1, ttl = "45s")]
    page: u32,
    visits: u32,
}

/// Shorter than `idle` would be.
#[derive(Debug, Session)]
#[session(max = "2d")]
pub struct Short {
    visits: u32,
}

/// Longer than it would be.
#[derive(Debug, Session)]
#[session(max = "53w")]
pub struct Long {
    visits: u32,
}

/// As long as a session is that does not say.
#[derive(Debug, Session)]
#[session(idle = "90d")]
pub struct Idle {
    visits: u32,
}

macro_rules! passed {
    ($idle:expr, $max:literal, $ttl:literal) => {
        /// Made by a macro.
        #[derive(Debug, Session)]
        #[session(idle = $idle, max = $max)]
        pub struct Passed {
            #[session(ttl = $ttl)]
            visits: u32,
        }
    };
}

passed!("05m", "1w", "3d");

fn lifetimes<S: SessionData>() -> (u64, u64) {
    (S::SCHEMA.idle, S::SCHEMA.max)
}

fn main() {
    const DAY: u64 = 24 * 60 * 60;
    assert_eq!(lifetimes::<Unset>(), (14 * DAY, 90 * DAY));
    assert_eq!(lifetimes::<Written<String>>(), (30 * 60, DAY / 2));
    assert_eq!(lifetimes::<Short>(), (2 * DAY, 2 * DAY));
    assert_eq!(lifetimes::<Long>(), (14 * DAY, 53 * 7 * DAY));
    assert_eq!(lifetimes::<Idle>(), (90 * DAY, 90 * DAY));
    assert_eq!(lifetimes::<Passed>(), (5 * 60, 7 * DAY));
    assert_eq!(<Short as SessionData>::SCHEMA.idle, 2 * DAY);

    let fields = Written::<String>::SCHEMA.fields;
    assert_eq!(
        format!("{fields:?}"),
        "[Field(one_time_code), Field(page), Field(visits)]"
    );
    let Written {
        one_time_code,
        page,
        visits,
    } = Written::<String>::default();
    assert_eq!((one_time_code, page, visits), (None, 1, 0));
    assert_eq!(Unset::default().visits + Short::default().visits, 0);
    assert_eq!(Long::default().visits + Idle::default().visits, 0);
    assert_eq!(Passed::default().visits, 0);
}
