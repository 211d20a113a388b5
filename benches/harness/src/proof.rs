//! The proof that a candidate does what it is measured for.

use axum::Router;
use axum::http::{HeaderValue, StatusCode};

use crate::exchange::{Answer, send};
use crate::{Candidate, Keeps, Payload, Scenario};

/// The contents of a session at its beginning and after some visits, as `/look` must show them.
#[derive(Clone)]
pub struct Contents(Vec<String>);

impl Contents {
    pub fn of<T: Payload>(size: usize) -> Self {
        let mut payload = T::begin(size);
        let visits = (0..4).map(|_| {
            let digest = payload.digest();
            payload.visit();
            digest
        });
        Self(visits.collect())
    }
}

/// Begins a session, reads and writes it, and looks at all of it each time.
///
/// # Panics
///
/// When the candidate loses or changes something, accepts a forged cookie, or sets a cookie when it should not.
pub async fn prove(candidate: &Candidate, contents: &Contents) {
    let mut router = candidate.router.clone();
    if candidate.keeps == Keeps::Nothing {
        for scenario in Scenario::ALL {
            send(&mut router, scenario.path(), None).await;
        }
        return;
    }
    let name = &candidate.name;
    let mut cookie = begin(&mut router).await;
    for (visit, contents) in contents.0.iter().enumerate() {
        if visit > 0 {
            cookie = write(&mut router, &cookie, visit + 1, candidate).await;
        }
        let looked = send(&mut router, "/look", Some(&cookie)).await;
        assert_eq!(looked.body, *contents, "{name} keeps everything");
        let read = send(&mut router, "/read", Some(&cookie)).await;
        assert_eq!(read.body, (visit + 1).to_string(), "{name} reads");
        sets_as_it_says(candidate, Scenario::Read, visit, &read);
        let untouched = send(&mut router, "/untouched", Some(&cookie)).await;
        sets_as_it_says(candidate, Scenario::Untouched, visit, &untouched);
    }
    let visitor = send(&mut router, "/untouched", None).await;
    sets_as_it_says(candidate, Scenario::NoCookie, 0, &visitor);
    let forged = send(&mut router, "/read", Some(&forge(&cookie))).await;
    let is_refused = forged.body == "0" || forged.status == StatusCode::UNAUTHORIZED;
    assert!(is_refused, "{name} refuses a forged cookie");
}

/// Counts a visit, and returns the cookie that has it.
async fn write(
    router: &mut Router,
    cookie: &HeaderValue,
    visits: usize,
    candidate: &Candidate,
) -> HeaderValue {
    let written = send(router, "/write", Some(cookie)).await;
    let name = &candidate.name;
    assert_eq!(written.body, visits.to_string(), "{name} writes");
    match candidate.keeps {
        Keeps::InCookie => written.cookies().expect("a cookie with the change"),
        // Whether the cookie is the same or a new one, the change is in the store.
        Keeps::OnServer | Keeps::Nothing => cookie.clone(),
    }
}

/// A cookie that was written just now needs not be set again, so what a candidate also sets is asked of the first.
fn sets_as_it_says(candidate: &Candidate, scenario: Scenario, visit: usize, answer: &Answer) {
    let (sets, may_set) = (
        !answer.set.is_empty(),
        candidate.also_sets.contains(&scenario),
    );
    let is_right = if visit == 0 {
        sets == may_set
    } else {
        may_set || !sets
    };
    let name = &candidate.name;
    assert!(
        is_right,
        "{name} says whether it sets a cookie, {scenario:?}"
    );
}

/// The cookie with another character in the middle of its first value.
pub fn forge(cookie: &HeaderValue) -> HeaderValue {
    let mut bytes = cookie.as_bytes().to_vec();
    let begin = bytes.iter().position(|byte| *byte == b'=');
    let begin = begin.expect("a value") + 1;
    let end = bytes.iter().position(|byte| *byte == b';');
    let middle = usize::midpoint(begin, end.unwrap_or(bytes.len()));
    bytes[middle] = if bytes[middle] == b'A' { b'B' } else { b'A' };
    HeaderValue::from_bytes(&bytes).expect("a cookie")
}

/// Opens the sessions of so many visitors, in an order that is not that of their beginning.
pub async fn begin_all(router: &mut Router, visitors: usize) -> Vec<HeaderValue> {
    let mut cookies = Vec::with_capacity(visitors);
    for _ in 0..visitors {
        cookies.push(begin(router).await);
    }
    // The next visitor is not the one whose session lies beside it.
    fastrand::shuffle(&mut cookies);
    cookies
}

async fn begin(router: &mut Router) -> HeaderValue {
    let begun = send(router, "/begin", None).await;
    begun.cookies().expect("a cookie for a new session")
}
