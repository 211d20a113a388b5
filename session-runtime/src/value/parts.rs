//! A value taken apart without its type: the number that it is, or the items of its list. So a change can be merged
//! where no type is known.

use bytes::Bytes;

use super::shape::{self, Input, Item};
use super::writing;

/// The whole number that fills `bytes`, from the least `i64` to the greatest `u64`.
pub(crate) fn number(bytes: &[u8]) -> Option<i128> {
    let mut input = Input(bytes);
    let number = match input.item().ok()? {
        Item::Unsigned(number) => number.into(),
        Item::Signed(number) => number.into(),
        _ => return None,
    };
    input.0.is_empty().then_some(number)
}

/// The items of the list that fills `bytes`, as slices of them.
pub(crate) fn items(bytes: &Bytes) -> Option<Vec<Bytes>> {
    shape::check(bytes).ok()?;
    let mut input = Input(bytes);
    let Item::Array { values } = input.item().ok()? else {
        return None;
    };
    // The check has found so many values.
    (0..values).map(|_| item(bytes, &mut input)).collect()
}

fn item(bytes: &Bytes, input: &mut Input<'_>) -> Option<Bytes> {
    let start = bytes.len() - input.0.len();
    input.skip().ok()?;
    Some(bytes.slice(start..bytes.len() - input.0.len()))
}

/// Appends a number that [`number`] reads. `None` if no such number is that great or that small.
pub(crate) fn write_number(number: i128, out: &mut Vec<u8>) -> Option<()> {
    match (u64::try_from(number), i64::try_from(number)) {
        (Ok(number), _) => writing::serialize(&number, out).ok(),
        (_, Ok(number)) => writing::serialize(&number, out).ok(),
        _ => None,
    }
}

/// Appends a list that [`items`] reads.
pub(crate) fn write_items<T: AsRef<[u8]>>(items: &[T], out: &mut Vec<u8>) -> Option<()> {
    writing::start_of_list(items.len(), out).ok()?;
    for item in items {
        out.extend_from_slice(item.as_ref());
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value;

    #[test]
    fn a_number_is_read_back_and_nothing_else_is_one() {
        let limits = [i64::MIN.into(), -1, 0, 127, 128, u64::MAX.into()];
        for expected in limits {
            let mut bytes = Vec::new();
            write_number(expected, &mut bytes).unwrap();
            assert_eq!(number(&bytes), Some(expected));
            bytes.push(0);
            assert_eq!(number(&bytes), None, "{expected} with a byte behind it");
        }
        for out_of_range in [i128::from(i64::MIN) - 1, i128::from(u64::MAX) + 1] {
            assert_eq!(write_number(out_of_range, &mut Vec::new()), None);
        }
        for other in [&b""[..], b"\xc0", b"\xa1a", b"\x91\x01", b"\xcd\x01"] {
            assert_eq!(number(other), None, "{other:02x?}");
        }
    }

    #[test]
    fn a_list_is_read_back_item_by_item_and_nothing_else_is_one() {
        let list = (1, vec!["a", "b"], vec![vec![1]], None::<u8>);
        let mut bytes = Vec::new();
        value::encode(&list, &mut bytes).unwrap();
        let bytes = Bytes::from(bytes);
        let items = items(&bytes).unwrap();
        let expected: [&[u8]; 4] = [b"\x01", b"\x92\xa1a\xa1b", b"\x91\x91\x01", b"\xc0"];
        assert_eq!(items, expected);
        let mut again = Vec::new();
        write_items(&items, &mut again).unwrap();
        assert_eq!(again, bytes);
        for cut in 0..bytes.len() {
            assert_eq!(super::items(&bytes.slice(..cut)), None, "cut at {cut}");
        }
        for other in [&b"\x01"[..], b"\x81\x01\x02", b"\x90\x00", b"\xa1a"] {
            assert_eq!(super::items(&Bytes::from_static(other)), None);
        }
    }
}
