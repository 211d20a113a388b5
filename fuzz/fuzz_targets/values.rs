//! Any value, written and read: it comes back as it was, at least wherever it comes back from JSON.
#![no_main]

use libfuzzer_sys::fuzz_target;
use session_fuzz::Value;
use session_runtime::fuzzing::{decode, encode};

fuzz_target!(|value: Value| {
    let comes_back = encode(&value).and_then(|bytes| decode(&bytes)).as_ref() == Some(&value);
    assert!(comes_back || !comes_back_from_json(&value), "{value:?}");
});

fn comes_back_from_json(value: &Value) -> bool {
    let Ok(json) = serde_json::to_string(value) else {
        return false;
    };
    let is_shallow = |json| depth(&json) < DEEPEST;
    let read = serde_json::from_str(&json);
    read.is_ok_and(is_shallow) && serde_json::from_str(&json).ok().as_ref() == Some(value)
}

/// A session stores 64 arrays and maps inside each other. JSON has none for some of ours, such as a variant's name.
const DEEPEST: usize = 60;

fn depth(json: &serde_json::Value) -> usize {
    match json {
        serde_json::Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        serde_json::Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}
