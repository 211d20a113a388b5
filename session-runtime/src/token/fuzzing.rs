//! The functions by which the fuzzer drives every reader of tokens, with and without the cipher before it.

use super::engine::Engine;
use super::*;

/// A cipher that lets everything through, so that the fuzzer reaches what stands behind the real one.
struct NoCipher;

const NO_TAG: [u8; TAG_BYTES] = [0; TAG_BYTES];

impl Engine for NoCipher {
    fn seal(&self, _: &[u8; 32], _: &Nonce, _: &[u8], _: &mut [u8]) -> [u8; TAG_BYTES] {
        NO_TAG
    }

    fn open(&self, _: &[u8; 32], _: &Nonce, _: &[u8], _: &mut [u8], tag: &[u8; TAG_BYTES]) -> bool {
        *tag == NO_TAG
    }
}

/// The text of a token that [`NoCipher`] opens.
pub(crate) fn unsealed(keys: &PartKeys, plaintext: &[u8]) -> Vec<u8> {
    let header = header(keys.sealing(Timestamp::from_seconds(0)).id);
    let token = [&header[..], &[7; NONCE_BYTES], plaintext, &NO_TAG].concat();
    let mut text = Vec::new();
    text::write(&token, &mut text);
    text
}

/// Reads a token that nobody sealed.
///
/// # Panics
///
/// When a promise of the format is broken.
pub(crate) fn read(keys: &PartKeys, text: &[u8]) {
    let opened = open(keys, text);
    assert!(opened.is_err(), "nobody sealed it: {opened:?}");
    let Ok((message, _)) = open_bytes(&NoCipher, keys, text) else {
        return;
    };
    let mut again = Vec::new();
    text::write(&text::decode(text).unwrap_or_default(), &mut again);
    assert_eq!(again, text, "a token has one spelling");
    assert!(
        text.len() <= MAX_CHARACTERS,
        "a longer token is not decoded"
    );
    read_message(&message);
}

/// Reads what came out of a token, or of an entry in a store, as everything that it may be.
///
/// # Panics
///
/// When something has two spellings.
pub(crate) fn read_message(message: &Bytes) {
    if let Ok(session) = Plaintext::read(message.clone()) {
        assert_eq!(
            &written(|out| session.write(out)),
            message,
            "a session has one spelling"
        );
    }
    #[cfg(feature = "stored")]
    read_stored(message);
}

#[cfg(feature = "stored")]
fn read_stored(message: &Bytes) {
    use crate::merge::Added;

    if let Some(ticket) = Ticket::read(message) {
        assert_eq!(
            &written(|out| ticket.write(out)),
            message,
            "a ticket has one spelling"
        );
    }
    if let Some(entry) = EntryValue::read(message.clone()) {
        assert_eq!(
            &written(|out| entry.write(out)),
            message,
            "an entry has one spelling"
        );
    }
    if let Some((number, difference)) = Added::read(message.clone()) {
        let again = Added::write(number, &difference).map(|again| Added::read(again));
        assert_eq!(
            again,
            Some(Some((number, difference))),
            "a difference is read as it was written"
        );
    }
    Label::read(message);
}

fn written(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&mut bytes);
    bytes
}
