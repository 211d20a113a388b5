mod corpus;
mod tamper;
pub(crate) mod vectors;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::cell::Cell;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::keys::{Key, Keyring};
use crate::record::{Record, Records, Tag};
use crate::time::Timestamp;

const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn session(bytes: usize) -> Plaintext {
    let mut records = Records::default();
    if bytes > 0 {
        records.set(Record {
            tag: Tag([1, 2, 3]),
            deadline: None,
            value: vec![b'v'; bytes].into(),
        });
    }
    Plaintext {
        flags: Flags::default(),
        created_at: Timestamp::from_seconds(1_800_000_000),
        renewed_at: Timestamp::from_seconds(1_800_000_060),
        login: None,
        written_at: None,
        records,
    }
}

fn keys() -> PartKeys {
    derive(&Keyring::ephemeral(), "__Host-shop", "main")
}

fn derive(ring: &Keyring, cookie_name: &str, part: &'static str) -> PartKeys {
    let derived = ring.derive(cookie_name, part);
    let keys = derived.load();
    drop(derived);
    Arc::into_inner(keys).unwrap()
}

fn seal(keys: &PartKeys, nonce: &Nonce, plaintext: &Plaintext) -> String {
    super::seal(keys, Timestamp::from_seconds(0), nonce, plaintext).to_text()
}

fn open(keys: &PartKeys, text: &[u8]) -> Result<Plaintext, OpenError> {
    super::open(keys, text).map(|opened| opened.plaintext)
}

/// Counts what it is asked to open.
#[derive(Default)]
struct Counting {
    opened: Cell<usize>,
}

impl Engine for Counting {
    fn seal(&self, _: &[u8; 32], _: &Nonce, _: &[u8], _: &mut [u8]) -> [u8; TAG_BYTES] {
        unreachable!("the tests of opening seal with the real engine")
    }

    fn open(
        &self,
        key: &[u8; 32],
        nonce: &Nonce,
        associated: &[u8],
        message: &mut [u8],
        tag: &[u8; TAG_BYTES],
    ) -> bool {
        self.opened.set(self.opened.get() + 1);
        XChaCha20Poly1305.open(key, nonce, associated, message, tag)
    }
}

#[test]
fn what_is_sealed_opens() {
    let keys = keys();
    for bytes in [0, 1, 2, 3, 54, 63, 64, 3000] {
        let sealed = seal(&keys, &[7; 24], &session(bytes));
        assert_eq!(open(&keys, sealed.as_bytes()), Ok(session(bytes)));
        let Plaintext { records, .. } = session(bytes);
        assert_eq!(sealed.len(), Plaintext::sealed_len_of(&records, None, None));
    }
}

#[test]
fn a_token_has_forty_five_bytes_of_overhead() {
    let mut plaintext = Vec::new();
    session(54).write(&mut plaintext);
    let sealed = seal(&keys(), &[7; 24], &session(54));
    let bytes = URL_SAFE_NO_PAD.decode(&sealed).unwrap();
    assert_eq!(bytes.len(), plaintext.len() + 45);
    assert_eq!(bytes[0], 1);
    assert_eq!(bytes[5..29], [7; 24]);
}

/// Key, nonce and contents are fixed; the token was computed from the RFCs in Python.
#[test]
fn a_token_is_the_one_in_the_format() {
    let root = std::array::from_fn(|at| u8::try_from(at).unwrap());
    let keys = derive(
        &Keyring::new([Key::unchecked(root)]).unwrap(),
        "__Host-shop",
        "main",
    );
    assert_eq!(
        seal(&keys, &[7; 24], &session(3)),
        "AS9WUn0HBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwf-y6ZxA56Lz0v174N21XOqqTApTqU99OjciJIM06sgFXvl"
    );
}

#[test]
fn every_substitution_of_a_character_is_refused() {
    let keys = keys();
    let mut tried = 0;
    for bytes in [0, 20, 21] {
        let sealed = seal(&keys, &[7; 24], &session(bytes)).into_bytes();
        for at in 0..sealed.len() {
            for other in ALPHABET.iter().filter(|other| **other != sealed[at]) {
                let mut altered = sealed.clone();
                altered[at] = *other;
                assert!(open(&keys, &altered).is_err(), "{bytes} bytes, at {at}");
                tried += 1;
            }
        }
        assert!(open(&keys, &sealed).is_ok());
    }
    assert!(tried > 10_000);
}

#[test]
fn every_truncation_and_extension_is_refused() {
    let keys = keys();
    for bytes in [0, 20, 300] {
        let sealed = seal(&keys, &[7; 24], &session(bytes)).into_bytes();
        for end in 0..sealed.len() {
            assert!(open(&keys, &sealed[..end]).is_err(), "cut at {end}");
        }
        for start in 1..sealed.len() {
            assert!(open(&keys, &sealed[start..]).is_err(), "cut before {start}");
        }
        for extra in ALPHABET.iter().chain(b"=. \n%\"") {
            let extended = [&sealed[..], &[*extra]].concat();
            assert!(open(&keys, &extended).is_err(), "with {extra}");
        }
    }
}

/// The place where a token may be opened: the full cookie name, the part, and the number of the key.
type Home = (&'static str, &'static str, usize);

/// Names that differ by a prefix, a suffix or a letter, and what would run into the part if nothing
/// said where a name ends.
const NAMES: [&str; 10] = [
    "__Host-shop",
    "__Host-shop.browser",
    "__Host-shop.flash",
    "__Secure-shop",
    "__Secure-shop.flash",
    "shop",
    "shop.flash",
    "__Host-shop2",
    "__Host-sho",
    "__Host-shopmain",
];
const PARTS: [&str; 6] = ["main", "browser", "flash", "", "2main", ".flash"];

