//! What the literals in options must look like.

pub(crate) mod cookie_name;
pub(crate) mod duration;
