//! One change as a difference.

use proptest::prelude::*;

use super::*;
use crate::merge::{Difference, IntegerField};

fn difference<T: Serialize>(merge: Merge, before: T, after: T) -> Option<Difference> {
    merge.difference(&stored(before), &stored(after))
}

fn applied<T: Serialize, U: DeserializeOwned>(difference: &Difference, value: T) -> U {
    read(&difference.apply(&stored(value)).unwrap())
}

#[test]
fn a_sum_stops_at_the_limits_of_the_type() {
    let up = difference(ADD, 0, 100).unwrap();
    assert_eq!(applied::<_, i8>(&up, 20_i8), 120);
    assert_eq!(applied::<_, i8>(&up, 28_i8), 127);
    let down = difference(ADD, 0, -100).unwrap();
    assert_eq!(applied::<_, i8>(&down, -29_i8), -128);
    let least = u64::MIN;
    let greatest = difference(u64::ADD, least, u64::MAX).unwrap();
    assert_eq!(applied::<_, u64>(&greatest, 7_u64), u64::MAX);
}

#[test]
fn a_number_that_the_type_does_not_have_has_no_difference() {
    assert_eq!(difference(ADD, 1000, 1), None);
    assert_eq!(difference(ADD, 1, 1000), None);
    assert_eq!(
        difference(i64::ADD, i64::MAX, i64::MIN),
        None,
        "no number is that small"
    );
    assert!(difference(i64::ADD, i64::MIN, i64::MAX).is_some());
}

#[test]
fn a_limit_that_is_taken_back_has_no_difference() {
    assert_eq!(difference(u8::MAX_OF, 9, 3), None);
    assert_eq!(difference(u8::MIN_OF, 3, 9), None);
    let greatest = difference(u8::MAX_OF, 3, 9).unwrap();
    assert_eq!(applied::<_, u8>(&greatest, 12), 12);
    assert_eq!(applied::<_, u8>(&greatest, 4), 9);
    let least = difference(u8::MIN_OF, 9, 3).unwrap();
    assert_eq!(applied::<_, u8>(&least, 2), 2);
    assert_eq!(applied::<_, u8>(&least, 4), 3);
}

#[test]
fn items_come_and_go_each_for_itself() {
    let set = |items: &[u8]| items.iter().copied().collect::<BTreeSet<u8>>();
    let change = difference(UNION, set(&[1, 2, 3]), set(&[2, 3, 4])).unwrap();
    assert_eq!(
        applied::<_, BTreeSet<u8>>(&change, set(&[1, 5])),
        set(&[4, 5])
    );
    let nothing = difference(UNION, [1, 2], [2, 1]).unwrap();
    assert_eq!(
        applied::<_, Vec<u8>>(&nothing, [7, 8]),
        [7, 8],
        "another order is no change"
    );
}

#[test]
fn a_list_grows_at_its_end_and_the_oldest_items_go() {
    let added = difference(APPEND, vec![1], vec![1, 2, 3]).unwrap();
    assert_eq!(applied::<_, Vec<u8>>(&added, vec![7, 8, 9]), [8, 9, 2, 3]);
    let trimmed = difference(APPEND, vec![1, 2, 3, 4], vec![3, 4, 5, 6]).unwrap();
    assert_eq!(applied::<_, Vec<u8>>(&trimmed, vec![1]), [1, 5, 6]);
    for edited in [vec![2, 1], vec![1], vec![], vec![9, 1, 2], vec![2, 3]] {
        assert_eq!(
            difference(APPEND, vec![1, 2], edited.clone()),
            None,
            "{edited:?}"
        );
    }
}

#[test]
fn a_list_is_kept_within_its_cap_and_nothing_else_is_changed() {
    let kept = |value: Bytes| APPEND.kept(&value);
    assert_eq!(kept(stored([1, 2, 3, 4, 5])), stored([2, 3, 4, 5]));
    assert_eq!(kept(stored([1, 2, 3, 4])), stored([1, 2, 3, 4]));
    assert_eq!(kept(stored("text")), stored("text"));
    assert_eq!(
        UNION.kept(&stored([1, 2, 3, 4, 5])),
        stored([1, 2, 3, 4, 5])
    );
}

#[test]
fn a_new_item_is_dropped_where_it_is_added_at_the_front_of_a_full_list() {
    let drops =
        |before: &[u8], after: &[u8]| APPEND.drops_a_new_item(&stored(before), &stored(after));
    assert!(drops(&[1, 2, 3, 4], &[5, 1, 2, 3, 4]));
    assert!(drops(&[1, 2, 3, 4], &[3, 1, 2, 3, 4]), "once more");
    assert!(drops(&[2, 3], &[4, 1, 2, 3, 5]), "one of two");
    for (before, after) in [
        (&[1, 2, 3, 4][..], &[1, 2, 3, 4, 5][..]),
        (&[1], &[1, 2, 3, 4, 5, 6]),
        (&[], &[1, 2, 3, 4, 5, 6]),
        (&[1, 2, 3], &[4, 1, 2, 3]),
        (&[1, 2, 3, 4], &[4, 3, 2, 1]),
        (&[1, 2, 3, 4, 5, 6], &[1, 2, 9, 4, 5, 6]),
    ] {
        assert!(!drops(before, after), "{before:?} {after:?}");
    }
    assert!(!UNION.drops_a_new_item(&stored([1, 2, 3, 4]), &stored([5, 1, 2, 3, 4])));
}

