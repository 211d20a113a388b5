//! What every bench shares.
//!
//! A [`Candidate`] is a router with sessions. It becomes a [`Player`] by opening its sessions, and by proving that
//! it keeps them. Players take [turns](play) in shuffled order, and a [`Table`] compares them. Candidates that cannot
//! be linked into one program play in a [program of their own](remote), and take turns all the same.

mod candidate;
mod payload;
mod player;
pub mod remote;
mod table;
mod turns;

pub use self::candidate::{Candidate, Keeps};
pub use self::payload::{Counters, Line, Note, Payload, Standard, Theme};
pub use self::player::{Cost, Local, Player, Scenario};
pub use self::table::Table;
pub use self::turns::{Effort, play};
