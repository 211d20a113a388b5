//! The tag that stands for a field's wire name in a token.

use std::fmt::{self, Display, Formatter};

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

/// 24 bits of FNV-1a. Part of the stored format: another hash would orphan every field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tag([u8; 3]);

const OFFSET_BASIS: u32 = 0x811c_9dc5;
const PRIME: u32 = 0x0100_0193;

impl Tag {
    pub(crate) fn new(wire_name: &str) -> Self {
        let hash = wire_name.bytes().fold(OFFSET_BASIS, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(PRIME)
        });
        // FNV's authors fold the spare bits in; cutting them off would spread worse.
        let [_, a, b, c] = ((hash >> 24) ^ (hash & 0x00ff_ffff)).to_be_bytes();
        Self([a, b, c])
    }
}

impl Display for Tag {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let [a, b, c] = self.0;
        write!(f, "0x{a:02x}{b:02x}{c:02x}")
    }
}

impl ToTokens for Tag {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let [a, b, c] = self.0;
        tokens.extend(quote!([#a, #b, #c]));
    }
}
