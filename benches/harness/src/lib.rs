//! What every bench shares.
//!
//! A [`Candidate`] is a router with sessions. It becomes a player by [proving](Contents) that it keeps them, and by
//! opening some. Players take [turns](play) in shuffled order, and a [`Table`] compares them. Candidates that cannot
//! be linked into one program play in a [program of their own](remote), and take turns all the same.

mod candidate;
mod exchange;
mod payload;
mod player;
mod proof;
pub mod remote;
mod scenario;
mod table;
mod turns;

pub use self::candidate::{Candidate, Keeps, Sends};
pub use self::payload::{Counters, Large, Line, Note, Payload, Small, Standard, Theme, USER};
pub use self::player::{CookieSize, Cost, Local, Player};
pub use self::proof::Contents;
pub use self::scenario::Scenario;
pub use self::table::Table;
pub use self::turns::{Effort, play};
