//! The floor, and the libraries that an application would use in our place.

mod axum_sessions;
mod floor;
mod private_jar;
mod seshcookies;
mod tower;

pub use self::axum_sessions::axum_session;
pub use self::floor::{Floor, floor};
pub use self::private_jar::{Format, Json, Postcard, private_jar};
pub use self::seshcookies::seshcookie;
pub use self::tower::tower_sessions;
