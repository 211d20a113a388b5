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
    let Ok(text) = serde_json::to_string(value) else {
        return false;
    };
    // Deeper than a session stores a value.
    let depth = text.bytes().scan(0, |depth, byte| {
        *depth += i32::from(b"[{".contains(&byte)) - i32::from(b"]}".contains(&byte));
        Some(*depth)
    });
    depth.max() < Some(60) && serde_json::from_str(&text).ok().as_ref() == Some(value)
}
