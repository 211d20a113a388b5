//! Values as bytes, one of each kind in the table of the format.

use serde::ser::{
    Serialize, SerializeMap as _, SerializeSeq as _, SerializeStruct as _,
    SerializeStructVariant as _, SerializeTuple as _, SerializeTupleStruct as _,
    SerializeTupleVariant as _, Serializer,
};

use super::*;

pub(super) fn values() -> Vec<Value> {
    let all = [numbers(), texts(), wrappers(), containers(), variants()].concat();
    let entry = |(name, value): (String, Value)| answered(json!({ "name": name, "value": value }));
    of_section("6", all.into_iter().map(entry).collect())
}

/// The entry with the bytes that its value is written as.
pub(super) fn answered(entry: Value) -> Value {
    let mut bytes = Vec::new();
    let encoded = value::encode(&Modelled(&entry["value"]), &mut bytes);
    let found = encoded.map(|()| json!({ "bytes": hex(&bytes) }));
    with_outcome(entry, found.map_err(|_| "malformed"))
}

fn numbers() -> Vec<(String, Value)> {
    let mut all = vec![];
    let mut number = |kind: &str, value: i128| {
        all.push((
            format!("{kind} {value}"),
            json!({ kind: value.to_string() }),
        ));
    };
    for value in [0, 1, 127, 128, 255] {
        number("u8", value);
    }
    for value in [127, 128, 255, 256, 65_535] {
        number("u16", value);
    }
    for value in [127, 128, 65_536, 4_294_967_295] {
        number("u32", value);
    }
    for value in [255, 256, 4_294_967_296, u64::MAX.into()] {
        number("u64", value);
    }
    for value in [-128, -33, -32, -1, 0, 127] {
        number("i8", value);
    }
    for value in [-32_768, -129, -128, 128, 32_767] {
        number("i16", value);
    }
    for value in [-2_147_483_648, -32_769, -1, 65_536] {
        number("i32", value);
    }
    for value in [i64::MIN.into(), -2_147_483_649, 5, i64::MAX.into()] {
        number("i64", value);
    }
    let (below, above) = (i128::from(i64::MIN), i128::from(u64::MAX));
    for value in [
        i128::MIN,
        below - 1,
        below,
        -1,
        0,
        above,
        above + 1,
        i128::MAX,
    ] {
        number("i128", value);
    }
    for value in [0, above, above + 1] {
        number("u128", value);
    }
    let largest = u128::MAX.to_string();
    all.push((format!("u128 {largest}"), json!({ "u128": largest })));
    for bits in ["00000000", "80000000", "3fc00000", "7f800000", "7fc00001"] {
        all.push((format!("f32 of the bits {bits}"), json!({ "f32": bits })));
    }
    for bits in ["0000000000000000", "3ff8000000000000", "7ff8000000000001"] {
        all.push((format!("f64 of the bits {bits}"), json!({ "f64": bits })));
    }
    for value in [false, true] {
        all.push((format!("bool {value}"), json!({ "bool": value })));
    }
    all
}

fn texts() -> Vec<(String, Value)> {
    let mut all: Vec<_> = ["a", "ß", "名", "😀", "\0"]
        .map(|char| (format!("char {char:?}"), json!({ "char": char })))
        .into();
    for length in [0, 1, 31, 32, 255, 256] {
        let text = "x".repeat(length);
        all.push((format!("string of {length}"), json!({ "string": text })));
        let bytes = hex(&vec![0xc1; length]);
        all.push((format!("bytes of {length}"), json!({ "bytes": bytes })));
    }
    let text = json!({ "string": "größe" });
    all.push(("string of 5 characters in 7 bytes".to_owned(), text));
    all
}

fn small(number: usize) -> Value {
    json!({ "u8": number.to_string() })
}

