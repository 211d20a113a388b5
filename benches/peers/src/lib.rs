//! The floor, and the libraries that an application would use in our place.

mod axum_sessions;
mod floor;
mod private_jar;
mod seshcookies;
mod tower;

pub use self::axum_sessions::axum_session;
pub use self::floor::{floor, floor_value};
pub use self::private_jar::{Format, Json, Postcard, jar_value, private_jar};
pub use self::seshcookies::{seshcookie, seshcookie_rotated};
pub use self::tower::tower_sessions;
pub use ::tower_sessions::MemoryStore;
