//! The rules for the literals in options.

pub(crate) mod cookie_name;
pub(crate) mod duration;
pub(crate) mod foreign_time;
pub(crate) mod merging;
