//! A stored value as text for people, in the spelling of JSON: so that a test can show a field
//! whose type has no `Debug`.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::value;

/// The entries of a map are sorted, so that two equal maps have one text.
pub(super) fn readable(bytes: &[u8]) -> String {
    match value::decode::<Text>(bytes) {
        Ok(Text(text)) => text,
        // Nothing that the runtime wrote.
        Err(_) => format!("{bytes:02x?}"),
    }
}

struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

macro_rules! visit_displayed {
    ($($method:ident($type:ty) $format:literal;)*) => {
        $(fn $method<E>(self, value: $type) -> Result<Text, E> {
            Ok(Text(format!($format, value)))
        })*
    };
}

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    visit_displayed! {
        visit_bool(bool) "{}";
        visit_i64(i64) "{}";
        visit_u64(u64) "{}";
        visit_f32(f32) "{:?}";
        visit_f64(f64) "{:?}";
        visit_str(&str) "{:?}";
    }

    fn visit_unit<E>(self) -> Result<Text, E> {
        Ok(Text("null".to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Text, A::Error> {
        let mut items = Vec::new();
        while let Some(Text(item)) = seq.next_element()? {
            items.push(item);
        }
        Ok(Text(format!("[{}]", items.join(", "))))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Text, A::Error> {
        let mut entries = Vec::new();
        while let Some((Text(key), Text(value))) = map.next_entry()? {
            entries.push(format!("{key}: {value}"));
        }
        entries.sort();
        Ok(Text(format!("{{{}}}", entries.join(", "))))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashMap};

    use serde::Serialize;

    use super::*;

    fn text<T: Serialize>(value: &T) -> String {
        let mut bytes = Vec::new();
        value::encode(value, &mut bytes).unwrap();
        readable(&bytes)
    }

    #[derive(Serialize)]
    struct Line {
        sku: u32,
        color: Color,
    }

    #[derive(Serialize)]
    enum Color {
        Red,
        Mixed(Option<f32>),
    }

    #[test]
    fn values_read_like_json() {
        assert_eq!(text(&7_u8), "7");
        assert_eq!(text(&-300), "-300");
        assert_eq!(text(&u64::MAX), "18446744073709551615");
        assert_eq!(text(&(1.0_f64, 0.5_f32)), "[1.0, 0.5]");
        assert_eq!(text(&(true, None::<()>, 'x')), "[true, null, \"x\"]");
        assert_eq!(text(&"a \"quoted\"\nline"), r#""a \"quoted\"\nline""#);
        let color = Color::Red;
        assert_eq!(
            text(&Line { sku: 7, color }),
            r#"{"color": "Red", "sku": 7}"#
        );
        assert_eq!(text(&Color::Mixed(Some(0.5))), r#"{"Mixed": 0.5}"#);
        assert_eq!(text(&BTreeMap::from([(1, [2; 2])])), "{1: [2, 2]}");
    }

    #[test]
    fn bytes_are_numbers_and_what_nobody_wrote_is_hexadecimal() {
        assert_eq!(readable(b"\xc4\x02\x01\xff"), "[1, 255]");
        assert_eq!(readable(b"\xd4\x05\x01"), "[d4, 05, 01]");
        assert_eq!(readable(b"\xc1"), "[c1]");
    }

    #[test]
    fn equal_maps_have_one_text() {
        let texts = || text(&HashMap::from([(1, 2), (3, 4), (5, 6)]));
        assert!((0..30).all(|_| texts() == "{1: 2, 3: 4, 5: 6}"));
    }
}
