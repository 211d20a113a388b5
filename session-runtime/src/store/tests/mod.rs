//! The tests that every store passes, tested: a second store, written apart from the one in memory, passes them,
//! and fails them with each mistake that somebody might make.

mod mistakes;
mod wrong_store;

use self::mistakes::Mistake;
use self::wrong_store::WrongStore;
use super::conformance::{SENTENCES, judge};

#[test]
fn a_store_without_a_mistake_keeps_every_sentence() {
    for sentence in SENTENCES {
        let verdict = judge(sentence, async || WrongStore::new(None));
        assert!(verdict.is_ok(), "{sentence}: {verdict:?}");
    }
}

#[test]
fn each_mistake_is_caught_by_a_sentence() {
    for mistake in Mistake::ALL {
        let sentence = SENTENCES.iter().find(|sentence| breaks(*mistake, sentence));
        let sentence = sentence.unwrap_or_else(|| panic!("{mistake:?} is caught by no sentence"));
        eprintln!("{mistake:?} is caught by {sentence}");
    }
}

#[test]
fn each_sentence_is_broken_by_a_mistake() {
    for sentence in SENTENCES {
        let mistake = Mistake::ALL
            .iter()
            .find(|mistake| breaks(**mistake, sentence));
        let mistake = mistake.unwrap_or_else(|| panic!("no mistake breaks {sentence}"));
        eprintln!("{sentence} is broken by {mistake:?}");
    }
}

/// A mistake that panics breaks nothing: the sentence must find it by an answer.
fn breaks(mistake: Mistake, sentence: &str) -> bool {
    let one_for_all = WrongStore::new(Some(mistake));
    let verdict = judge(sentence, async || match mistake {
        Mistake::StoresShareTheirRows => one_for_all.clone(),
        _ => WrongStore::new(Some(mistake)),
    });
    verdict.is_err()
}
