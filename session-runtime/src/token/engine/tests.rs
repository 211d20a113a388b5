//! Every engine against the other and against vectors of others.

use serde::Deserialize;

use super::portable::Portable;
use super::{Engine, XChaCha20Poly1305};

/// Longer than every token, and over every boundary of blocks and of vector registers.
const LONGEST: usize = 4096;

#[test]
fn the_engines_seal_equal_bytes_and_open_each_others_at_every_length() {
    let (key, nonce) = (bytes::<32>(1), bytes::<24>(2));
    for len in 0..=LONGEST {
        let message: Vec<u8> = (0..len).map(|at| (at * 7 + len).to_le_bytes()[0]).collect();
        let associated = &message[..len.min(len % 41)];
        let (mut ours, mut reference) = (message.clone(), message.clone());
        let tag = XChaCha20Poly1305.seal(&key, &nonce, associated, &mut ours);
        assert_eq!(
            tag,
            Portable.seal(&key, &nonce, associated, &mut reference),
            "{len} bytes"
        );
        assert_eq!(ours, reference, "{len} bytes");
        assert!(XChaCha20Poly1305.open(&key, &nonce, associated, &mut ours, &tag));
        assert!(Portable.open(&key, &nonce, associated, &mut reference, &tag));
        assert_eq!((&ours, &reference), (&message, &message), "{len} bytes");
    }
}

#[test]
fn no_engine_opens_what_is_altered_anywhere() {
    let (key, nonce) = (bytes::<32>(3), bytes::<24>(4));
    for len in [0, 1, 15, 16, 17, 54, 63, 64, 65, 255, 256, 257, 1000] {
        let mut sealed = vec![9; len];
        let associated = [1, 2, 3, 4, 5];
        let tag = Portable.seal(&key, &nonce, &associated, &mut sealed);
        let opens = |key: &_, nonce: &_, associated: &[u8], message: &[u8], tag: &_| {
            let ours = XChaCha20Poly1305.open(key, nonce, associated, &mut message.to_vec(), tag);
            let reference = Portable.open(key, nonce, associated, &mut message.to_vec(), tag);
            assert_eq!(ours, reference);
            ours
        };
        assert!(opens(&key, &nonce, &associated, &sealed, &tag));
        for at in 0..len {
            let mut altered = sealed.clone();
            altered[at] ^= 1 << (at % 8);
            assert!(!opens(&key, &nonce, &associated, &altered, &tag));
        }
        for bit in 0..128 {
            let mut altered = tag;
            altered[bit / 8] ^= 1 << (bit % 8);
            assert!(!opens(&key, &nonce, &associated, &sealed, &altered));
        }
        for at in 0..24 {
            let mut altered = nonce;
            altered[at] ^= 1;
            assert!(!opens(&key, &altered, &associated, &sealed, &tag));
        }
        for at in 0..32 {
            let mut altered = key;
            altered[at] ^= 1;
            assert!(!opens(&altered, &nonce, &associated, &sealed, &tag));
        }
        assert!(!opens(&key, &nonce, &associated[..4], &sealed, &tag));
    }
}

/// The vectors of the project Wycheproof, of `vectors/wycheproof`.
#[test]
fn every_engine_agrees_with_wycheproof() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../vectors/wycheproof/xchacha20_poly1305_test.json"
    );
    let file: File = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut tried = 0;
    for group in file.test_groups.iter().filter(|group| group.iv_size == 192) {
        for test in &group.tests {
            agrees(test, &XChaCha20Poly1305);
            agrees(test, &Portable);
            tried += 1;
        }
    }
    assert_eq!(tried, 306, "the others have nonces of another length");
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    test_groups: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    iv_size: usize,
    tests: Vec<Test>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Test {
    tc_id: u32,
    key: String,
    iv: String,
    aad: String,
    msg: String,
    ct: String,
    tag: String,
    result: String,
}

fn agrees(test: &Test, engine: &impl Engine) {
    let key = unhex(&test.key).try_into().unwrap();
    let nonce = unhex(&test.iv).try_into().unwrap();
    let tag = unhex(&test.tag).try_into().unwrap();
    let (associated, message) = (unhex(&test.aad), unhex(&test.msg));
    let is_valid = test.result == "valid";
    let mut opened = unhex(&test.ct);
    let opens = engine.open(&key, &nonce, &associated, &mut opened, &tag);
    assert_eq!(opens, is_valid, "{}", test.tc_id);
    if is_valid {
        assert_eq!(opened, message, "{}", test.tc_id);
        let mut sealed = message;
        let sealed_tag = engine.seal(&key, &nonce, &associated, &mut sealed);
        assert_eq!(
            (sealed, sealed_tag),
            (unhex(&test.ct), tag),
            "{}",
            test.tc_id
        );
    }
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2);
    let bytes = digits.map(|pair| {
        let pair = std::str::from_utf8(pair).unwrap();
        u8::from_str_radix(pair, 16).unwrap()
    });
    bytes.collect()
}

fn bytes<const N: usize>(seed: u8) -> [u8; N] {
    std::array::from_fn(|at| u8::try_from(at).unwrap().wrapping_mul(31) ^ seed)
}
