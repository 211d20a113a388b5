//! Our cookies in the headers: read from requests, and written to responses.

mod request;
mod spec;

pub(crate) use self::request::{Candidates, candidates, lines, parts_among, value_of};
pub(crate) use self::spec::CookieSpec;
pub use self::spec::SameSite;

/// What browsers keep of one cookie, name and value together. Chromium drops a longer one without
/// a word. All parts of a session share it, so that they pass the header limits of proxies.
pub(crate) const MAX_BYTES: usize = 4096;

/// From here on the log says which fields are the largest.
pub(crate) const WARN_BYTES: usize = 3072;
