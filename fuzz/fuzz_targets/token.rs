//! Any text, as a cookie's value: it never opens, and without the cipher a token has one spelling.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| session_runtime::fuzzing::read_token(text));