#[test]
fn a_value_of_another_kind_has_no_difference_and_takes_none() {
    let values = [
        stored(1),
        stored([1, 2]),
        stored("text"),
        stored(None::<u8>),
        Bytes::new(),
    ];
    for (merge, own) in [
        (ADD, 0),
        (UNION, 1),
        (APPEND, 1),
        (u8::MAX_OF, 0),
        (u8::MIN_OF, 0),
    ] {
        let difference = merge.difference(&values[own], &values[own]).unwrap();
        for (at, other) in values.iter().enumerate().filter(|(at, _)| *at != own) {
            assert_eq!(
                merge.difference(&values[own], other),
                None,
                "{merge:?} to {at}"
            );
            assert_eq!(
                merge.difference(other, &values[own]),
                None,
                "{merge:?} from {at}"
            );
            assert_eq!(difference.apply(other), None, "{merge:?} on {at}");
        }
    }
}

fn lists() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(0_u8..3, 0..6)
}

proptest! {
    #[test]
    fn a_difference_makes_what_it_was_taken_from(
        (before, after) in (any::<i8>(), any::<i8>()),
        (old, new) in (lists(), lists()),
    ) {
        let numbers = (stored(before), stored(after));
        for merge in [ADD, i8::MAX_OF, i8::MIN_OF] {
            let Some(difference) = merge.difference(&numbers.0, &numbers.1) else {
                prop_assert!(merge != ADD && before != after);
                continue;
            };
            prop_assert_eq!(difference.apply(&numbers.0), Some(numbers.1.clone()));
        }
        let lists = (stored(&old), APPEND.kept(&stored(&new)));
        if let Some(difference) = APPEND.difference(&lists.0, &lists.1) {
            prop_assert_eq!(difference.apply(&lists.0), Some(lists.1));
        }
        let sets = (BTreeSet::from_iter(old), BTreeSet::from_iter(new));
        let difference = difference(UNION, &sets.0, &sets.1).unwrap();
        prop_assert_eq!(applied::<_, BTreeSet<u8>>(&difference, &sets.0), sets.1);
    }

    #[test]
    fn what_is_added_to_a_list_is_found_as_in_a_naive_search(
        (before, after) in (lists(), lists()),
    ) {
        let longest = (0..=before.len()).find(|from| after.starts_with(&before[*from..])).unwrap();
        let expected = (longest == 0 || after.len() == 4).then(|| &after[before.len() - longest..]);
        let found = difference(APPEND, &before, &after);
        let found = found.map(|found| match found {
            Difference::Append { cap: 4, added } => added.iter().map(read).collect::<Vec<u8>>(),
            other => panic!("{other:?}"),
        });
        prop_assert_eq!(found.as_deref(), expected);
    }

    #[cfg(feature = "stored")]
    #[test]
    fn a_difference_is_read_back(
        (before, after) in (any::<i8>(), any::<i8>()),
        (old, added) in (lists(), lists()),
    ) {
        let differences = [
            difference(ADD, before, after),
            difference(i8::MAX_OF, before, after),
            difference(i8::MIN_OF, before, after),
            difference(UNION, &old, &added),
            difference(APPEND, old.clone(), [old, added].concat()),
        ];
        for difference in differences.into_iter().flatten() {
            let written = difference.write().unwrap();
            prop_assert_eq!(Difference::read(&written), Some(difference));
        }
    }

    #[cfg(feature = "stored")]
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..40), value in lists()) {
        let bytes = Bytes::from(bytes);
        for list in [stored(&value), bytes.clone()] {
            let with_kind = [&b"\x95"[..], &bytes].concat();
            for difference in [bytes.clone(), with_kind.into()].iter().filter_map(Difference::read) {
                difference.apply(&list);
                difference.apply(&stored(1));
            }
        }
    }
}

#[cfg(feature = "stored")]
#[test]
fn differences_are_written_as_the_format_says() {
    let written = |difference: Option<Difference>| difference.unwrap().write().unwrap();
    let cases: [(Bytes, &[u8]); 5] = [
        (written(difference(ADD, 1, 3)), b"\x94\x01\xd0\x80\x7f\x02"),
        (
            written(difference(UNION, [1, 2], [2, 3])),
            b"\x93\x02\x91\x01\x91\x03",
        ),
        (
            written(difference(APPEND, vec![1], vec![1, 2])),
            b"\x93\x03\x04\x91\x02",
        ),
        (written(difference(u8::MAX_OF, 1, 200)), b"\x92\x04\xcc\xc8"),
        (written(difference(u8::MIN_OF, 3, 1)), b"\x92\x05\x01"),
    ];
    for (written, expected) in cases {
        assert_eq!(written, expected);
    }
    let refused: [&[u8]; 7] = [
        b"",
        b"\x90",
        b"\x92\x06\x01",
        b"\x93\x04\x01\x01",
        b"\x91\x04",
        b"\x92\x04\xa1a",
        b"\x94\x03\xff\x90",
    ];
    for bytes in refused {
        assert_eq!(
            Difference::read(&Bytes::from_static(bytes)),
            None,
            "{bytes:02x?}"
        );
    }
}
