//! The answers of a server, in either of its protocols. None of them is trusted to be what it should.

use redis::Value;
use session_runtime::store::StoreError;

use crate::error::unexpected_answer;

/// A string, or a list of strings and gaps.
pub(crate) struct Answer(Vec<Option<Vec<u8>>>);

impl Answer {
    pub(crate) fn of(value: Value) -> Result<Self, StoreError> {
        let items = match value {
            Value::Array(items) => items,
            one => vec![one],
        };
        let strings = items.into_iter().map(|item| match item {
            Value::Nil => Some(None),
            item => string(item).map(Some),
        });
        let strings = strings.collect::<Option<_>>();
        strings.map(Self).ok_or_else(unexpected_answer)
    }

    /// The first string, by which a script says what follows.
    pub(crate) fn word(&self) -> &[u8] {
        self.get(0).unwrap_or_default()
    }

    pub(crate) fn get(&self, at: usize) -> Option<&[u8]> {
        self.0.get(at)?.as_deref()
    }
}

/// The strings of a list.
pub(crate) fn strings(value: Value) -> Option<Vec<Vec<u8>>> {
    let Value::Array(items) = value else {
        return None;
    };
    items.into_iter().map(string).collect()
}

/// The fields of a hash and their values.
pub(crate) fn pairs(value: Value) -> Option<Vec<(Vec<u8>, Vec<u8>)>> {
    match value {
        Value::Map(pairs) => {
            let pairs = pairs.into_iter();
            pairs
                .map(|(field, value)| Some((string(field)?, string(value)?)))
                .collect()
        }
        Value::Array(items) => {
            let mut pairs = Vec::with_capacity(items.len() / 2);
            let mut items = items.into_iter();
            while let Some(field) = items.next() {
                pairs.push((string(field)?, string(items.next()?)?));
            }
            Some(pairs)
        }
        _ => None,
    }
}

/// Every string in an answer: a cluster answers with one for each of its nodes.
pub(crate) fn texts(value: Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.into_iter().flat_map(texts).collect(),
        Value::Map(pairs) => pairs
            .into_iter()
            .flat_map(|(_, text)| texts(text))
            .collect(),
        Value::VerbatimString { text, .. } => vec![text],
        one => {
            let text = string(one).map(|text| String::from_utf8_lossy(&text).into_owned());
            text.into_iter().collect()
        }
    }
}

fn string(value: Value) -> Option<Vec<u8>> {
    match value {
        Value::BulkString(bytes) => Some(bytes),
        Value::SimpleString(text) => Some(text.into_bytes()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bulk(text: &str) -> Value {
        Value::BulkString(text.into())
    }

    #[test]
    fn pairs_are_read_in_both_protocols_and_from_nothing_else() {
        let pair = vec![(b"e".to_vec(), b"7".to_vec())];
        let array = |items: &[Value]| Value::Array(items.to_vec());
        assert_eq!(pairs(array(&[bulk("e"), bulk("7")])), Some(pair.clone()));
        assert_eq!(pairs(Value::Map(vec![(bulk("e"), bulk("7"))])), Some(pair));
        for bad in [
            Value::Nil,
            Value::Okay,
            Value::Int(1),
            bulk("e"),
            array(&[bulk("e")]),
            array(&[bulk("e"), Value::Nil]),
            array(&[bulk("e"), Value::Int(1)]),
            array(&[array(&[]), bulk("e")]),
        ] {
            assert_eq!(pairs(bad.clone()), None, "{bad:?}");
        }
    }

    #[test]
    fn an_answer_is_a_string_or_a_list_of_strings_and_gaps() {
        let answer = Answer::of(Value::Array(vec![bulk("done"), Value::Nil])).unwrap();
        assert_eq!((answer.word(), answer.get(1)), (&b"done"[..], None));
        assert_eq!(Answer::of(bulk("done")).unwrap().word(), b"done");
        assert_eq!(Answer::of(Value::Nil).unwrap().word(), b"");
        for bad in [
            Value::Int(1),
            Value::Okay,
            Value::Array(vec![Value::Array(Vec::new())]),
        ] {
            assert!(Answer::of(bad.clone()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn every_text_of_a_cluster_is_read() {
        let nodes = Value::Map(vec![
            (bulk("a:1"), bulk("one")),
            (bulk("b:1"), Value::SimpleString("two".to_owned())),
            (bulk("c:1"), Value::Nil),
        ]);
        assert_eq!(texts(nodes), ["one", "two"]);
    }
}
