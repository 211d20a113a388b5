//! The tests that every store passes: one for each sentence that a store must keep.
//!
//! One line in a store's own tests, [`store_conformance!`](crate::store_conformance), makes a test of each. Its
//! argument is an `async` function that makes a store without any rows. The module [`store`](super) has an example.
//!
//! The tests are named by their sentences, so `cargo test` lists what the store keeps:
//!
//! ```text
//! test a_repeated_add_stands_once ... ok
//! test a_set_removes_every_added_entry_of_its_field ... FAILED
//! ```
//!
//! A failure says which answer breaks the sentence:
//!
//! ```text
//! the store breaks the sentence `a_set_removes_every_added_entry_of_its_field`:
//! the entries
//!   should be [field 1: Base "5", 39 bytes],
//!   and are   [field 1: Base "5", 39 bytes, field 1: Added "2", 39 bytes]
//! ```
//!
//! Attributes in front of the function's name are given to each test: `#[ignore = "a server"] empty_store`.
//!
//! Each test makes a store of its own, on a runtime of its own with two threads, and the tests run in parallel.
//! Stores that share a server need a prefix, a table or a file each. A test has up to 64 operations under way at
//! once, and no more than 1300 in all.
//!
//! The sentences hold what passes through the trait. They do not show that a store outlives its process, that it
//! heals when its server comes back, or, where [`sweep`](super::Store::sweep) returns 0, that anything is ever
//! deleted.

mod commits;
mod endings;
mod given;
mod owners;
mod races;
mod renewals;
mod rows;
mod schedules;
mod sentences;
mod steps;
mod sweeps;
mod verdict;

use std::pin::Pin;
use std::sync::Arc;

use tokio::runtime::Builder;

use self::verdict::Verdict;
use super::Store;

/// Makes a test of every sentence that a store must keep. The module
/// [`conformance`](crate::store::conformance) says what they are.
#[macro_export]
macro_rules! store_conformance {
    ($(#[$attribute:meta])* $make_store:path) => {
        $crate::__each_sentence! { __conformance_tests [$(#[$attribute])*] $make_store }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_tests {
    (
        ($attributes:tt $make_store:path)
        $($module:ident::$sentence:ident($($store:ident),*),)*
    ) => {
        $($crate::__conformance_test! { $attributes $make_store, $sentence })*
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_test {
    ([$($attributes:tt)*] $make_store:path, $sentence:ident) => {
        #[test]
        $($attributes)*
        fn $sentence() {
            $crate::store::conformance::check(::core::stringify!($sentence), $make_store);
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_lookup {
    (() $($module:ident::$sentence:ident($($store:ident),*),)*) => {
        #[cfg(test)]
        pub(super) const SENTENCES: &[&str] = &[$(stringify!($sentence)),*];

        /// Boxed, so that each is as large as itself, and not as the largest one.
        fn look_up<'a, S: Store>(
            sentence: &str,
            make_store: impl AsyncFn() -> S + 'a,
        ) -> BoxedVerdict<'a> {
            match sentence {
                $(stringify!($sentence) => Box::pin(async move {
                    $(let $store = Arc::new(make_store().await);)*
                    $module::$sentence($($store),*).await
                }),)*
                _ => panic!("there is no sentence `{sentence}`"),
            }
        }
    };
}

/// Panics if the store breaks the sentence.
#[doc(hidden)]
#[expect(clippy::panic, reason = "it is a test")]
pub fn check<S: Store>(sentence: &str, make_store: impl AsyncFn() -> S) {
    if let Err(broken) = judge(sentence, make_store) {
        panic!("the store breaks the sentence `{sentence}`:\n{broken}");
    }
}

/// On two threads, so that operations which a test starts at once run at once.
#[expect(clippy::expect_used, reason = "without a runtime there is no test")]
pub(super) fn judge<S: Store>(sentence: &str, make_store: impl AsyncFn() -> S) -> Verdict {
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(look_up(sentence, make_store))
}

type BoxedVerdict<'a> = Pin<Box<dyn Future<Output = Verdict> + 'a>>;

crate::__each_sentence! { __conformance_lookup }
