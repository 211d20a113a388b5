//! The tests that every store passes, tested: a second store, written apart from the one in memory, passes them,
//! and fails them with each mistake that somebody might make.

mod mistakes;
mod moving;
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
    let mut uncaught = Vec::new();
    for &mistake in Mistake::ALL {
        let mut sentences = SENTENCES.iter();
        match sentences.find(|sentence| breaks(mistake, sentence)) {
            Some(sentence) => eprintln!("{mistake:?} is caught by {sentence}"),
            None => uncaught.push(mistake),
        }
    }
    assert_eq!(uncaught, []);
}

#[test]
fn each_sentence_is_broken_by_a_mistake() {
    let mut unbroken = Vec::new();
    for &sentence in SENTENCES {
        let mut mistakes = Mistake::ALL.iter();
        match mistakes.find(|mistake| breaks(**mistake, sentence)) {
            Some(mistake) => eprintln!("{sentence} is broken by {mistake:?}"),
            None => unbroken.push(sentence),
        }
    }
    assert_eq!(unbroken, [""; 0]);
}

#[test]
fn a_failure_shows_what_the_answer_should_be_and_the_line_that_asked() {
    let sentence = "a_set_removes_every_added_entry_of_its_field";
    let verdict = judge(sentence, async || {
        WrongStore::new(Some(Mistake::SetKeepsAdded))
    });
    let said = verdict.unwrap_err().to_string();
    let expected = [
        "the entries",
        "  should be [field 1: Base \"5\", 39 bytes, field 2: Added \"3\", 39 bytes],",
        "  and are   [field 1: Base \"5\", 39 bytes, field 1: Added \"2\", 39 bytes, \
         field 1: Added \"4\", 39 bytes, field 2: Added \"3\", 39 bytes]",
    ];
    assert!(said.starts_with(&expected.join("\n")), "{said}");
    assert!(said.contains("conformance/"), "{said}");
}

fn breaks(mistake: Mistake, sentence: &str) -> bool {
    let one_for_all = WrongStore::new(Some(mistake));
    let verdict = judge(sentence, async || match mistake {
        Mistake::StoresShareTheirRows => one_for_all.clone(),
        _ => WrongStore::new(Some(mistake)),
    });
    verdict.is_err()
}