fn homes(rings: &[Keyring]) -> Vec<(Home, PartKeys)> {
    let mut homes = Vec::new();
    for (key, ring) in rings.iter().enumerate() {
        for name in NAMES {
            homes.extend(PARTS.map(|part| ((name, part, key), derive(ring, name, part))));
        }
    }
    homes
}

#[test]
fn a_token_opens_under_its_own_name_part_and_key_only() {
    let homes = homes(&[(); 3].map(|()| Keyring::ephemeral()));
    assert_eq!(homes.len(), 180);
    for (home, keys) in &homes {
        let token = seal(keys, &[7; 24], &session(9));
        for (place, keys) in &homes {
            let expected = if place == home {
                Ok(session(9))
            } else if place.2 == home.2 {
                Err(OpenError::Forged)
            } else {
                Err(OpenError::UnknownKey)
            };
            let opened = open(keys, token.as_bytes());
            assert_eq!(opened, expected, "{home:?} in {place:?}");
        }
    }
}

/// The key id is found everywhere, so that the name and the part alone keep a token out.
#[test]
fn in_a_ring_of_all_keys_a_token_opens_under_its_own_name_and_part_only() {
    let keys = [(); 3].map(|()| Key::generate());
    let ring = Keyring::new(keys.clone()).unwrap();
    let places = homes(&[ring]);
    let rings = keys.map(|key| Keyring::new([key]).unwrap());
    for ((name, part, key), keys) in homes(&rings) {
        let token = seal(&keys, &[7; 24], &session(9));
        for (place, keys) in &places {
            let is_home = (place.0, place.1) == (name, part);
            let expected = is_home.then(|| session(9)).ok_or(OpenError::Forged);
            let opened = open(keys, token.as_bytes());
            assert_eq!(opened, expected, "{name} {part} {key} in {place:?}");
        }
    }
}

#[test]
fn one_attempt_per_token_however_many_keys() {
    let keys: Vec<_> = (0..8).map(|_| Key::generate()).collect();
    let last = derive(
        &Keyring::new([keys[7].clone()]).unwrap(),
        "__Host-shop",
        "main",
    );
    let ring = derive(&Keyring::new(keys).unwrap(), "__Host-shop", "main");
    let count = |token: &[u8]| {
        let engine = Counting::default();
        let result = open_with(&engine, &ring, token).map(|_| ());
        (result, engine.opened.get())
    };

    let token = seal(&last, &[7; 24], &session(9)).into_bytes();
    assert_eq!(count(&token), (Ok(()), 1));

    let mut forged = token.clone();
    forged[60] = if forged[60] == b'A' { b'B' } else { b'A' };
    assert_eq!(count(&forged), (Err(OpenError::Forged), 1));

    let stranger = seal(&self::keys(), &[7; 24], &session(9));
    let unknown = Err(OpenError::UnknownKey);
    assert_eq!(count(stranger.as_bytes()), (unknown, 0));
}

#[test]
fn each_refusal_has_its_reason() {
    let keys = keys();
    let sealed = seal(&keys, &[7; 24], &session(9)).into_bytes();
    let mut version_two = sealed.clone();
    version_two[1] = b'g';
    let cases: [(&[u8], OpenError); 8] = [
        (b"", OpenError::Length),
        (&sealed[..40], OpenError::Length),
        (&[b'A'; 4097], OpenError::Length),
        (&[b'A'; 4096], OpenError::Version),
        (b"A\xff\xfe", OpenError::Alphabet),
        (b"\"AAAA\"", OpenError::Alphabet),
        (&[b'A'; 80], OpenError::Version),
        (&version_two, OpenError::Version),
    ];
    for (token, error) in cases {
        assert_eq!(open(&keys, token), Err(error), "{}", token.escape_ascii());
    }
}

#[test]
fn an_authentic_token_with_other_bytes_inside_is_malformed() {
    let keys = keys();
    let mut plaintext = Vec::new();
    session(3).write(&mut plaintext);
    let mut flagged = plaintext.clone();
    flagged[0] = 0x04;
    for bytes in [
        &b""[..],
        b"\0",
        &plaintext[..10],
        &plaintext[..12],
        &flagged,
    ] {
        let token = seal_bytes(&keys, bytes);
        let opened = open(&keys, token.as_bytes());
        assert_eq!(opened, Err(OpenError::Malformed), "{bytes:?}");
    }
    assert!(open(&keys, seal_bytes(&keys, &plaintext).as_bytes()).is_ok());
}

/// Seals what no session writes.
fn seal_bytes(keys: &PartKeys, plaintext: &[u8]) -> String {
    let key = keys.sealing(Timestamp::from_seconds(0));
    let header = header(key.id);
    let mut message = plaintext.to_vec();
    let tag = XChaCha20Poly1305.seal(&key.secret, &[7; 24], &header, &mut message);
    URL_SAFE_NO_PAD.encode([&header[..], &[7; 24], &message, &tag].concat())
}

#[test]
fn debug_shows_sizes_only() {
    let debug = format!("{:?}", session(20));
    assert!(debug.contains("010203 (20 bytes)"), "{debug}");
    assert!(!debug.contains("vvv") && !debug.contains("118"), "{debug}");
}

proptest! {
    #[test]
    fn no_text_panics_or_opens(text in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(open(&keys(), &text).is_err());
    }
}
