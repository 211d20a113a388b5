//! The `PrivateCookieJar` of axum-extra, whose value an application encodes itself.

use axum::Router;
use axum::routing::get;
use axum_extra::extract::PrivateCookieJar;
use axum_extra::extract::cookie::{Cookie, Key, SameSite};
use cookie::CookieJar;
use harness::{Candidate, Direct, Keeps, Payload};

const NAME: &str = "__Host-session";

/// What an application puts into the jar.
pub trait Format: 'static {
    fn write<T: Payload>(payload: &T) -> String;
    fn read<T: Payload>(text: &str) -> Option<T>;
}

pub enum Json {}

impl Format for Json {
    fn write<T: Payload>(payload: &T) -> String {
        serde_json::to_string(payload).expect("a payload")
    }

    fn read<T: Payload>(text: &str) -> Option<T> {
        serde_json::from_str(text).ok()
    }
}

/// A value must be text, so the bytes are in base64 within the jar's own.
pub enum Postcard {}

impl Format for Postcard {
    fn write<T: Payload>(payload: &T) -> String {
        let bytes = postcard::to_allocvec(payload).expect("a payload");
        base64_simd::URL_SAFE_NO_PAD.encode_to_string(bytes)
    }

    fn read<T: Payload>(text: &str) -> Option<T> {
        let bytes = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(text).ok()?;
        postcard::from_bytes(&bytes).ok()
    }
}

pub fn private_jar<F: Format, T: Payload>(name: &str, size: usize) -> Candidate {
    let begin = async move |jar: PrivateCookieJar| put::<F, T>(jar, &T::begin(size));
    let look = async |jar: PrivateCookieJar| take::<F, T>(&jar).digest();
    let router = Router::new()
        .route("/begin", get(begin))
        .route("/look", get(look))
        .route("/read", get(read::<F, T>))
        .route("/write", get(write::<F, T>))
        .route("/untouched", get(async || 1.to_string()))
        .with_state(Key::generate());
    Candidate {
        name: name.to_owned(),
        keeps: Keeps::InCookie,
        also_sets: &[],
        router,
    }
}

async fn read<F: Format, T: Payload>(jar: PrivateCookieJar) -> String {
    take::<F, T>(&jar).visits().to_string()
}

async fn write<F: Format, T: Payload>(jar: PrivateCookieJar) -> (PrivateCookieJar, String) {
    let mut payload = take::<F, T>(&jar);
    payload.visit();
    (put::<F, T>(jar, &payload), payload.visits().to_string())
}

/// The jar of the crate `cookie` without requests.
pub fn jar_value<F: Format, T: Payload>(name: &str) -> Direct {
    let key = Key::generate();
    let opening = key.clone();
    let seal = move |payload: &T| {
        let mut jar = CookieJar::new();
        jar.private_mut(&key).add((NAME, F::write(payload)));
        jar.get(NAME).expect("it was added").value().to_owned()
    };
    let open = move |value: &str| {
        let cookie = Cookie::new(NAME, value.to_owned());
        let cookie = CookieJar::new().private(&opening).decrypt(cookie)?;
        F::read(cookie.value())
    };
    Direct::new(name, seal, open)
}

fn take<F: Format, T: Payload>(jar: &PrivateCookieJar) -> T {
    let cookie = jar.get(NAME);
    let payload = cookie.and_then(|cookie| F::read(cookie.value()));
    payload.unwrap_or_default()
}

fn put<F: Format, T: Payload>(jar: PrivateCookieJar, payload: &T) -> PrivateCookieJar {
    let cookie = Cookie::build((NAME, F::write(payload)));
    let cookie = cookie.path("/").secure(true).http_only(true);
    jar.add(cookie.same_site(SameSite::Lax))
}
