//! A base and the differences that were added to it.

use proptest::prelude::*;

use super::*;
use crate::merge::{Added, Base, Difference, Folded, History, Name, fold};
use crate::time::Timestamp;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

fn base<T: Serialize>(value: T, written_at: u64, deadline: Option<u64>) -> Base {
    Base {
        value: stored(value),
        written_at: at(written_at),
        deadline: deadline.map(at),
        history: History::default(),
    }
}

fn added(name: u8, number: u32, difference: Option<Difference>) -> Added {
    Added {
        name: Name([name; 8]),
        number,
        written_at: at(0),
        deadline: None,
        difference: difference.unwrap(),
    }
}

fn plus(by: i8) -> Option<Difference> {
    ADD.difference(&stored(0), &stored(by))
}

fn member(change: char, item: u8) -> Option<Difference> {
    let (without, with) = (stored([9]), stored([9, item]));
    if change == '+' {
        UNION.difference(&without, &with)
    } else {
        UNION.difference(&with, &without)
    }
}

#[test]
fn differences_apply_in_the_order_of_their_numbers_and_then_what_is_brought_stays() {
    let value = |differences: &[(u8, u32, char)]| {
        let added = differences
            .iter()
            .map(|(name, number, change)| added(*name, *number, member(*change, 1)));
        read::<Vec<u8>>(&fold(&stored([7]), None, added.collect()).base.value)
    };
    assert_eq!(value(&[(1, 1, '+'), (2, 2, '-')]), [7]);
    assert_eq!(value(&[(2, 2, '-'), (1, 1, '+')]), [7]);
    assert_eq!(value(&[(1, 2, '+'), (2, 1, '-')]), [7, 1]);
    for (one, other) in [('+', '-'), ('-', '+')] {
        assert_eq!(
            value(&[(1, 3, one), (2, 3, other)]),
            [7, 1],
            "{one} and {other} at once"
        );
    }
}

#[test]
fn a_field_without_a_base_is_at_its_default() {
    let folded = fold(&stored(5), None, vec![added(1, 1, plus(2))]);
    assert_eq!(read::<i8>(&folded.base.value), 7);
    let folded = fold(
        &stored(5),
        Some(base(1, 0, None)),
        vec![added(1, 1, plus(2))],
    );
    assert_eq!(read::<i8>(&folded.base.value), 3);
}

#[test]
fn what_a_base_remembers_does_not_count_again() {
    let first = fold(
        &stored(0),
        None,
        vec![added(1, 4, plus(2)), added(2, 5, plus(3))],
    );
    let taken = Base {
        history: first.history(at(100)),
        ..first.base
    };
    let again = fold(
        &stored(0),
        Some(taken),
        vec![added(2, 5, plus(3)), added(3, 1, plus(10))],
    );
    assert_eq!(read::<i8>(&again.base.value), 15);
    let history = again.history(at(150));
    assert_eq!(history.highest, 5);
    let names: Vec<_> = history
        .taken
        .iter()
        .map(|(name, at)| (name.0[0], at.to_seconds()))
        .collect();
    assert_eq!(names, [(1, 100), (2, 100), (3, 150)]);
}

#[test]
fn an_entry_that_is_there_twice_counts_once() {
    let twice = vec![added(1, 1, plus(2)), added(1, 1, plus(2))];
    assert_eq!(read::<i8>(&fold(&stored(0), None, twice).base.value), 2);
}

#[test]
fn a_name_is_remembered_for_two_minutes_and_so_are_the_latest_512() {
    let remembered = |folded: &Folded, now| folded.history(at(now)).taken.len();
    let mut folded = fold(&stored(0), None, vec![added(1, 1, plus(1))]);
    folded.base.history = folded.history(at(1000));
    folded.new.clear();
    assert_eq!(remembered(&folded, 1119), 1);
    assert_eq!(remembered(&folded, 1120), 0);
    assert_eq!(remembered(&folded, 900), 1, "another clock");
    folded.base.history.taken = vec![(Name([8; 8]), at(1000)); 600];
    folded.new = vec![Name([9; 8])];
    let taken = folded.history(at(1000)).taken;
    assert_eq!(taken.len(), 512);
    assert_eq!(taken.last().unwrap().0, Name([9; 8]));
}

