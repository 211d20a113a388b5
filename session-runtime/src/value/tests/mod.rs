mod edits;
mod hostile;
mod properties;
mod requests;

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::ser::{SerializeMap, SerializeSeq, SerializeStruct};
use serde::{Deserialize, Serialize, Serializer};

use super::*;

fn bytes<T: Serialize>(value: &T) -> Vec<u8> {
    let mut out = Vec::new();
    encode(value, &mut out).unwrap();
    out
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Line {
    sku: u32,
    note: Option<String>,
}

#[test]
fn structs_are_maps_with_names() {
    let line = Line { sku: 7, note: None };
    assert_eq!(bytes(&line), b"\x82\xa3sku\x07\xa4note\xc0");
}

#[test]
fn bytes_are_bin_only_where_a_type_asks_for_it() {
    struct Raw;
    impl Serialize for Raw {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_bytes(&[1, 2])
        }
    }
    assert_eq!(bytes(&Raw), b"\xc4\x02\x01\x02");
    assert_eq!(bytes(&vec![1_u8, 2]), b"\x92\x01\x02");
    assert_eq!(bytes(&[1_u8, 2]), b"\x92\x01\x02");
}

#[test]
fn numbers_of_128_bits_are_numbers_where_64_bits_hold_them() {
    assert_eq!(bytes(&7_u128), b"\x07");
    assert_eq!(bytes(&-1_i128), b"\xff");
    assert_eq!(bytes(&i128::from(u64::MAX)), bytes(&u64::MAX));
    assert_eq!(
        bytes(&u128::MAX),
        [b"\xc4\x10".as_slice(), &[0xff; 16]].concat()
    );
    assert_eq!(bytes(&i128::MAX), bytes(&i128::MAX.unsigned_abs()));
}

#[test]
fn a_unit_struct_is_nothing() {
    #[derive(Serialize)]
    struct Unit;
    assert_eq!(bytes(&Unit), b"\xc0");
}

#[test]
fn a_newtype_is_what_is_in_it_under_every_name() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename = "_ExtStruct")]
    struct Named((i8, serde_bytes::ByteBuf));
    let named = Named((1, serde_bytes::ByteBuf::from([2])));
    assert_eq!(bytes(&named), b"\x92\x01\xc4\x01\x02");
    assert_eq!(decode(&bytes(&named)), Ok(named));
}

#[test]
fn the_format_says_that_it_is_human_readable_on_both_sides() {
    let address: IpAddr = "127.0.0.1".parse().unwrap();
    assert_eq!(bytes(&address), b"\xa9127.0.0.1");
    assert_eq!(decode(b"\xa9127.0.0.1"), Ok(address));
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Chain {
    End,
    Link(Box<Chain>),
}

fn chain(links: usize) -> Chain {
    (0..links).fold(Chain::End, |chain, _| Chain::Link(Box::new(chain)))
}

#[test]
fn depth_is_at_most_sixty_four_when_written_and_when_read() {
    let written = bytes(&chain(64));
    assert_eq!(decode(&written), Ok(chain(64)));

    let mut out = Vec::new();
    assert_eq!(encode(&chain(65), &mut out), Err(EncodeError::TooDeep));
    let deeper = [b"\x81\xa4Link".as_slice(), &written].concat();
    assert_eq!(decode::<Chain>(&deeper), Err(DecodeError));
}

#[test]
fn a_value_nested_a_thousand_times_does_not_overflow_the_stack() {
    // 256 KiB are an eighth of what a worker thread has.
    let thread = std::thread::Builder::new().stack_size(256 * 1024);
    let deep = thread.spawn(|| {
        let value = chain(1000);
        encode(&value, &mut Vec::new())
    });
    assert_eq!(deep.unwrap().join().unwrap(), Err(EncodeError::TooDeep));
}

#[test]
fn wrappers_that_write_nothing_count_as_calls() {
    #[derive(Serialize)]
    struct Wrapped(Option<Box<Wrapped>>);
    let value = (0..1000).fold(Wrapped(None), |value, _| Wrapped(Some(Box::new(value))));
    assert_eq!(encode(&value, &mut Vec::new()), Err(EncodeError::TooDeep));
}

struct Fails;

impl Serialize for Fails {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(ser::Error::custom("canary"))
    }
}

