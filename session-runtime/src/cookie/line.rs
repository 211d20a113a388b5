//! The `Set-Cookie` lines of one cookie.

use std::io::Write as _;

use http::HeaderValue;

use crate::token::Sealed;

/// Writes the lines that set a cookie and the line that removes it. Both have the same attributes: a browser ignores a
/// removal that has not every attribute of the cookie.
///
/// The attributes are those of every response, so they are put together once.
pub(crate) struct CookieLines {
    /// The name, and the `=` behind it.
    pub(super) name: String,
    /// `Path`, and `Domain` if there is one.
    pub(super) scope: String,
    /// `HttpOnly` and whatever follows it.
    pub(super) guards: String,
}

/// The number of bytes of `; Max-Age=` and of the longest number behind it.
const MAX_AGE_BYTES: usize = 10 + 20;

impl CookieLines {
    /// A line that gives the browser a token, to be kept for so many seconds, or until it is closed.
    #[expect(clippy::expect_used, reason = "writing to a vector does not fail")]
    pub(crate) fn set(&self, token: &Sealed, seconds: Option<u64>) -> HeaderValue {
        let max_age = seconds.map_or(0, |_| MAX_AGE_BYTES);
        let mut line = self.start(token.len() + max_age);
        token.write(&mut line);
        line.extend_from_slice(self.scope.as_bytes());
        if let Some(seconds) = seconds {
            write!(line, "; Max-Age={seconds}").expect("a vector");
        }
        self.finish(line)
    }

    /// The line that makes the browser forget the cookie.
    pub(crate) fn removal(&self) -> HeaderValue {
        let over = b"; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT";
        let mut line = self.start(over.len());
        line.extend_from_slice(self.scope.as_bytes());
        line.extend_from_slice(over);
        self.finish(line)
    }

    /// A line with room for so much beside the attributes of every line.
    fn start(&self, others: usize) -> Vec<u8> {
        let len = self.name.len() + self.scope.len() + self.guards.len() + others;
        let mut line = Vec::with_capacity(len);
        line.extend_from_slice(self.name.as_bytes());
        line
    }

    #[expect(
        clippy::expect_used,
        reason = "`expect_browsers_accept` lets only visible ASCII into the attributes, the derive \
                  checks the name, and a token is base64url"
    )]
    fn finish(&self, mut line: Vec<u8>) -> HeaderValue {
        line.extend_from_slice(self.guards.as_bytes());
        let mut line = HeaderValue::try_from(line).expect("visible ASCII and spaces");
        // Hides it from the `Debug` of the headers.
        line.set_sensitive(true);
        line
    }
}
