use std::collections::HashSet;

use sha2::{Digest, Sha256};

use super::key::PREFIX;
use super::*;
use crate::time::Timestamp;

fn byte(at: usize) -> u8 {
    u8::try_from(at).unwrap()
}

fn square(at: usize, step: u8) -> u8 {
    byte(at).wrapping_mul(byte(at)).wrapping_mul(step)
}

/// Bytes without a pattern, the same in every run.
fn noise(seed: u8) -> [u8; 32] {
    Sha256::digest([seed]).into()
}

/// The first bytes of a text, which may end inside a character.
fn start(text: &str) -> [u8; 32] {
    *text.as_bytes().first_chunk().unwrap()
}

/// Text in the form of a key, with a checksum that fits, for bytes that `Key` refuses.
fn text_of(root: [u8; 32]) -> String {
    Key::unchecked(root).reveal()
}

#[test]
fn a_generated_key_survives_its_text() {
    let mut seen = HashSet::new();
    for _ in 0..1000 {
        let key = Key::generate();
        let text = key.reveal();
        assert_eq!(text.len(), PREFIX.len() + 48);
        let read: Key = format!(" \t{text}\r\n").parse().unwrap();
        assert_eq!(read.reveal(), text);
        assert!(seen.insert(text), "a key came twice");
    }
}

#[test]
fn two_hundred_bad_keys_are_refused() {
    let mut bad = Vec::new();
    // Low variety: one byte, two bytes, halves, counters.
    bad.extend((0..=60).map(|byte| text_of([byte; 32])));
    bad.extend((1..20).map(|step| text_of(std::array::from_fn(|at| byte(at).wrapping_mul(step)))));
    bad.extend(
        (2..25).map(|period| text_of(std::array::from_fn(|at| byte(at % period).wrapping_mul(13)))),
    );
    bad.extend((1..20).map(|step| text_of(std::array::from_fn(|at| square(at, step)))));
    let mut cut_short: [u8; 32] = std::array::from_fn(byte);
    cut_short[31] = 0;
    bad.push(text_of(cut_short));
    bad.extend(few_different_bytes());
    bad.extend(repetitions());
    bad.extend(shorter_keys());
    // Text that happens to be 32 characters long.
    for text in [
        "my-super-secret-session-key-123\n",
        "a password for it all\0\0\0\0\0\0\0\0\0\0\0",
        "my-super-secret-session-key-1234",
        "correct horse battery staple !!!",
        "0123456789abcdef0123456789abcdef",
        "changeme-changeme-changeme-12345",
    ] {
        bad.push(text_of(text.as_bytes().try_into().unwrap()));
    }
    bad.extend(texts_beyond_ascii());
    bad.extend(weak::PUBLISHED.map(text_of));
    // Other texts than a key's.
    let good = Key::generate().reveal();
    bad.extend((0..good.len()).map(|end| good[..end].to_owned()));
    bad.extend((1..good.len()).map(|start| good[start..].to_owned()));
    bad.extend(["a", "+", "=", " x", "é"].map(|extra| format!("{good}{extra}")));
    bad.push(good.to_uppercase());
    bad.push(good.replacen("srk1_", "srk2_", 1));
    bad.push("secret".to_owned());
    bad.push("0123456789abcdef".repeat(4));
    bad.push("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=".to_owned());

    assert!(bad.len() >= 200, "{}", bad.len());
    for text in bad {
        let error = text.parse::<Key>().unwrap_err();
        let message = error.to_string();
        assert!(message.contains("help: "), "{message}");
        assert!(text.len() < 9 || !message.contains(&text), "{message}");
    }
}

fn few_different_bytes() -> Vec<String> {
    (2..16).map(|count| text_of(of_bytes(count))).collect()
}

/// So many different bytes, in no order.
fn of_bytes(count: u8) -> [u8; 32] {
    let noise = noise(0);
    std::array::from_fn(|at| {
        let is_less = |other: &usize| (noise[*other], *other) < (noise[at], at);
        let rank = (0..32).filter(is_less).count();
        byte(rank) % count * 15
    })
}

/// The last 15 to 8 bytes are a copy of the first.
fn repetitions() -> Vec<String> {
    let bytes = noise(0);
    (17..=24)
        .map(|period| text_of(std::array::from_fn(|at| bytes[at % period])))
        .collect()
}

/// From 24 bytes down, with padding in front and behind; and 16 with padding in between.
fn shorter_keys() -> Vec<String> {
    let mut keys = Vec::new();
    for byte in [0x00, 0xff] {
        for filled in 8..=16 {
            let mut key = noise(filled);
            key[..filled.into()].fill(byte);
            keys.push(text_of(key));
            key.rotate_left(filled.into());
            keys.push(text_of(key));
        }
    }
    for byte in [0x00, 0x04, b' ', 0xff] {
        let mut key = noise(byte);
        key.iter_mut().step_by(2).for_each(|even| *even = byte);
        keys.push(text_of(key));
        key = noise(byte);
        key[8..24].fill(byte);
        keys.push(text_of(key));
    }
    keys
}

