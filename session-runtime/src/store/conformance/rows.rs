//! Rows come back as they were put in.

use std::sync::Arc;

use bytes::Bytes;

use super::given::{EXPIRES, NOW, added, base, field, key, mark, owner, row, row_of};
use super::verdict::{Answer, Verdict, same_entries};
use crate::store::{Created, Entry, Loaded, NewRow, Role, Row, Store};

pub(super) async fn what_was_created_is_loaded<S: Store>(store: Arc<S>) -> Verdict {
    let entries = [base(1, 1), added(1, 2), added(2, 3), base(3, 4)];
    let new = NewRow {
        owner: Some(owner(1)),
        ..row(1, &entries)
    };
    store.create(new, NOW).await?.is(Created::Done)?;
    let mut loaded = store.load(key(1), NOW).await?.alive()?;
    same_entries(&loaded.entries, &entries)?;
    loaded.entries.clear();
    loaded.is(Row {
        mark: mark(1),
        owner: Some(owner(1)),
        expires: EXPIRES,
        entries: Vec::new(),
        before: None,
    })
}

pub(super) async fn a_row_without_entries_is_a_row<S: Store>(store: Arc<S>) -> Verdict {
    store.create(row(1, &[]), NOW).await?.is(Created::Done)?;
    let loaded = store.load(key(1), NOW).await?.alive()?;
    same_entries(&loaded.entries, &[])
}

pub(super) async fn a_row_that_is_not_there_is_missing<S: Store>(store: Arc<S>) -> Verdict {
    store.create(row(1, &[]), NOW).await?.is(Created::Done)?;
    store.load(key(2), NOW).await?.is(Loaded::Missing)
}

pub(super) async fn a_row_is_missing_from_the_second_in_which_it_expires<S: Store>(
    store: Arc<S>,
) -> Verdict {
    store.create(row(1, &[]), NOW).await?.is(Created::Done)?;
    store.load(key(1), EXPIRES - 1).await?.alive()?;
    store.load(key(1), EXPIRES).await?.is(Loaded::Missing)
}

pub(super) async fn entries_of_every_length_and_every_byte_survive<S: Store>(
    store: Arc<S>,
) -> Verdict {
    let every_byte: Vec<u8> = (0..=u8::MAX).collect();
    let long = every_byte.repeat(256);
    let of = |number, sealed: &[u8]| Entry {
        tag: field(number),
        role: Role::Base,
        sealed: Bytes::copy_from_slice(sealed),
    };
    let entries = [of(1, &[]), of(2, &[0]), of(3, &every_byte), of(4, &long)];
    store
        .create(row(1, &entries), NOW)
        .await?
        .is(Created::Done)?;
    let loaded = store.load(key(1), NOW).await?.alive()?;
    same_entries(&loaded.entries, &entries)
}

pub(super) async fn two_hundred_entries_of_one_row_survive<S: Store>(store: Arc<S>) -> Verdict {
    let entries: Vec<_> = (0..200)
        .map(|number| base(number, u32::from(number)))
        .collect();
    store
        .create(row(1, &entries), NOW)
        .await?
        .is(Created::Done)?;
    let loaded = store.load(key(1), NOW).await?.alive()?;
    same_entries(&loaded.entries, &entries)
}

pub(super) async fn two_stores_do_not_see_each_others_rows<S: Store>(
    store: Arc<S>,
    other: Arc<S>,
) -> Verdict {
    store.create(row_of(1, 1), NOW).await?.is(Created::Done)?;
    other.load(key(1), NOW).await?.is(Loaded::Missing)?;
    other.list(&[owner(1)], NOW).await?.is(Vec::new())
}

pub(super) async fn a_create_of_a_taken_key_changes_nothing<S: Store>(store: Arc<S>) -> Verdict {
    let (first, second) = ([base(1, 1)], [base(2, 2)]);
    store.create(row(1, &first), NOW).await?.is(Created::Done)?;
    let before = store.load(key(1), NOW).await?;
    let other = NewRow {
        mark: mark(2),
        owner: Some(owner(1)),
        expires: EXPIRES + 1,
        ..row(1, &second)
    };
    store.create(other, NOW).await?.is(Created::Taken)?;
    store.load(key(1), NOW).await?.is(before)?;
    store.list(&[owner(1)], NOW).await?.is(Vec::new())
}

pub(super) async fn a_repeated_create_is_done_and_changes_nothing<S: Store>(
    store: Arc<S>,
) -> Verdict {
    let entries = [base(1, 1), base(2, 2), added(2, 3)];
    let in_another_order = [added(2, 3), base(2, 2), base(1, 1)];
    let new = NewRow {
        label: Some(b"label"),
        ..row(1, &entries)
    };
    store.create(new, NOW).await?.is(Created::Done)?;
    store.create(new, NOW).await?.is(Created::Done)?;
    let again = NewRow {
        entries: &in_another_order,
        ..new
    };
    store.create(again, NOW + 1).await?.is(Created::Done)?;
    let loaded = store.load(key(1), NOW).await?.alive()?;
    same_entries(&loaded.entries, &entries)
}

pub(super) async fn a_row_that_differs_in_any_part_is_no_repetition<S: Store>(
    store: Arc<S>,
) -> Verdict {
    let (entries, less, other) = (
        [base(1, 1), base(2, 2)],
        [base(1, 1)],
        [base(1, 1), base(2, 3)],
    );
    let new = row(1, &entries);
    store.create(new, NOW).await?.is(Created::Done)?;
    let (mark, owner, expires) = (mark(2), Some(owner(1)), EXPIRES + 1);
    for different in [
        NewRow { mark, ..new },
        NewRow { owner, ..new },
        NewRow { expires, ..new },
        row(1, &less),
        row(1, &other),
        NewRow {
            label: Some(b""),
            ..new
        },
    ] {
        store.create(different, NOW).await?.is(Created::Taken)?;
    }
    Ok(())
}

pub(super) async fn a_create_takes_the_place_of_a_row_that_is_over<S: Store>(
    store: Arc<S>,
) -> Verdict {
    store.create(row_of(1, 1), NOW).await?.is(Created::Done)?;
    let entries = [base(1, 1)];
    let new = NewRow {
        expires: EXPIRES + 3600,
        ..row(1, &entries)
    };
    store.create(new, EXPIRES).await?.is(Created::Done)?;
    let loaded = store.load(key(1), EXPIRES).await?.alive()?;
    loaded.owner.is(None)?;
    same_entries(&loaded.entries, &entries)?;
    store.list(&[owner(1)], EXPIRES).await?.is(Vec::new())
}
