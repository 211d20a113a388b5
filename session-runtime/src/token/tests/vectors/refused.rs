//! Tokens that are refused, each for one reason.

use super::*;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

pub(super) fn tokens() -> Vec<Value> {
    [
        of_section("2", [refused_texts(), refused_bytes()].concat()),
        of_section("4", refused_plaintexts()),
        of_section("5", refused_times()),
        of_section("3", elsewhere()),
    ]
    .concat()
}

/// Under other keys, and in other cookies.
fn elsewhere() -> Vec<Value> {
    let mut entries = Vec::new();
    let elsewhere = |name: &str, roots: Vec<[u8; 32]>, cookie_name, reason| {
        let token = sealed(&usual(), 40);
        let case = Case {
            roots,
            cookie_name,
            ..Case::of(name, token)
        };
        case.refused(reason)
    };
    let [first, second, third] = roots();
    entries.push(elsewhere("another key", vec![second], NAME, "unknown-key"));
    entries.push(elsewhere(
        "two other keys",
        vec![second, third],
        NAME,
        "unknown-key",
    ));
    for cookie_name in ["__Secure-shop", "shop", "__Host-shop2", "__Host-Shop", ""] {
        let name = format!("as the cookie {cookie_name:?}");
        entries.push(elsewhere(&name, vec![first], cookie_name, "forged"));
    }
    entries
}

fn refused_texts() -> Vec<Value> {
    let token = sealed(&usual(), 41);
    let cases = [
        ("the empty token", String::new(), "length"),
        ("one character", "A".to_owned(), "alphabet"),
        ("two characters", "AQ".to_owned(), "length"),
        ("44 bytes", "A".repeat(59), "length"),
        ("4097 characters", "A".repeat(4097), "length"),
        (
            "4097 characters that are none of base64url",
            "*".repeat(4097),
            "length",
        ),
        (
            "4096 bytes that are not base64url",
            "é".repeat(2048),
            "alphabet",
        ),
        ("with padding", format!("{token}="), "alphabet"),
        ("with a space behind", format!("{token} "), "alphabet"),
        ("with a space before", format!(" {token}"), "alphabet"),
        ("in quotes", format!("\"{token}\""), "alphabet"),
        ("with a line feed", format!("{token}\n"), "alphabet"),
        ("with a plus", token.replacen('A', "+", 1), "alphabet"),
        ("with a slash", token.replacen('A', "/", 1), "alphabet"),
        (
            "with a percent sign",
            token.replacen('A', "%41", 1),
            "alphabet",
        ),
        ("with an unused bit", with_unused_bit(&token), "alphabet"),
        ("with a character more", format!("{token}A"), "forged"),
    ];
    cases
        .map(|(name, token, reason)| Case::of(name, token).refused(reason))
        .into()
}

/// The last character of `token` with one of the bits that no byte takes.
fn with_unused_bit(token: &str) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    assert_eq!(token.len() % 4, 2, "four unused bits");
    let (start, last) = token.split_at(token.len() - 1);
    let at = ALPHABET.find(last).unwrap();
    format!("{start}{}", &ALPHABET[at + 1..at + 2])
}

fn refused_bytes() -> Vec<Value> {
    let token = URL_SAFE_NO_PAD.decode(sealed(&usual(), 42)).unwrap();
    let mut entries = Vec::new();
    let mut changed = |name: &str, at: usize, byte: u8, reason: &str| {
        let mut token = token.clone();
        token[at] = byte;
        let token = URL_SAFE_NO_PAD.encode(token);
        entries.push(Case::of(name, token).refused(reason));
    };
    for version in [0, 2, 3, 0x81, 255] {
        changed(&format!("version {version}"), 0, version, "version");
    }
    for (at, byte) in token.iter().enumerate().take(5).skip(1) {
        changed(
            &format!("key id changed at {at}"),
            at,
            byte ^ 1,
            "unknown-key",
        );
    }
    for at in [
        5,
        28,
        29,
        35,
        token.len() - 17,
        token.len() - 16,
        token.len() - 1,
    ] {
        changed(&format!("bit 0 of byte {at}"), at, token[at] ^ 1, "forged");
        changed(
            &format!("bit 7 of byte {at}"),
            at,
            token[at] ^ 128,
            "forged",
        );
    }
    let cut = URL_SAFE_NO_PAD.encode(&token[..token.len() - 1]);
    entries.push(Case::of("without its last byte", cut).refused("forged"));
    let longer = URL_SAFE_NO_PAD.encode([&token[..], &[0]].concat());
    entries.push(Case::of("with a byte more", longer).refused("forged"));
    entries
}

fn refused_plaintexts() -> Vec<Value> {
    let mut usual_bytes = Vec::new();
    session((NOW, NOW), []).write(&mut usual_bytes);
    let with = |records: &[u8]| [&usual_bytes, records].concat();
    let cases = [
        ("nothing sealed", Vec::new()),
        ("ten bytes sealed", usual_bytes[..10].to_vec()),
        ("a tag that is cut", with(&[1, 2])),
        ("no size", with(&[1, 2, 3])),
        ("a size that is cut", with(&[1, 2, 3, 0x80])),
        ("a size with a needless byte", with(&[1, 2, 3, 0x82, 0, 7])),
        (
            "a size with two needless bytes",
            with(&[1, 2, 3, 0x82, 0x80, 0, 7]),
        ),
        (
            "a size of four bytes",
            with(&[1, 2, 3, 0x80, 0x80, 0x80, 1]),
        ),
        ("a deadline that is cut", with(&[1, 2, 3, 1, 0, 0, 0, 0])),
        ("a value that is cut", with(&[1, 2, 3, 4, 7])),
        (
            "a value that is longer than any cookie",
            with(&[1, 2, 3, 0xff, 0xff, 0x7f]),
        ),
        ("a tag twice", with(&[1, 2, 3, 2, 7, 1, 2, 3, 2, 7])),
        ("tags that descend", with(&[1, 2, 3, 2, 7, 1, 2, 2, 2, 7])),
    ];
    cases
        .map(|(name, plaintext)| {
            let token = sealed_bytes(HOMES[0], &plaintext);
            Case::of(name, token).refused("malformed")
        })
        .into()
}

fn refused_times() -> Vec<Value> {
    let last = (1 << 40) - 1;
    let cases = [
        ("begun 61 seconds ahead", NOW + 61, NOW, "future"),
        ("renewed 61 seconds ahead", NOW, NOW + 61, "future"),
        ("from the end of time", last, last, "future"),
        ("when idle is over", NOW - 3600, NOW - 3600, "expired"),
        ("when max is over", NOW - 86_400, NOW, "expired"),
        ("of 1970", 0, 0, "expired"),
    ];
    cases
        .map(|(name, created_at, renewed_at, reason)| {
            let session = session((created_at, renewed_at), []);
            Case::of(name, sealed(&session, 43)).refused(reason)
        })
        .into()
}
