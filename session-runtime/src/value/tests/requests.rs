//! The input that is refused no matter which type asks for it, and the cases that none of the edits shows.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_bytes::ByteBuf;

use super::*;

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    decode(bytes).ok()
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
enum Status {
    Open,
    Closed,
}

#[test]
fn a_variant_is_named_by_text_alone() {
    let names: [&[u8]; 5] = [b"\x00", b"\xc4\x04Open", b"\x94Open", b"\xc2", b"\xc0"];
    for name in names {
        let as_key = [b"\x81", name, b"\xc0"].concat();
        assert_eq!(read::<Status>(name), None);
        assert_eq!(read::<Status>(&as_key), None);
        assert_eq!(read::<BTreeMap<Status, Option<u8>>>(&as_key), None);
        assert_eq!(
            read::<Option<Status>>(name),
            (name == b"\xc0").then_some(None)
        );
    }
    assert_eq!(read(b"\xa6Closed"), Some(Status::Closed));
    assert_eq!(read(b"\x81\xa6Closed\xc0"), Some(Status::Closed));
    assert_eq!(read::<Status>(b"\x81\xa6Closed\x00"), None);
    assert_eq!(read::<Status>(b"\x91\xa6Closed"), None);
}

#[test]
fn bytes_are_a_list_of_numbers_unless_a_type_asks_for_bytes() {
    assert_eq!(read(b"\xc4\x01a"), Some(ByteBuf::from(*b"a")));
    assert_eq!(read(b"\xa1a"), Some(ByteBuf::from(*b"a")));
    assert_eq!(read(b"\x91\x61"), Some(ByteBuf::from(*b"a")));
    assert_eq!(read(b"\xc4\x01a"), Some([Some(b'a')]));
    assert_eq!(read::<String>(b"\xc4\x01a"), None);
    assert_eq!(read::<char>(b"\xc4\x01a"), None);
    assert_eq!(read::<[u8; 1]>(b"\xc4\x02ab"), None);
}

#[test]
fn sixteen_bytes_are_a_number_of_128_bits_and_no_other_bytes_are() {
    let sixteen = |first: u8| [&[0xc4, 16, first], [0xff; 15].as_slice()].concat();
    assert_eq!(read(&sixteen(0x7f)), Some(i128::MAX));
    assert_eq!(read(&sixteen(0x7f)), Some(i128::MAX.unsigned_abs()));
    assert_eq!(read(&sixteen(0xff)), Some(u128::MAX));
    assert_eq!(read::<i128>(&sixteen(0xff)), None);
    assert_eq!(read::<u128>(b"\xc4\x01\x07"), None);
    assert_eq!(read::<u128>(b"\xff"), None);
    assert_eq!(read(b"\xff"), Some(-1_i128));
    assert_eq!(
        read::<u128>(&[[0xdc, 0, 16].as_slice(), &[1; 16]].concat()),
        None
    );
}

#[test]
fn text_is_utf_8_and_extensions_are_nothing() {
    assert_eq!(read::<String>(b"\xa1\xff"), None);
    assert!(read::<IgnoredAny>(b"\xa1\xff").is_none());
    assert!(read::<IgnoredAny>(b"\xd4\x00a").is_none());
    assert_eq!(read::<Vec<u8>>(b"\xc7\x01\x00a"), None);
}

/// Leaves what follows its first entry.
struct First;

impl<'de> Deserialize<'de> for First {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FirstVisitor;
        impl<'de> Visitor<'de> for FirstVisitor {
            type Value = First;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<First, A::Error> {
                let entry = map.next_entry::<u8, u8>()?;
                entry
                    .map(|_| First)
                    .ok_or_else(|| A::Error::custom("empty"))
            }
        }
        deserializer.deserialize_map(FirstVisitor)
    }
}

#[test]
fn what_is_not_read_to_its_end_is_refused() {
    assert!(read::<First>(b"\x81\x01\x02").is_some());
    assert!(read::<First>(b"\x82\x01\x02\x03\x04").is_none());
    assert_eq!(read::<(u8, u8)>(b"\x93\x01\x02\x03"), None);
}

/// Takes more values than there are entries in its map.
#[derive(Debug)]
struct Greedy;

impl<'de> Deserialize<'de> for Greedy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct GreedyVisitor;
        impl<'de> Visitor<'de> for GreedyVisitor {
            type Value = Greedy;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Greedy, A::Error> {
                map.next_entry::<u8, First>()?;
                map.next_value::<u8>()?;
                map.next_value::<u8>()?;
                Ok(Greedy)
            }
        }
        deserializer.deserialize_map(GreedyVisitor)
    }
}

/// Of two mistakes one must not take what the other leaves: in all, nothing is left here.
#[test]
fn what_a_value_leaves_is_not_read_as_what_stands_behind_it() {
    let left = b"\x81\x00\x82\x01\x02\x03\x04";
    assert!(read::<IgnoredAny>(left).is_some());
    assert!(read::<Greedy>(left).is_none());
}

/// A type that goes on after an error inside it leaves the rest of that value behind.
#[test]
fn a_type_that_swallows_an_error_does_not_shift_its_neighbours() {
    use serde::{Deserialize, Deserializer, Serialize};

    #[expect(clippy::unnecessary_wraps, reason = "serde asks for it")]
    fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
        Ok(u32::deserialize(deserializer).unwrap_or_default())
    }
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "it is not to be read")]
    struct New {
        #[serde(deserialize_with = "lenient")]
        a: u32,
        b: u32,
    }
    #[derive(Serialize)]
    struct Old {
        a: Inner,
        b: u32,
    }
    #[derive(Serialize)]
    struct Inner {
        b: u32,
    }
    let old = Old {
        a: Inner { b: 99 },
        b: 5,
    };
    let mut bytes = Vec::new();
    encode(&old, &mut bytes).unwrap();
    assert!(decode::<New>(&bytes).is_err());
    let json = serde_json::to_string(&old).unwrap();
    assert!(serde_json::from_str::<New>(&json).is_err());
}

#[test]
fn a_type_of_wrappers_alone_does_not_call_itself_for_ever() {
    #[derive(Debug, serde::Deserialize)]
    #[expect(dead_code, reason = "it is not to be read")]
    struct Endless(Option<Box<Endless>>);
    assert!(decode::<Endless>(b"\xc3").is_err());
    assert!(decode::<Endless>(b"\xc0").is_ok());
}
