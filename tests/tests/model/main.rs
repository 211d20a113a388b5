//! A request sees what the documentation promises, in every order of events. The real layer and a model
//! of it are taken through the same sequences, and may differ in nothing that a handler sees.
//! `PROPTEST_CASES` sets the number of sequences.
//!
//! Models that make one mistake each test that the sequences get far enough.

mod fields;
mod handler;
mod library;
mod mistake;
mod model;
mod serving;
mod steps;
mod world;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngSeed, TestError, TestRunner};

use self::library::Library;
use self::mistake::Mistake;
use self::model::Model;
use self::steps::{Step, sequence};
use self::world::compare;

const SEQUENCES: u32 = 4096;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(SEQUENCES))]

    #[test]
    fn every_request_sees_what_the_model_expects(steps in sequence()) {
        let compared = compare(Library::new(), Model::new(), &steps);
        prop_assert!(compared.is_ok(), "{}", compared.unwrap_err());
    }
}

#[test]
fn a_model_in_which_an_equal_write_restarts_a_ttl_is_found_to_be_wrong() {
    assert_found(Mistake::EqualWriteRestartsTtl);
}

#[test]
fn a_model_in_which_a_login_extends_a_ttl_is_found_to_be_wrong() {
    assert_found(Mistake::LoginExtendsTtl);
}

#[test]
fn a_model_in_which_a_failure_loses_flash_is_found_to_be_wrong() {
    assert_found(Mistake::FailureLosesFlash);
}

#[test]
fn a_model_in_which_an_equal_value_is_lost_after_a_login_is_found_to_be_wrong() {
    assert_found(Mistake::EqualValueAfterLoginIsLost);
}

#[test]
fn a_model_in_which_a_change_before_another_login_is_kept_is_found_to_be_wrong() {
    assert_found(Mistake::ChangeBeforeLoginIsKept);
}

#[test]
fn a_model_in_which_an_ending_is_inferred_from_the_user_is_found_to_be_wrong() {
    assert_found(Mistake::EndingIsInferredFromTheUser);
}

#[test]
fn a_model_in_which_a_logout_keeps_notices_is_found_to_be_wrong() {
    assert_found(Mistake::LogoutKeepsNotices);
}

#[test]
fn a_model_in_which_a_login_after_a_logout_is_refused_is_found_to_be_wrong() {
    assert_found(Mistake::LoginAfterLogoutIsRefused);
}

#[test]
fn a_model_in_which_a_renewal_is_not_sent_is_found_to_be_wrong() {
    assert_found(Mistake::RenewalIsNotSent);
}

#[test]
fn a_model_in_which_a_renewal_loses_flash_is_found_to_be_wrong() {
    assert_found(Mistake::RenewalLosesFlash);
}

#[test]
fn a_model_in_which_a_login_loses_remember_is_found_to_be_wrong() {
    assert_found(Mistake::LoginLosesRemember);
}

/// So a library that makes one of these mistakes differs from the right model as well.
#[test]
fn every_mistake_shows_in_several_sequences() {
    for &mistake in Mistake::ALL {
        let mut runner = runner();
        let differs =
            |steps: &Vec<Step>| compare(Model::mistaken(mistake), Model::new(), steps).is_err();
        let sequences = (0..SEQUENCES).map(|_| sequence().new_tree(&mut runner).unwrap().current());
        assert_eq!(sequences.filter(differs).take(3).count(), 3, "{mistake:?}");
    }
}

/// The library makes no such mistake: a few steps show that.
fn assert_found(mistake: Mistake) {
    let compared = runner().run(&sequence(), |steps| {
        let compared = compare(Library::new(), Model::mistaken(mistake), &steps);
        compared.map_err(TestCaseError::fail)
    });
    let Err(TestError::Fail(difference, steps)) = compared else {
        panic!("not found in {SEQUENCES} sequences: {mistake:?}");
    };
    eprintln!("{mistake:?}: {difference}, after {steps:#?}");
    assert!(steps.len() <= 8, "that is not the shortest sequence");
}

/// Always the same sequences.
fn runner() -> TestRunner {
    TestRunner::new(ProptestConfig {
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(1),
        ..ProptestConfig::with_cases(SEQUENCES)
    })
}
