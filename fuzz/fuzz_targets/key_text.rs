//! Any text in place of keys: a key that is taken is written as it was read, and no error shows what it refuses.
#![no_main]

use libfuzzer_sys::fuzz_target;
use session_runtime::{Key, Keyring};

fuzz_target!(|bytes: &[u8]| {
    if let Some(key) = bytes
        .first_chunk()
        .and_then(|root| Key::from_bytes(*root).ok())
    {
        comes_back(&key);
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let keys: Vec<_> = text.split(',').map(str::parse::<Key>).collect();
    keys.iter().flatten().for_each(comes_back);
    match text.parse::<Keyring>() {
        Ok(ring) => {
            assert!(keys.iter().all(Result::is_ok));
            hides(&format!("{ring:?}"), text);
        }
        Err(error) => hides(&format!("{error} {error:?}"), text),
    }
});

fn comes_back(key: &Key) {
    let text = key.reveal();
    let again: Key = text.parse().expect("a key is read as it was written");
    assert_eq!(again.reveal(), text);
    hides(&format!("{key:?}"), &text);
}

/// No word that is as long as a key's text is repeated in a message.
fn hides(message: &str, text: &str) {
    let words = text.split([' ', '\t', '\r', '\n', ',']);
    for word in words.filter(|word| word.len() > 30) {
        assert!(!message.contains(word), "{message}");
    }
}
