//! Prints a new session key, to be put into `SESSION_KEYS`.

use session_runtime::Key;

#[expect(clippy::print_stdout, reason = "printing the key is what this is for")]
fn main() {
    println!("{}", Key::generate().reveal());
}
