//! Type parameters, with defaults, const parameters and where-clauses.
#![deny(
    warnings,
    clippy::pedantic,
    missing_docs,
    unused_qualifications,
    clippy::absolute_paths
)]
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::marker::PhantomData;

use serde::{Deserialize, Serialize};
use session_runtime::{Session, SessionData};

/// A value that starts as nothing in particular.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct NoDefault(u8);

/// Bytes that serde has no words for.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "u8", into = "u8")]
pub struct Sized<const N: usize>(u8);

impl<const N: usize> From<u8> for Sized<N> {
    fn from(value: u8) -> Self {
        Self(value)
    }
}

impl<const N: usize> From<Sized<N>> for u8 {
    fn from(value: Sized<N>) -> Self {
        value.0
    }
}

impl<const N: usize> Clone for Sized<N> {
    fn clone(&self) -> Self {
        Self(self.0)
    }
}

impl<const N: usize> Default for Sized<N> {
    fn default() -> Self {
        Self(u8::try_from(N).unwrap_or(u8::MAX))
    }
}

/// One of everything.
#[derive(Debug, Session)]
pub struct Cart<T = u32, K: Ord + Debug = String, const N: usize = 3>
where
    T: Debug,
    K: Clone,
{
    items: Vec<T>,
    by_key: BTreeMap<K, T>,
    #[session(default = None)]
    last: Option<T>,
    size: Sized<N>,
    kind: PhantomData<K>,
    visits: u32,
}

/// The parameter is the field.
#[derive(Debug, Session)]
pub struct Plain<T>
where
    T: Start,
{
    #[session(default = T::START)]
    value: T,
}

/// Something with a first value.
pub trait Start {
    /// The first value.
    const START: Self;
}

impl Start for NoDefault {
    const START: Self = Self(9);
}

/// A private type around a parameter.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Wrapper<T>(T);

/// Public, with a field of a private generic type.
#[derive(Debug, Session)]
pub struct Wrapped<T> {
    inner: Wrapper<T>,
}

fn check<S: SessionData>(fields: usize) {
    assert_eq!(S::SCHEMA.fields.len(), fields);
}

fn main() {
    check::<Cart>(6);
    check::<Cart<u8, u64, 5>>(6);
    check::<Plain<NoDefault>>(1);
    check::<Wrapped<u8>>(1);
    assert_eq!(<Cart as SessionData>::COOKIE, "cart");
    assert_eq!(Cart::<u8, u8, 5>::default().size.0, 5);
    assert_eq!(Plain::<NoDefault>::default().value, NoDefault(9));
}
