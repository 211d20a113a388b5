//! Tampering, exhaustively: nothing that differs from a sealed token in one place opens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::ops::Range;
use std::thread;

use crate::keys::Keyring;
use crate::record::{Record, Records, Tag};
use crate::time::Timestamp;
use crate::token::*;

const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A session without records is sealed from this many bytes.
const EMPTY: usize = 11;
const LENGTHS: Range<usize> = EMPTY..301;

/// A session whose plaintext has this length. None has 12 to 14 bytes or 79: a record takes four
/// bytes and its value, and five from 64 bytes of value on.
fn session_of(length: usize) -> Option<Plaintext> {
    let mut records = Records::default();
    let value = match length.checked_sub(EMPTY)? {
        0 => None,
        rest @ 4..=67 => Some(rest - 4),
        rest @ 69.. => Some(rest - 5),
        _ => return None,
    };
    if let Some(value) = value {
        records.set(Record {
            tag: Tag([1, 2, 3]),
            deadline: None,
            value: vec![0x5a; value].into(),
        });
    }
    let session = Plaintext {
        flags: Flags::default(),
        created_at: Timestamp::from_seconds(1_800_000_000),
        renewed_at: Timestamp::from_seconds(1_800_000_000),
        login: None,
        written_at: None,
        records,
    };
    let mut written = Vec::new();
    session.write(&mut written);
    assert_eq!(written.len(), length);
    Some(session)
}

/// The number of tokens that were tried, and the number of those that opened.
#[derive(Clone, Copy, Default, Debug, PartialEq)]
struct Count {
    tried: usize,
    opened: usize,
}

impl Count {
    fn add(&mut self, keys: &PartKeys, token: &[u8]) {
        self.tried += 1;
        self.opened += usize::from(open(keys, token).is_ok());
    }

    fn plus(self, other: Self) -> Self {
        Self {
            tried: self.tried + other.tried,
            opened: self.opened + other.opened,
        }
    }
}

fn sealed(keys: &PartKeys, session: &Plaintext) -> String {
    let token = seal(keys, Timestamp::from_seconds(0), &[7; 24], session).to_text();
    assert!(open(keys, token.as_bytes()).is_ok());
    token
}

fn flip_every_bit(keys: &PartKeys, session: &Plaintext) -> Count {
    let mut count = Count::default();
    let mut token = URL_SAFE_NO_PAD.decode(sealed(keys, session)).unwrap();
    for bit in 0..8 * token.len() {
        token[bit / 8] ^= 1 << (bit % 8);
        count.add(keys, URL_SAFE_NO_PAD.encode(&token).as_bytes());
        token[bit / 8] ^= 1 << (bit % 8);
    }
    count
}

fn replace_every_character(keys: &PartKeys, session: &Plaintext) -> Count {
    let mut count = Count::default();
    let mut token = sealed(keys, session).into_bytes();
    for at in 0..token.len() {
        let original = token[at];
        for other in ALPHABET.iter().filter(|other| **other != original) {
            token[at] = *other;
            count.add(keys, &token);
        }
        token[at] = original;
    }
    count
}

/// Flips every bit together with every other one.
fn flip_every_pair_of_bits(keys: &PartKeys, session: &Plaintext) -> Count {
    let mut count = Count::default();
    let mut token = URL_SAFE_NO_PAD.decode(sealed(keys, session)).unwrap();
    let flip = |token: &mut [u8], bit: usize| token[bit / 8] ^= 1 << (bit % 8);
    for first in 0..8 * token.len() {
        flip(&mut token, first);
        for second in 0..first {
            flip(&mut token, second);
            count.add(keys, URL_SAFE_NO_PAD.encode(&token).as_bytes());
            flip(&mut token, second);
        }
        flip(&mut token, first);
    }
    count
}

/// Two threads share the sessions.
fn over(sessions: &[Plaintext], tamper: fn(&PartKeys, &Plaintext) -> Count) -> Count {
    let derived = Keyring::ephemeral().derive("__Host-shop", "main");
    let keys = derived.load();
    let every_second = |first| {
        let sessions = sessions.iter().skip(first).step_by(2);
        let counts = sessions.map(|session| tamper(&keys, session));
        counts.fold(Count::default(), Count::plus)
    };
    thread::scope(|scope| {
        let even = scope.spawn(|| every_second(0));
        let odd = every_second(1);
        even.join().unwrap().plus(odd)
    })
}

#[test]
#[expect(clippy::print_stdout, reason = "the count is asked for")]
fn every_bit_and_every_character_of_a_token_counts() {
    let sessions: Vec<_> = LENGTHS.filter_map(session_of).collect();
    let bits = over(&sessions, flip_every_bit);
    let twenty: Vec<_> = sessions.iter().step_by(14).take(20).cloned().collect();
    let characters = over(&twenty, replace_every_character);
    println!("tampered tokens: {bits:?} by bit, {characters:?} by character");
    assert_eq!((sessions.len(), twenty.len()), (286, 20));
    assert_eq!((bits.opened, characters.opened), (0, 0));
    assert!(bits.tried > 450_000 && characters.tried > 200_000);
}

/// A flag, a cart, and as much as a cookie holds.
#[test]
#[expect(clippy::print_stdout, reason = "the count is asked for")]
fn every_bit_and_every_character_of_a_short_a_usual_and_a_full_token_counts() {
    let sessions = [15, 400, 2_900].map(|length| session_of(length).unwrap());
    let bits = over(&sessions, flip_every_bit);
    let characters = over(&sessions, replace_every_character);
    println!("tampered tokens of three lengths: {bits:?} by bit, {characters:?} by character");
    assert_eq!((bits.opened, characters.opened), (0, 0));
    assert_eq!(bits.tried, 8 * (60 + 445 + 2_945));
    assert_eq!(characters.tried, 63 * (80 + 594 + 3_927));
}

#[test]
#[expect(clippy::print_stdout, reason = "the count is asked for")]
fn no_two_flipped_bits_of_a_short_token_make_up_for_each_other() {
    let short = session_of(15).unwrap();
    let pairs = over(&[short], flip_every_pair_of_bits);
    println!("tampered tokens: {pairs:?} by two bits");
    assert_eq!(
        pairs,
        Count {
            tried: 480 * 479 / 2,
            opened: 0
        }
    );
}
