//! What every bench shares.
//!
//! A [`Candidate`] is a router with sessions. It becomes a player by [proving](Contents) that it keeps them, and by
//! opening some. Players take [turns](play) in shuffled order, and a [`Table`] compares them. Candidates that cannot
//! be linked into one program play in a [program of their own](remote), and take turns all the same.

mod candidate;
pub mod client;
mod direct;
mod exchange;
mod growth;
mod payload;
mod player;
mod proof;
pub mod remote;
mod scenario;
mod table;
mod turns;

pub use self::candidate::{Candidate, Keeps};
pub use self::direct::Direct;
pub use self::exchange::{Answer, send};
pub use self::growth::Growth;
pub use self::payload::{Fields1, Fields4, Fields10, Fields16, Fields64, Fields100, Fields1000};
pub use self::payload::{Large, Line, Note, Payload, Small, Standard, Theme};
pub use self::player::{CookieSize, Cost, Local, Player};
pub use self::proof::{Contents, prove};
pub use self::scenario::Scenario;
pub use self::table::{Table, header};
pub use self::turns::{Effort, play};
