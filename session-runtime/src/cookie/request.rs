//! Our cookies in a request's `Cookie` headers, which anybody may have written.
//!
//! The headers are bytes: a name matches exactly, without Unicode, percent-decoding or quotes, so
//! that nothing which only looks like our cookie is taken for it, and a neighbour that is not
//! ASCII does not hide ours.

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

use crate::part::{Part, Parts};

/// More cookies of one name than this are not looked at, so that a request cannot buy an unbounded
/// number of decryptions.
const MAX_CANDIDATES: usize = 4;

/// The values of our cookie, in the order of the headers.
#[derive(Default)]
pub(crate) struct Candidates<'a> {
    pub(crate) values: Vec<&'a [u8]>,
    /// The number of further cookies of this name, which are not looked at.
    pub(crate) ignored: usize,
}

/// The `Cookie` headers of a request.
pub(crate) fn lines(headers: &HeaderMap) -> Vec<HeaderValue> {
    headers.get_all(COOKIE).into_iter().cloned().collect()
}

/// Finds every cookie with exactly the name of a part of the session `name`.
pub(crate) fn candidates<'a>(lines: &'a [HeaderValue], name: &str) -> Parts<Candidates<'a>> {
    let mut candidates = Parts::<Candidates<'_>>::default();
    let lines = lines.iter();
    let pairs = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
    for (part, value) in pairs.filter_map(|pair| value_of(pair, name)) {
        let candidates = candidates.get_or_default(part);
        if candidates.values.len() < MAX_CANDIDATES {
            candidates.values.push(value);
        } else {
            candidates.ignored += 1;
        }
    }
    candidates
}

/// The parts of the session `name` that have a cookie among `lines`.
pub(crate) fn parts_among(lines: &[HeaderValue], name: &str) -> Vec<Part> {
    let candidates = candidates(lines, name);
    let is_there = |part: &Part| {
        let found = candidates.get(*part);
        found.is_some_and(|found| !found.values.is_empty())
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
        let lines = super::lines(&headers).leak();
        let candidates = candidates(lines, "__Host-shop").main;
        (candidates.values, candidates.ignored)
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
        assert_eq!(candidates.main.values, [b"1"]);
        assert_eq!(candidates.flash.unwrap().values, [b"3", b"4"]);
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