#[test]
fn a_difference_that_comes_when_the_time_is_over_counts_from_the_default() {
    let add = |name, number, written_at| Added {
        written_at: at(written_at),
        deadline: Some(at(written_at + 10)),
        ..added(name, number, plus(1))
    };
    let value = |all: Vec<Added>| {
        let folded = fold(&stored(0), Some(base(50, 0, Some(10))), all);
        (
            read::<i8>(&folded.base.value),
            folded.base.deadline.unwrap().to_seconds(),
        )
    };
    assert_eq!(value(vec![]), (50, 10));
    assert_eq!(value(vec![add(1, 1, 9)]), (51, 19));
    assert_eq!(value(vec![add(1, 1, 10)]), (1, 20));
    assert_eq!(value(vec![add(1, 1, 10), add(2, 1, 11)]), (2, 21));
    assert_eq!(
        value(vec![add(1, 1, 9), add(2, 1, 12)]),
        (52, 22),
        "the first has started the time again"
    );
    assert_eq!(value(vec![add(1, 1, 9), add(2, 2, 19)]), (1, 29));
}

#[test]
fn a_difference_that_fits_no_more_is_left_out_and_reported() {
    let folded = fold(&stored("text"), None, vec![added(1, 1, plus(1))]);
    assert_eq!(folded.base.value, stored("text"));
    assert!(folded.has_left_out);
    assert!(!fold(&stored(0), None, vec![added(1, 1, plus(1))]).has_left_out);
}

#[test]
fn a_history_is_written_as_the_format_says_and_read_back() {
    let history = History {
        highest: 0x0102_0304,
        taken: vec![(Name([7; 8]), at(0x01_0203_0405)), (Name([8; 8]), at(9))],
    };
    let mut bytes = Vec::new();
    history.write(&mut bytes);
    let expected = b"\x01\x02\x03\x04\x00\x02\x07\x07\x07\x07\x07\x07\x07\x07\x01\x02\x03\x04\x05\
                     \x08\x08\x08\x08\x08\x08\x08\x08\x00\x00\x00\x00\x09";
    assert_eq!(bytes, expected);
    let bytes = Bytes::from(bytes);
    for cut in 0..bytes.len() {
        assert_eq!(History::read(&mut &bytes[..cut]), None, "cut at {cut}");
    }
    let mut rest = &*bytes;
    assert_eq!(History::read(&mut rest), Some(history));
    assert!(rest.is_empty());
    let many = Bytes::from_static(b"\x00\x00\x00\x01\xff\xff");
    assert_eq!(History::read(&mut &*many), None);
}

proptest! {
    /// Whatever is folded when, the sum is the same as long as it stays in the range.
    #[test]
    fn folding_first_some_and_then_others_is_folding_all(
        all in prop::collection::vec((1_u32..4, -9_i8..9), 0..10),
        cut in 0_usize..10,
    ) {
        let add = |(name, (number, by)): (usize, &(u32, i8))| added(u8::try_from(name).unwrap(), *number, plus(*by));
        let all: Vec<Added> = all.iter().enumerate().map(add).collect();
        let whole = fold(&stored(0), None, all.clone()).base.value;
        let cut = cut.min(all.len());
        let first = fold(&stored(0), None, all[..cut].to_vec());
        let taken = Base { history: first.history(at(1)), ..first.base };
        prop_assert_eq!(fold(&stored(0), Some(taken), all).base.value, whole);
    }

    #[test]
    fn the_order_in_which_a_store_returns_them_does_not_count(
        all in prop::collection::vec((1_u32..4, prop::sample::select(vec!['+', '-']), 0_u8..3), 0..8),
        seed in any::<prop::sample::Index>(),
    ) {
        let add = |(name, (number, change, item)): (usize, &(u32, char, u8))| {
            added(u8::try_from(name).unwrap(), *number, member(*change, *item))
        };
        let all: Vec<Added> = all.iter().enumerate().map(add).collect();
        let mut other = all.clone();
        other.rotate_left(seed.index(all.len().max(1)).min(all.len()));
        other.reverse();
        let value = |all| fold(&stored([1]), None, all).base.value;
        prop_assert_eq!(value(all), value(other));
    }
}
