//! tower-sessions, with a store of any kind.

include!("tower_sessions.rs");
