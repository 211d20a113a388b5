//! The values that tests put into a store. Equal numbers make equal values.

use std::sync::LazyLock;

use bytes::Bytes;

use crate::store::{
    Change, Commit, Entry, EntryTag, Mark, NewRow, Owner, Renewal, Role, RowEnding, RowKey, Why,
};

/// The second in which a test begins. It is far away, so that no engine deletes by its own clock what a test needs,
/// and has more than 32 bits.
pub(super) const NOW: u64 = 5_000_000_000;

/// The second in which the rows of tests are over.
pub(super) const EXPIRES: u64 = NOW + 3600;

/// The second in which the copy that a renewal leaves is over.
pub(super) const KEPT_UNTIL: u64 = NOW + 60;

/// The second until which the tombstones of tests stay, if the row would not have stayed longer.
pub(super) const ENDED_UNTIL: u64 = NOW + 300;

/// Dead rows are kept for so many seconds, for the clocks of several servers.
pub(super) const GRACE: u64 = 300;

pub(super) fn key(number: u32) -> RowKey {
    RowKey::from_bytes(bytes_of(number))
}

pub(super) fn mark(number: u32) -> Mark {
    Mark::from_bytes(bytes_of(number))
}

pub(super) fn owner(number: u32) -> Owner {
    Owner::from_bytes(bytes_of(number))
}

pub(super) fn field(number: u8) -> EntryTag {
    EntryTag::from_bytes([0x80, 0, number])
}

/// With a zero, a byte that is no ASCII, and the number.
fn bytes_of<const N: usize>(number: u32) -> [u8; N] {
    let mut bytes = [0; N];
    bytes[..2].copy_from_slice(&[0xff, 0x80]);
    bytes[N - 4..].copy_from_slice(&number.to_be_bytes());
    bytes
}

pub(super) fn base(of: u8, number: u32) -> Entry {
    entry(of, Role::Base, number)
}

pub(super) fn added(of: u8, number: u32) -> Entry {
    entry(of, Role::Added, number)
}

/// As with sealed values, the first 29 bytes are those of no other entry.
fn entry(of: u8, role: Role, number: u32) -> Entry {
    let sealed = format!("{number:<29}of field {of}");
    Entry {
        tag: field(of),
        role,
        sealed: Bytes::from(sealed),
    }
}

/// The row of a visitor who is not logged in.
pub(super) fn row(number: u32, entries: &[Entry]) -> NewRow<'_> {
    NewRow {
        key: key(number),
        mark: mark(1),
        owner: None,
        expires: EXPIRES,
        entries,
        label: None,
    }
}

pub(super) fn row_of(user: u32, number: u32) -> NewRow<'static> {
    NewRow {
        owner: Some(owner(user)),
        ..row(number, &[])
    }
}

/// A commit by the mark of a new row.
pub(super) fn commit(changes: &[Change]) -> Commit<'_> {
    Commit {
        mark: mark(1),
        seen: &[],
        changes,
        expires: None,
        renewal: None,
    }
}

/// A commit that renews, by the mark of a new row.
pub(super) fn renewing(renewal: Renewal<'_>) -> Commit<'_> {
    Commit {
        renewal: Some(renewal),
        ..commit(&[])
    }
}

/// A renewal without a login.
pub(super) fn renewal(new_mark: u32, of: Option<Owner>) -> Renewal<'static> {
    Renewal {
        mark: mark(new_mark),
        owner: of,
        joins: &[],
        keep_until: KEPT_UNTIL,
        label: None,
    }
}

pub(super) fn login(new_mark: u32, user: u32) -> Renewal<'static> {
    Renewal {
        joins: OWNERS
            .get(user as usize..=user as usize)
            .unwrap_or_default(),
        ..renewal(new_mark, Some(owner(user)))
    }
}

/// The first owners by their numbers.
static OWNERS: LazyLock<Vec<Owner>> = LazyLock::new(|| (0..256).map(owner).collect());

/// A logout of one of these users, or of nobody.
pub(super) fn ending(owners: &[Owner]) -> RowEnding<'_> {
    RowEnding {
        owners,
        why: Why::ByVisitor,
        until: ENDED_UNTIL,
    }
}
