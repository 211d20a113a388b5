//! The fast engine: HChaCha20 of the crate `chacha20`, and ChaCha20-Poly1305 of `ring`.
//!
//! XChaCha20-Poly1305 is ChaCha20-Poly1305 under a subkey. HChaCha20 makes the subkey of the key and the first 16 bytes
//! of the nonce. The other 8 bytes, behind 4 zeros, are the nonce under the subkey.

use chacha20::{R20, hchacha};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, Tag, UnboundKey};
use zeroize::Zeroizing;

use super::{Engine, NONCE_BYTES, TAG_BYTES};

pub(in crate::token) struct Ring;

impl Engine for Ring {
    #[expect(
        clippy::expect_used,
        reason = "the cipher's limit of 256 GiB is more than a token can be"
    )]
    fn seal(
        &self,
        key: &[u8; 32],
        nonce: &[u8; NONCE_BYTES],
        associated: &[u8],
        message: &mut [u8],
    ) -> [u8; TAG_BYTES] {
        let (subkey, nonce) = subkey(key, nonce);
        let tag = cipher(&subkey)
            .seal_in_place_separate_tag(nonce, Aad::from(associated), message)
            .expect("a message the cipher can take");
        let mut bytes = [0; TAG_BYTES];
        bytes.copy_from_slice(tag.as_ref());
        bytes
    }

    fn open(
        &self,
        key: &[u8; 32],
        nonce: &[u8; NONCE_BYTES],
        associated: &[u8],
        message: &mut [u8],
        tag: &[u8; TAG_BYTES],
    ) -> bool {
        let (subkey, nonce) = subkey(key, nonce);
        let associated = Aad::from(associated);
        let cipher = cipher(&subkey);
        let opened =
            cipher.open_in_place_separate_tag(nonce, associated, Tag::from(*tag), message, 0..);
        opened.is_ok()
    }
}

fn subkey(key: &[u8; 32], nonce: &[u8; NONCE_BYTES]) -> (Zeroizing<[u8; 32]>, Nonce) {
    let [first @ .., a, b, c, d, e, f, g, h] = *nonce;
    let subkey = hchacha::<R20>(key.into(), &first.into());
    let subkey = Zeroizing::new(<[u8; 32]>::from(subkey));
    let nonce = [0, 0, 0, 0, a, b, c, d, e, f, g, h];
    (subkey, Nonce::assume_unique_for_key(nonce))
}

#[expect(
    clippy::expect_used,
    reason = "32 bytes are the length of a key of ChaCha20-Poly1305"
)]
#[inline]
fn cipher(subkey: &[u8; 32]) -> LessSafeKey {
    let key = UnboundKey::new(&CHACHA20_POLY1305, subkey).expect("a key of 32 bytes");
    LessSafeKey::new(key)
}
