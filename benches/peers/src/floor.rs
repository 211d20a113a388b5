//! The floor: what a careful person would write by hand for one session type, with nothing but the necessary.
//!
//! Positional bytes are sealed with XChaCha20-Poly1305 (HChaCha20 and ring) under a nonce of the operating system,
//! bound to the cookie's name. The extractor opens, and the response seals again if the bytes are other ones. There are
//! no lifetimes, no second key, no limit, no events, and an added field makes every older cookie unreadable.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponseParts, ResponseParts};
use axum::routing::get;
use base64_simd::URL_SAFE_NO_PAD;
use harness::{Candidate, Direct, Keeps, Payload};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};

const NAME: &str = "__Host-session";
const ATTRIBUTES: &str = "; Path=/; Secure; HttpOnly; SameSite=Lax";
const NONCE: usize = 24;
const TAG: usize = 16;

/// The key, which seals and opens the value of a cookie.
struct Floor {
    key: chacha20::Key,
}

impl Default for Floor {
    fn default() -> Self {
        let mut key = chacha20::Key::default();
        getrandom::fill(&mut key).expect("randomness");
        Self { key }
    }
}

impl Floor {
    /// Appends the sealed value.
    fn seal(&self, plain: &[u8], text: &mut String) {
        let mut token = Vec::with_capacity(NONCE + plain.len() + TAG);
        token.resize(NONCE, 0);
        getrandom::fill(&mut token).expect("randomness");
        let (key, nonce) = self.message_key(&token);
        token.extend_from_slice(plain);
        let name = Aad::from(NAME);
        let (_, message) = token.split_at_mut(NONCE);
        let tag = key.seal_in_place_separate_tag(nonce, name, message);
        token.extend_from_slice(tag.expect("a short message").as_ref());
        URL_SAFE_NO_PAD.encode_append(&token, text);
    }

    fn open(&self, value: &[u8]) -> Option<Vec<u8>> {
        let mut token = URL_SAFE_NO_PAD.decode_to_vec(value).ok()?;
        if token.len() < NONCE + TAG {
            return None;
        }
        let (key, nonce) = self.message_key(&token);
        let plain = key.open_within(nonce, Aad::from(NAME), &mut token, NONCE..);
        let len = plain.ok()?.len();
        token.truncate(len);
        Some(token)
    }

    /// The key and the nonce of one message, as XChaCha20 makes them from its longer nonce.
    fn message_key(&self, token: &[u8]) -> (LessSafeKey, Nonce) {
        let mut input = chacha20::cipher::Array::default();
        input.copy_from_slice(&token[..16]);
        let subkey = chacha20::hchacha::<chacha20::R20>(&self.key, &input);
        let key = UnboundKey::new(&CHACHA20_POLY1305, &subkey).expect("32 bytes");
        let mut nonce = [0; 12];
        nonce[4..].copy_from_slice(&token[16..NONCE]);
        (LessSafeKey::new(key), Nonce::assume_unique_for_key(nonce))
    }
}

/// A session that was read. A handler returns it, and the response carries what changed.
struct Session<T> {
    floor: Arc<Floor>,
    opened: Vec<u8>,
    data: T,
}

impl<T: Payload> FromRequestParts<Arc<Floor>> for Session<T> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, floor: &Arc<Floor>) -> Result<Self, Infallible> {
        let opened = find(&parts.headers).and_then(|value| floor.open(value));
        let opened = opened.unwrap_or_default();
        let data = postcard::from_bytes(&opened).unwrap_or_default();
        Ok(Self {
            floor: floor.clone(),
            opened,
            data,
        })
    }
}

fn find(headers: &HeaderMap) -> Option<&[u8]> {
    let header = headers.get(COOKIE)?.as_bytes();
    let mut cookies = header.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
    cookies.find_map(|cookie| cookie.strip_prefix(NAME.as_bytes())?.strip_prefix(b"="))
}

impl<T: Payload> IntoResponseParts for Session<T> {
    type Error = Infallible;

    fn into_response_parts(self, mut response: ResponseParts) -> Result<ResponseParts, Infallible> {
        let mut plain = Vec::with_capacity(self.opened.len() + 16);
        plain = postcard::to_extend(&self.data, plain).expect("a payload");
        if plain != self.opened {
            let sealed = (NONCE + plain.len() + TAG).div_ceil(3) * 4;
            let mut line = String::with_capacity(NAME.len() + 1 + sealed + ATTRIBUTES.len());
            line.push_str(NAME);
            line.push('=');
            self.floor.seal(&plain, &mut line);
            line.push_str(ATTRIBUTES);
            let line = HeaderValue::from_maybe_shared(line.into_bytes());
            let line = line.expect("base64");
            response.headers_mut().append(SET_COOKIE, line);
        }
        Ok(response)
    }
}

pub fn floor<T: Payload>(name: &str, size: usize) -> Candidate {
    let router = Router::new()
        .route(
            "/begin",
            get(async move |session| begin::<T>(session, size)),
        )
        .route(
            "/look",
            get(async |session: Session<T>| session.data.digest()),
        )
        .route("/read", get(read::<T>))
        .route("/write", get(write::<T>))
        .route("/untouched", get(async || 1.to_string()))
        .with_state(Arc::new(Floor::default()));
    Candidate {
        name: name.to_owned(),
        keeps: Keeps::InCookie,
        also_sets: &[],
        router,
    }
}

/// The floor without requests.
pub fn floor_value<T: Payload>(name: &str) -> Direct {
    let floor = Arc::new(Floor::default());
    let opening = floor.clone();
    let seal = move |payload: &T| {
        let plain = postcard::to_allocvec(payload).expect("a payload");
        let mut value = String::with_capacity((NONCE + plain.len() + TAG).div_ceil(3) * 4);
        floor.seal(&plain, &mut value);
        value
    };
    let open = move |value: &str| {
        let plain = opening.open(value.as_bytes())?;
        postcard::from_bytes(&plain).ok()
    };
    Direct::new(name, seal, open)
}

fn begin<T: Payload>(mut session: Session<T>, size: usize) -> (Session<T>, ()) {
    session.data = T::begin(size);
    (session, ())
}

async fn read<T: Payload>(session: Session<T>) -> (Session<T>, String) {
    let visits = session.data.visits().to_string();
    (session, visits)
}

async fn write<T: Payload>(mut session: Session<T>) -> (Session<T>, String) {
    session.data.visit();
    let visits = session.data.visits().to_string();
    (session, visits)
}