fn wrappers() -> Vec<(String, Value)> {
    let none = || json!({ "none": null });
    let some = |value: Value| json!({ "some": value });
    let cases = [
        ("none", none()),
        ("unit", json!({ "unit": null })),
        ("unit struct", json!({ "unit struct": null })),
        ("some", some(small(7))),
        ("some of none", some(none())),
        ("some of some", some(some(small(7)))),
        ("newtype struct", json!({ "newtype struct": small(7) })),
        (
            "newtype struct of a string",
            json!({ "newtype struct": { "string": "x" } }),
        ),
    ];
    cases.map(|(name, value)| (name.to_owned(), value)).into()
}

fn containers() -> Vec<(String, Value)> {
    let mut all = vec![];
    for length in [0, 1, 15, 16, 256] {
        let items: Vec<_> = (0..length).map(|at| small(at % 100)).collect();
        all.push((
            format!("sequence of {length}"),
            json!({ "sequence": items }),
        ));
        let pair = |at: usize| json!([{ "u16": at.to_string() }, { "bool": true }]);
        let pairs: Vec<_> = (0..length).map(pair).collect();
        all.push((format!("map of {length}"), json!({ "map": pairs })));
    }
    let two = json!([small(1), { "string": "b" }]);
    let fields = json!([["sku", small(7)], ["note", { "none": null }]]);
    for kind in ["tuple", "tuple struct"] {
        all.push((kind.to_owned(), json!({ kind: two })));
    }
    all.push(("struct".to_owned(), json!({ "struct": fields })));
    all.push(("struct without fields".to_owned(), json!({ "struct": [] })));
    for levels in [64, 65] {
        all.push((
            format!("sequences {levels} deep"),
            json!({ "deep": levels }),
        ));
    }
    all
}

fn variants() -> Vec<(String, Value)> {
    let cases = [
        json!({ "unit variant": "Red" }),
        json!({ "newtype variant": ["Gray", small(7)] }),
        json!({ "tuple variant": ["Pair", [small(1), small(2)]] }),
        json!({ "struct variant": ["Mixed", [["red", small(1)], ["blue", small(2)]]] }),
    ];
    let named = cases.map(|value| (kind_of(&value).0.to_owned(), value));
    named.into()
}

/// The kind of a value in the words of the format's table, and what the value is.
fn kind_of(value: &Value) -> (&str, &Value) {
    let (kind, inside) = value.as_object().unwrap().iter().next().unwrap();
    (kind, inside)
}

/// A value that calls the serializer as a type of its kind does.
struct Modelled<'a>(&'a Value);

impl Serialize for Modelled<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (kind, inside) = kind_of(self.0);
        match kind {
            "none" => serializer.serialize_none(),
            "some" => serializer.serialize_some(&Modelled(inside)),
            "unit" => serializer.serialize_unit(),
            "unit struct" => serializer.serialize_unit_struct("Type"),
            "newtype struct" => serializer.serialize_newtype_struct("Type", &Modelled(inside)),
            "deep" => deep(inside.as_u64().unwrap(), serializer),
            "bool" => serializer.serialize_bool(inside.as_bool().unwrap()),
            "char" | "string" | "bytes" => text(kind, inside, serializer),
            "sequence" | "tuple" | "tuple struct" => list(kind, inside, serializer),
            "map" | "struct" => named(kind, inside, serializer),
            _ if kind.ends_with("variant") => variant(kind, inside, serializer),
            _ => number(kind, inside, serializer),
        }
    }
}