fn texts_beyond_ascii() -> Vec<String> {
    let texts = [
        "äöüßÄÖÜéèêçñøåæœ",
        "Grüße aus München und Zürich 2024",
        "zażółć gęślą jaźń pchnąć w tę łódź",
        "мой очень секретный ключ, 2024!",
        "το πολύ μυστικό κλειδί μου, 2024",
        "המפתח הסודי ביותר שלי, 2024",
        "مفتاحي السري للغاية، ٢٠٢٤",
        "իմ շատ գաղտնի բանալին 2024",
        "मेरी बहुत गुप्त कुंजी",
        "กุญแจลับสุดยอดของฉัน",
        "我的非常秘密的会话密钥二零二四",
        "とても秘密のセッション鍵、２０２４",
        "나의 아주 비밀스러운 세션 키 2024",
        "🔑🔒🔐🗝🚪🏠🌍🎉",
        "ࠀࠀࠀࠀࠀࠀࠀࠀࠀࠀࠀ",
        "пароль для сесії\0\0\0",
    ];
    texts.iter().map(|text| text_of(start(text))).collect()
}

#[test]
fn a_changed_character_is_refused() {
    let good = Key::generate().reveal();
    for at in PREFIX.len()..good.len() {
        let other = if &good[at..=at] == "A" { "B" } else { "A" };
        let text = format!("{}{other}{}", &good[..at], &good[at + 1..]);
        assert_eq!(text.parse::<Key>().unwrap_err(), KeyError::Checksum);
    }
}

#[test]
fn each_refusal_has_its_reason() {
    let refusal = |text: &str| text.parse::<Key>().unwrap_err();
    assert_eq!(refusal(" "), KeyError::Empty);
    assert_eq!(refusal("hunter2"), KeyError::Prefix);
    assert_eq!(refusal("srk1_abc"), KeyError::Length { found: 3 });
    let star = format!("srk1_{}", "*".repeat(48));
    assert_eq!(refusal(&star), KeyError::Alphabet);
    assert_eq!(refusal(&text_of([7; 32])), KeyError::LowVariety);
    assert_eq!(
        refusal(&text_of(*b"my-super-secret-session-key-1234")),
        KeyError::Text
    );
    for text in texts_beyond_ascii() {
        assert_eq!(refusal(&text), KeyError::Text);
    }
    for published in weak::PUBLISHED.map(text_of) {
        assert_eq!(refusal(&published), KeyError::Published);
    }
}

/// One step before each rule.
#[test]
fn what_chance_may_bring_is_no_weak_key() {
    let is_accepted = |root| assert!(Key::from_bytes(root).is_ok(), "{root:x?}");
    is_accepted(of_bytes(16));
    let bytes = noise(0);
    is_accepted(std::array::from_fn(|at| bytes[at % 25]));
    for byte in [0x00, 0xff] {
        let mut padded = noise(1);
        padded[..7].fill(byte);
        is_accepted(padded);
        padded.rotate_left(7);
        is_accepted(padded);
    }
    let mut twelve = noise(2);
    twelve[10..22].fill(7);
    is_accepted(twelve);
    // Twenty-seven bytes of a progression, and twenty-six.
    let progression = |others: usize| {
        let bytes = noise(3);
        std::array::from_fn(|at| {
            if at < others {
                bytes[at]
            } else {
                byte(at * 7 % 256)
            }
        })
    };
    assert_eq!(
        Key::from_bytes(progression(5)).unwrap_err(),
        KeyError::LowVariety
    );
    is_accepted(progression(6));
    // UTF-8 in two alphabets that seldom meet.
    is_accepted(start("ключ: mjqd съешь ещё"));
}

#[test]
fn random_bytes_are_never_called_weak() {
    for _ in 0..100_000 {
        let mut root = [0; 32];
        getrandom::fill(&mut root).unwrap();
        assert!(Key::from_bytes(root).is_ok());
    }
}

#[test]
fn the_first_key_seals_and_each_is_found() {
    let keys = [Key::generate(), Key::generate(), Key::generate()];
    let ids = keys.each_ref().map(|key| key.expander().key_id());
    let text = keys.each_ref().map(Key::reveal).join(" ,\n");
    let ring = text.parse::<Keyring>().unwrap().derive("shop", "main");
    let ring = ring.load();
    assert_eq!(ring.sealing(Timestamp::from_seconds(0)).id, ids[0]);
    for id in ids {
        assert_eq!(ring.find(id).unwrap().id, id);
    }
    assert!(ring.find(Key::generate().expander().key_id()).is_none());
}

