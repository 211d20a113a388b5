//! Our cookies in a request's `Cookie` headers, which anybody may have written.
//!
//! The headers are bytes: a name matches exactly, without Unicode, percent-decoding or quotes, so
//! that nothing which only looks like our cookie is taken for it, and a neighbour that is not
//! ASCII does not hide ours.

use std::ops::Deref;

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

use crate::part::{Part, Parts};

/// More cookies of one name than this are not looked at, so that a request cannot buy an unbounded
/// number of decryptions.
const MAX_CANDIDATES: usize = 4;

/// The values of our cookie, in the order of the headers. Mostly there is one.
#[derive(Default)]
pub(crate) struct Candidates<'a> {
    first: Option<&'a [u8]>,
    others: Vec<&'a [u8]>,
    /// The number of further cookies of this name, which are not looked at.
    pub(crate) ignored: usize,
}

impl<'a> Candidates<'a> {
    pub(crate) fn values(&self) -> impl Iterator<Item = &'a [u8]> {
        self.first.into_iter().chain(self.others.iter().copied())
    }

    fn add(&mut self, value: &'a [u8]) {
        if self.first.is_none() {
            self.first = Some(value);
        } else if 1 + self.others.len() < MAX_CANDIDATES {
            self.others.push(value);
        } else {
            self.ignored += 1;
        }
    }
}

/// The `Cookie` headers of a request. Over HTTP/1 there is one, and over HTTP/2 there may be more.
#[derive(PartialEq)]
pub(crate) enum Lines {
    /// One or none, which needs no memory of its own.
    One(Option<HeaderValue>),
    Many(Vec<HeaderValue>),
}

impl Lines {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut lines = headers.get_all(COOKIE).into_iter();
        match (lines.next(), lines.next()) {
            (first, None) => Self::One(first.cloned()),
            _ => Self::Many(headers.get_all(COOKIE).into_iter().cloned().collect()),
        }
    }
}

impl Deref for Lines {
    type Target = [HeaderValue];

    fn deref(&self) -> &[HeaderValue] {
        match self {
            Self::One(line) => line.as_slice(),
            Self::Many(lines) => lines,
        }
    }
}

/// Finds every cookie with exactly the name of a part of the session `name`.
pub(crate) fn candidates<'a>(lines: &'a [HeaderValue], name: &str) -> Parts<Candidates<'a>> {
    let mut candidates = Parts::<Candidates<'_>>::default();
    let pairs = lines.iter().flat_map(|line| pairs(line.as_bytes()));
    for (part, value) in pairs.filter_map(|pair| value_of(pair, name)) {
        candidates.get_or_default(part).add(value);
    }
    candidates
}

/// The cookies of a line, each with its name.
fn pairs(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let pairs = rest?;
        let split = memchr::memchr(b';', pairs).and_then(|at| pairs.split_at_checked(at));
        let (pair, behind) = split.unwrap_or((pairs, b""));
        // Without its semicolon.
        rest = behind.get(1..);
        Some(pair)
    })
}

/// The parts of the session `name` that have a cookie among `lines`.
pub(crate) fn parts_among(lines: &[HeaderValue], name: &str) -> Vec<Part> {
    let candidates = candidates(lines, name);
    let is_there = |part: &Part| {
        let found = candidates.get(*part);
        found.is_some_and(|found| found.first.is_some())
    };
    Part::ALL.into_iter().filter(is_there).collect()
}

/// The part of the session `name` that `pair` is a cookie of, and what stands behind its `=`.
pub(crate) fn value_of<'a>(pair: &'a [u8], name: &str) -> Option<(Part, &'a [u8])> {
    let rest = trim(pair).strip_prefix(name.as_bytes())?;
    Part::ALL.into_iter().find_map(|part| {
        let value = rest.strip_prefix(part.suffix().as_bytes())?;
        Some((part, value.strip_prefix(b"=")?))
    })
}

/// Spaces and tabs only: `trim_ascii` would also take line feeds and form feeds, which no cookie
/// syntax allows around a name.
fn trim(mut pair: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = pair {
        pair = rest;
    }
    pair
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(lines: &[&'static [u8]]) -> (Vec<&'static [u8]>, usize) {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(COOKIE, HeaderValue::from_bytes(line).unwrap());
        }
        let lines: &'static Lines = Box::leak(Box::new(Lines::of(&headers)));
        let candidates = candidates(lines, "__Host-shop").main;
        (candidates.values().collect(), candidates.ignored)
    }

    #[test]
    fn only_the_exact_name_matches() {
        let lookalikes: [&[u8]; 12] = [
            b"__HOST-shop=1",
            b"__host-shop=1",
            b"__Host-Shop=1",
            b"__Host-shop2=1",
            b"x__Host-shop=1",
            b"__Host-shop =1",
            b"__Host-shop",
            b"=__Host-shop=1",
            b"%5F_Host-shop=1",
            b"\"__Host-shop\"=1",
            "\u{2000}__Host-shop=1".as_bytes(),
            "\u{a0}__Host-shop=1".as_bytes(),
        ];
        for line in lookalikes {
            assert_eq!(values(&[line]), (vec![], 0), "{}", line.escape_ascii());
        }
    }

    #[test]
    fn neighbours_do_not_hide_it() {
        for line in [
            b"__Host-shop=v".as_slice(),
            b"a=1; __Host-shop=v; b=2",
            b"a=1;__Host-shop=v;",
            b"\xff\xfe=\xfd; __Host-shop=v",
            b"name=\xc3\xa9t\xc3\xa9; __Host-shop=v",
            b"$Version=1; __Host-shop=v; $Path=/",
            b"; ;=;;\t__Host-shop=v \t;",
            b"quoted=\"a; __Host-shop=v",
        ] {
            assert_eq!(
                values(&[line]),
                (vec![b"v".as_slice()], 0),
                "{}",
                line.escape_ascii()
            );
        }
    }

    #[test]
    fn a_value_is_taken_as_it_stands() {
        assert_eq!(values(&[b"__Host-shop="]).0, [b""]);
        assert_eq!(values(&[b"__Host-shop=a=b"]).0, [b"a=b"]);
        assert_eq!(values(&[b"__Host-shop=\"v\""]).0, [b"\"v\""]);
    }

    #[test]
    fn each_part_has_its_own() {
        let line = "__Host-shop.flash=3; __Host-shop=1; __Host-shop.flash=4; __Host-shop.x=5";
        let lines = [HeaderValue::from_static(line)];
        let candidates = candidates(&lines, "__Host-shop");
        assert!(candidates.main.values().eq([b"1"]));
        assert!(candidates.flash.unwrap().values().eq([b"3", b"4"]));
        assert!(candidates.browser.is_none());
    }

    #[test]
    fn four_are_kept_in_the_order_of_the_lines_and_the_rest_is_counted() {
        let lines: &[&[u8]] = &[
            b"__Host-shop=1; __Host-shop=2",
            b"x=y",
            b"__Host-shop=3; __Host-shop=4; __Host-shop=5",
        ];
        let expected: [&[u8]; 4] = [b"1", b"2", b"3", b"4"];
        assert_eq!(values(lines), (expected.to_vec(), 1));
    }
}
