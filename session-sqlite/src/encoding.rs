//! The entries of a row as one blob.
//!
//! ```text
//! entry = tag (3) ‖ role (1) ‖ length (4, big-endian) ‖ sealed
//! ```

use bytes::{Buf, Bytes};
use session_runtime::store::{Entry, EntryTag, Role};

pub(crate) fn write(entries: &[Entry]) -> Vec<u8> {
    let mut blob = Vec::new();
    for entry in entries {
        blob.extend(entry.tag.to_bytes());
        blob.push(match entry.role {
            Role::Base => 0,
            Role::Added => 1,
        });
        // A row is 64 KiB at most.
        let len = u32::try_from(entry.sealed.len()).unwrap_or(u32::MAX);
        blob.extend(len.to_be_bytes());
        blob.extend(&entry.sealed);
    }
    blob
}

/// `None` if the blob is not one that was written here.
pub(crate) fn read(blob: Vec<u8>) -> Option<Vec<Entry>> {
    let mut blob = Bytes::from(blob);
    let mut entries = Vec::new();
    while !blob.is_empty() {
        let [a, b, c, role, length @ ..]: [u8; 8] = *blob.first_chunk()?;
        blob.advance(8);
        let len = usize::try_from(u32::from_be_bytes(length)).ok()?;
        if len > blob.len() {
            return None;
        }
        entries.push(Entry {
            tag: EntryTag::from_bytes([a, b, c]),
            role: match role {
                0 => Role::Base,
                1 => Role::Added,
                _ => return None,
            },
            sealed: blob.split_to(len),
        });
    }
    Some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read_as_they_were_written_and_nothing_else_is_read() {
        let entry = |tag: u8, role, sealed: &'static [u8]| Entry {
            tag: EntryTag::from_bytes([tag, 0, 1]),
            role,
            sealed: Bytes::from_static(sealed),
        };
        let entries = [
            entry(1, Role::Base, b""),
            entry(2, Role::Added, b"sealed"),
            entry(2, Role::Base, &[0; 300]),
        ];
        let blob = write(&entries);
        assert_eq!(read(blob.clone()).as_deref(), Some(&entries[..]));
        let ends = [0, 8, 8 + 8 + 6, blob.len()];
        for len in 0..=blob.len() {
            assert_eq!(
                read(blob[..len].to_vec()).is_some(),
                ends.contains(&len),
                "{len}"
            );
        }
        let mut unknown_role = blob;
        unknown_role[3] = 2;
        assert_eq!(read(unknown_role), None);
    }
}