#[test]
fn a_serialize_that_fails_is_refused_without_its_text() {
    let error = encode(&Fails, &mut Vec::new()).unwrap_err();
    assert_eq!(error, EncodeError::Refused);
    assert!(!error.to_string().contains("canary"));
}

#[test]
fn a_value_that_fails_leaves_nothing_behind() {
    let mut out = b"before".to_vec();
    assert!(encode(&("start", [1, 2], Fails), &mut out).is_err());
    assert!(encode(&chain(65), &mut out).is_err());
    assert!(encode(&Announces(Some(3), 2), &mut out).is_err());
    assert_eq!(out, b"before");
}

/// A list that announces the first length, or none, and has the second.
struct Announces(Option<usize>, usize);

impl Serialize for Announces {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(self.0)?;
        (0..self.1).try_for_each(|value| list.serialize_element(&value))?;
        list.end()
    }
}

#[test]
fn an_announced_length_is_kept_or_the_value_is_refused() {
    assert_eq!(bytes(&Announces(None, 2)), bytes(&Announces(Some(2), 2)));
    for (announced, has) in [(3, 0), (3, 2), (1, 2), (0, 1)] {
        let value = Announces(Some(announced), has);
        let refused = encode(&value, &mut Vec::new());
        assert_eq!(refused, Err(EncodeError::Refused), "{announced}, {has}");
    }
    // Together they are one whole value: the first list takes the second for its own.
    let hidden = (Announces(Some(2), 1), Announces(Some(0), 1));
    assert!(shape::check(b"\x92\x92\x00\x90\x00").is_ok());
    assert!(encode(&hidden, &mut Vec::new()).is_err());
}

#[test]
fn a_map_with_half_an_entry_is_refused() {
    struct Half(Option<usize>);
    impl Serialize for Half {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(self.0)?;
            map.serialize_entry("whole", &1)?;
            map.serialize_key("half")?;
            map.end()
        }
    }
    for announced in [None, Some(1), Some(2)] {
        let refused = encode(&Half(announced), &mut Vec::new());
        assert_eq!(refused, Err(EncodeError::Refused), "{announced:?}");
    }
}

#[test]
fn a_type_that_goes_on_after_an_error_inside_it_writes_what_succeeded() {
    struct GoesOn;
    impl Serialize for GoesOn {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut fields = serializer.serialize_struct("GoesOn", 2)?;
            fields.serialize_field("sku", &1)?;
            assert!(fields.serialize_field("lost", &(2, Fails)).is_err());
            fields.serialize_field("note", &None::<u8>)?;
            fields.end()
        }
    }
    assert_eq!(bytes(&GoesOn), b"\x82\xa3sku\x01\xa4note\xc0");
}

#[test]
fn every_kind_of_value_is_read_as_it_was_written() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Kind {
        Unit,
        Newtype(i8),
        Tuple(u16, char),
        Struct { large: u128, real: f64 },
    }
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Unit;
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Pair(bool, f32);
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct All {
        kinds: Vec<Kind>,
        unit: Unit,
        pair: Pair,
        map: BTreeMap<String, (i16, i32, i64)>,
        nothing: (),
        some: Option<u8>,
        none: Option<u8>,
        #[serde(flatten)]
        line: Line,
    }
    let all = All {
        kinds: vec![
            Kind::Unit,
            Kind::Newtype(-3),
            Kind::Tuple(9, 'ß'),
            Kind::Struct {
                large: u128::MAX,
                real: 0.5,
            },
        ],
        unit: Unit,
        pair: Pair(true, 1.5),
        map: [("k".to_owned(), (-1, -2, -3))].into(),
        nothing: (),
        some: Some(200),
        none: None,
        line: Line {
            sku: 1,
            note: Some("n".to_owned()),
        },
    };
    assert_eq!(decode(&bytes(&all)), Ok(all));
}

#[test]
fn trailing_bytes_and_false_lengths_are_refused() {
    assert_eq!(decode::<u8>(b"\x07\x07"), Err(DecodeError));
    assert_eq!(
        decode::<Vec<u64>>(b"\xdd\xff\xff\xff\xff"),
        Err(DecodeError)
    );
    assert_eq!(decode::<String>(b"\x07"), Err(DecodeError));
}
