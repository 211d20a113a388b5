use session_runtime::{Key, Keyring};

fn main() {
    let _ = Keyring::new([Key::generate()]);
    let _ = Key::derive_from(b"secret");
}
