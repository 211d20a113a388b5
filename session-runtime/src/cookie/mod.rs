//! Our cookies in the headers: read from requests, and written to responses.

mod line;
mod request;
mod spec;

pub(crate) use self::line::CookieLines;
pub(crate) use self::request::{Candidates, Lines, candidates, parts_among, value_of};
pub(crate) use self::spec::CookieSpec;
pub use self::spec::SameSite;

/// The number of bytes that browsers keep of one cookie, its name and value together. Chromium
/// drops a longer cookie without a word. All parts of a session share the limit, so that together
/// they pass the header limits of proxies.
pub(crate) const MAX_BYTES: usize = 4096;

/// From here on the log says which fields are the largest.
pub(crate) const WARN_BYTES: usize = 3072;