fn number<S: Serializer>(kind: &str, digits: &Value, to: S) -> Result<S::Ok, S::Error> {
    fn of<T: std::str::FromStr>(digits: &Value) -> T {
        digits.as_str().unwrap().parse().ok().unwrap()
    }
    match kind {
        "u8" => to.serialize_u8(of(digits)),
        "u16" => to.serialize_u16(of(digits)),
        "u32" => to.serialize_u32(of(digits)),
        "u64" => to.serialize_u64(of(digits)),
        "u128" => to.serialize_u128(of(digits)),
        "i8" => to.serialize_i8(of(digits)),
        "i16" => to.serialize_i16(of(digits)),
        "i32" => to.serialize_i32(of(digits)),
        "i64" => to.serialize_i64(of(digits)),
        "i128" => to.serialize_i128(of(digits)),
        "f32" => to.serialize_f32(f32::from_be_bytes(bytes(digits).try_into().unwrap())),
        "f64" => to.serialize_f64(f64::from_be_bytes(bytes(digits).try_into().unwrap())),
        other => panic!("the kind {other}"),
    }
}

fn text<S: Serializer>(kind: &str, text: &Value, to: S) -> Result<S::Ok, S::Error> {
    match kind {
        "char" => to.serialize_char(text.as_str().unwrap().chars().next().unwrap()),
        "string" => to.serialize_str(text.as_str().unwrap()),
        _ => to.serialize_bytes(&bytes(text)),
    }
}

fn list<S: Serializer>(kind: &str, items: &Value, to: S) -> Result<S::Ok, S::Error> {
    let items = items.as_array().unwrap();
    match kind {
        "sequence" => {
            let mut list = to.serialize_seq(Some(items.len()))?;
            items
                .iter()
                .try_for_each(|item| list.serialize_element(&Modelled(item)))?;
            list.end()
        }
        "tuple" => {
            let mut list = to.serialize_tuple(items.len())?;
            items
                .iter()
                .try_for_each(|item| list.serialize_element(&Modelled(item)))?;
            list.end()
        }
        _ => {
            let mut list = to.serialize_tuple_struct("Type", items.len())?;
            items
                .iter()
                .try_for_each(|item| list.serialize_field(&Modelled(item)))?;
            list.end()
        }
    }
}

/// So many sequences inside each other. Written out, they would be too deep for readers of JSON.
fn deep<S: Serializer>(levels: u64, to: S) -> Result<S::Ok, S::Error> {
    let inside = json!({ "deep": levels - 1 });
    let items = if levels > 1 { vec![inside] } else { vec![] };
    list("sequence", &json!(items), to)
}

fn named<S: Serializer>(kind: &str, pairs: &Value, to: S) -> Result<S::Ok, S::Error> {
    let pairs = pairs.as_array().unwrap();
    if kind == "map" {
        let mut map = to.serialize_map(Some(pairs.len()))?;
        for pair in pairs {
            map.serialize_entry(&Modelled(&pair[0]), &Modelled(&pair[1]))?;
        }
        return map.end();
    }
    let mut map = to.serialize_struct("Type", pairs.len())?;
    for pair in pairs {
        map.serialize_field(name(&pair[0]), &Modelled(&pair[1]))?;
    }
    map.end()
}

fn variant<S: Serializer>(kind: &str, inside: &Value, to: S) -> Result<S::Ok, S::Error> {
    let items = || inside[1].as_array().unwrap();
    match kind {
        "unit variant" => to.serialize_unit_variant("Type", 0, name(inside)),
        "newtype variant" => {
            to.serialize_newtype_variant("Type", 0, name(&inside[0]), &Modelled(&inside[1]))
        }
        "tuple variant" => {
            let name = name(&inside[0]);
            let mut list = to.serialize_tuple_variant("Type", 0, name, items().len())?;
            items()
                .iter()
                .try_for_each(|item| list.serialize_field(&Modelled(item)))?;
            list.end()
        }
        _ => {
            let mut map =
                to.serialize_struct_variant("Type", 0, name(&inside[0]), items().len())?;
            for pair in items() {
                map.serialize_field(name(&pair[0]), &Modelled(&pair[1]))?;
            }
            map.end()
        }
    }
}

/// Serde has the names of fields and variants as constants of the program.
fn name(text: &Value) -> &'static str {
    text.as_str().unwrap().to_owned().leak()
}