#[test]
fn a_bad_ring_says_which_key_is_wrong() {
    let good = Key::generate().reveal();
    let message = |text: &str| text.parse::<Keyring>().unwrap_err().to_string();
    assert!(message(" ").starts_with("there is no session key\nhelp: "));
    assert!(message(&format!("{good},")).starts_with("session key 2 of 2: the key is empty"));
    assert!(message(&format!("x,{good}")).starts_with("session key 1 of 2: a session key starts"));
    let twice = message(&format!("{good},{good}"));
    assert!(twice.starts_with("session key 2 stands in the list twice"));
    let never = format!("{good} from=2030-01-01T00:00:00Z");
    let other = Key::generate().reveal();
    let never = message(&format!("{other},{never}"));
    assert!(never.starts_with("session key 2 "), "{never}");
}

#[test]
fn the_words_behind_a_key_say_when_it_seals() {
    let read = |words: &str| {
        let key: Key = format!("{} {words}", Key::generate().reveal())
            .parse()
            .unwrap();
        key.validity()
    };
    let at = Timestamp::from_seconds;
    let always = read("");
    assert!(always.always_seals() && always.seals(at(0)));
    let later = read("from=1970-01-01T00:01:40Z");
    assert!(!later.seals(at(99)) && later.seals(at(100)) && !later.always_seals());
    let revoked = read("revoked from=1970-01-01T00:01:40Z");
    assert!(revoked.revoked && !revoked.seals(at(100)) && !revoked.waits());
}

#[test]
fn a_ring_forgets_the_layers_that_are_gone() {
    let ring = Keyring::ephemeral();
    let kept = ring.derive("kept", "main");
    drop(ring.derive("gone", "main"));
    ring.take_keys_of(&Keyring::ephemeral());
    assert_eq!(ring.count_derived(), 1);
    drop(kept);
}

#[test]
fn a_ring_does_not_grow_with_layers_that_are_made_and_dropped() {
    let ring = Keyring::ephemeral();
    let kept: Vec<_> = (0..10).map(|_| ring.derive("kept", "main")).collect();
    for _ in 0..1000 {
        drop(ring.derive("shop", "main"));
    }
    assert!(ring.count_derived() < 100, "{}", ring.count_derived());
    ring.take_keys_of(&Keyring::ephemeral());
    assert_eq!(ring.count_derived(), kept.len());
}

#[test]
fn a_missing_variable_says_how_to_make_a_key() {
    let error = Keyring::from_env("A_VARIABLE_THAT_NOBODY_SETS").unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains("`A_VARIABLE_THAT_NOBODY_SETS` is not set"),
        "{message}"
    );
    assert!(message.contains("Key::generate()"), "{message}");
    assert!(
        message.contains("cargo run -p examples --bin keygen"),
        "{message}"
    );
    // The `Debug` text is what `fn main() -> Result<…>` prints.
    assert_eq!(format!("{error:?}"), message);
}

#[test]
fn debug_shows_the_key_id_only() {
    let key = Key::generate();
    let id = format!("{:?}", key.expander().key_id());
    assert_eq!(id.len(), 8);
    assert_eq!(format!("{key:?}"), format!("Key({id})"));
    let ring = Keyring::new([key]).unwrap();
    assert_eq!(format!("{ring:?}"), format!("Keyring([{id}])"));
    assert_eq!(
        format!("{:?}", ring.derive("shop", "main")),
        format!("[{id}]")
    );
}

#[test]
fn subkeys_are_bound_to_name_and_part() {
    let ring = Keyring::ephemeral();
    let homes = [
        ("a", "bc"),
        ("ab", "c"),
        ("abc", ""),
        ("", "abc"),
        ("a", "b"),
        ("A", "bc"),
    ];
    let secrets: HashSet<_> = homes
        .iter()
        .map(|(name, part)| {
            *ring
                .derive(name, part)
                .load()
                .sealing(Timestamp::from_seconds(0))
                .secret
        })
        .collect();
    assert_eq!(secrets.len(), homes.len());
}

/// The derivation is part of the format. These bytes were computed with Python's `hmac`.
#[test]
fn the_derivation_is_the_one_in_the_format() {
    let root: [u8; 32] = std::array::from_fn(byte);
    let expander = Expander::of(&root);
    assert_eq!(format!("{:?}", expander.key_id()), "2f56527d");
    let key = expander.part_key("__Host-shop", "main");
    assert_eq!(
        *key,
        [
            0xe3, 0x07, 0x4a, 0xe5, 0x2c, 0xf9, 0xeb, 0x56, 0x08, 0x10, 0xba, 0xd6, 0x19, 0x0c,
            0x61, 0x86, 0xbd, 0x25, 0xa1, 0x4f, 0xef, 0xe1, 0xee, 0x01, 0x26, 0x2d, 0x72, 0xad,
            0x3f, 0xb3, 0xf1, 0x03,
        ]
    );
}
