//! Any bytes, as if they came out of a token: nothing panics, and a session has one spelling.
#![no_main]

use libfuzzer_sys::fuzz_target;
use session_fuzz::Shapes;

fuzz_target!(|bytes: &[u8]| session_runtime::fuzzing::read_session::<Shapes>(bytes));
