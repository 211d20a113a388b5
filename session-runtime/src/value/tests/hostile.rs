//! Values that nobody wrote, as somebody with a known key can send them: no panic, no recursion,
//! and no allocation that the input does not justify.

use std::collections::{BTreeMap, HashMap};

use allocation_counter::measure;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use crate::value::{DecodeError, decode};

/// The most that decoding these few bytes may allocate at a time. `serde` reserves up to 1 MiB for
/// a length that a format announces; a length that the input holds is a few elements.
const JUSTIFIED: u64 = 64 * 1024;

type Decode = fn(&[u8]) -> Result<(), DecodeError>;

fn decode_as<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<(), DecodeError> {
    decode::<T>(bytes).map(drop)
}

#[derive(Serialize, Deserialize)]
struct Tree {
    children: Vec<Tree>,
}

#[derive(Serialize, Deserialize)]
enum Chain {
    End,
    Link(Box<Chain>),
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Any {
    Number(i64),
    Text(String),
    List(Vec<Any>),
    Map(HashMap<String, Any>),
}

#[derive(Serialize, Deserialize)]
struct Flat {
    own: u8,
    #[serde(flatten)]
    rest: BTreeMap<String, Any>,
}

fn types() -> [Decode; 9] {
    [
        decode_as::<Vec<[u64; 16]>>,
        decode_as::<HashMap<u64, [u64; 16]>>,
        decode_as::<String>,
        decode_as::<Tree>,
        decode_as::<Chain>,
        decode_as::<Any>,
        decode_as::<Flat>,
        decode_as::<Option<Box<Tree>>>,
        decode_as::<(u8, Vec<u8>, ())>,
    ]
}

fn assert_bounded(bytes: &[u8]) {
    for decode in types() {
        let mut decoded = Ok(());
        let info = measure(|| decoded = decode(bytes));
        // The decoded value came out of the input, so its size may be a multiple of the input's.
        let justified = JUSTIFIED + 256 * bytes.len() as u64;
        assert!(
            info.bytes_max <= justified,
            "{} bytes at a time for {} ({decoded:?})",
            info.bytes_max,
            bytes.escape_ascii()
        );
    }
}

#[test]
fn an_announced_length_allocates_nothing() {
    for marker in [0xdd, 0xdf, 0xdb, 0xc6, 0xc9] {
        for length in [
            [0xff; 4],
            [0x7f, 0xff, 0xff, 0xff],
            [0, 0x10, 0, 0],
            [0, 0, 0x0f, 0xff],
        ] {
            let mut bytes = vec![marker];
            bytes.extend(length);
            bytes.extend([0x01; 40]);
            assert_bounded(&bytes);
            // The same inside a list and inside a map.
            assert_bounded(&[&[0x92, 0x01], &bytes[..]].concat());
            assert_bounded(&[b"\x81\xa3own", &bytes[..]].concat());
        }
    }
}

#[test]
fn nesting_as_deep_as_a_cookie_is_long_is_refused_on_a_small_stack() {
    let wrappers: [&[u8]; 5] = [
        b"\x91",
        b"\x81\xa8children\x91",
        b"\x81\xa4Link",
        b"\x81\xa1k",
        b"\x92\x01",
    ];
    let nested = wrappers.map(|wrapper| wrapper.repeat(3000 / wrapper.len()));
    let thread = std::thread::Builder::new().stack_size(512 * 1024);
    let refused = thread.spawn(move || {
        for bytes in nested {
            for decode in types() {
                assert!(decode(&bytes).is_err());
            }
            assert_bounded(&bytes);
        }
    });
    refused.unwrap().join().unwrap();
}

/// Each length is held by the input, and all of them together are not.
#[test]
fn lengths_inside_each_other_allocate_no_more_than_their_input_holds() {
    let short = [0xdc, 0x0c, 0x00];
    let long = [0xdd, 0x00, 0x00, 0xc0, 0x00];
    let with_values =
        |head: &[u8], times: usize, values: usize| [head.repeat(times), vec![1; values]].concat();
    let child = [b"\x81\xa8children".as_slice(), &short].concat();
    for bytes in [
        with_values(&child, 31, 3072),
        with_values(&short, 63, 3072),
        with_values(&long, 63, 49_152),
    ] {
        for decode in types() {
            assert!(decode(&bytes).is_err());
        }
        assert_bounded(&bytes);
    }
}

#[test]
fn nesting_as_deep_as_allowed_is_read_on_a_small_stack() {
    let chain = [b"\x81\xa4Link".repeat(64), b"\xa3End".to_vec()].concat();
    let tree = [
        b"\x81\xa8children\x91".repeat(31),
        b"\x81\xa8children\x90".to_vec(),
    ]
    .concat();
    let lists = [b"\x91".repeat(63), vec![0x90]].concat();
    let maps = [b"\x81\xa1k".repeat(64), vec![0x07]].concat();
    let flat = [
        b"\x82\xa3own\x01\xa1k".to_vec(),
        b"\x91".repeat(62),
        vec![0x90],
    ]
    .concat();
    let thread = std::thread::Builder::new().stack_size(512 * 1024);
    let read = thread.spawn(move || {
        assert_eq!(decode_as::<Chain>(&chain), Ok(()));
        assert_eq!(decode_as::<Tree>(&tree), Ok(()));
        assert_eq!(decode_as::<Any>(&lists), Ok(()));
        assert_eq!(decode_as::<Any>(&maps), Ok(()));
        assert_eq!(decode_as::<Flat>(&flat), Ok(()));
    });
    read.unwrap().join().unwrap();
}

proptest! {
    #[test]
    fn no_bytes_panic_or_allocate_beyond_measure(
        bytes in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        assert_bounded(&bytes);
    }

    /// Bytes that start values more often than random ones do.
    #[test]
    fn no_markers_panic_or_allocate_beyond_measure(
        bytes in prop::collection::vec(prop::sample::select(MARKERS), 0..64),
    ) {
        assert_bounded(&bytes);
    }
}

const MARKERS: &[u8] = &[
    0x00, 0x01, 0x7f, 0x80, 0x81, 0x8f, 0x90, 0x91, 0x9f, 0xa0, 0xa3, 0xbf, 0xc0, 0xc2, 0xc4, 0xc6,
    0xc7, 0xc9, 0xca, 0xcb, 0xcc, 0xcf, 0xd0, 0xd4, 0xd8, 0xd9, 0xdb, 0xdc, 0xdd, 0xde, 0xdf, 0xff,
];
