//! Names of the prelude, of primitive types, of the runtime and of trait methods that mean something
//! else here.
#![deny(
    warnings,
    clippy::pedantic,
    missing_docs,
    unused_qualifications,
    clippy::absolute_paths
)]
#![forbid(unsafe_code)]

use std::default::Default as StdDefault;

/// Imported below, all of it.
pub mod shadows {
    /// Not the one of the standard library.
    pub type Option = ();
    /// Neither is this one.
    pub type Result = ();
    /// Nor this one.
    pub type String = ();
    /// Nor this one.
    #[derive(Debug)]
    #[non_exhaustive]
    pub struct Some;
    /// Nor this one.
    #[derive(Debug)]
    #[non_exhaustive]
    pub struct Ok;
    /// Nor this one.
    pub type Vec = ();
    /// Nor this one.
    pub type Box = ();
    /// Not the guard.
    pub type Session = ();
    /// Not the trait.
    pub type SessionData = ();
    /// Not the one of the runtime.
    pub type Field = ();
    /// Nor this one.
    pub type Identity = ();
    /// Not the one of the language.
    #[allow(non_camel_case_types)]
    #[derive(Debug)]
    #[non_exhaustive]
    pub struct str;
    /// Nor this one.
    #[allow(non_camel_case_types)]
    pub type u64 = u32;
    /// Nor this one.
    #[allow(non_camel_case_types)]
    pub type u8 = u32;
    /// Nor this one.
    #[allow(non_camel_case_types)]
    pub type bool = u32;

    /// Not the one of the standard library.
    pub trait Default {}
    /// Neither is this one.
    pub trait Send {}
    /// Not the one of the runtime.
    pub trait HasIdentity {}

    /// Methods that every type has.
    pub trait Clash {
        /// Named like ours.
        fn get(&self) {}
        /// Named like ours.
        fn get_mut(&mut self) {}
        /// Named like ours.
        fn log_in(&self) {}
        /// Named like ours.
        fn session_default() {}
        /// Named like ours.
        fn default() {}
    }

    impl<T> Clash for T {}
}

#[allow(unused_imports)]
use shadows::*;
use std::string::String as Text;

/// A module of the runtime's name.
pub mod session_runtime {}

/// A module of the alias's name.
pub mod __session_runtime {}

/// Keeps to its own paths.
#[derive(Debug, ::session_runtime::Session)]
pub struct Shop {
    visits: u32,
    #[session(default = 1)]
    value: u16,
    name: Text,
}

/// A second session in the same module.
#[derive(Debug, ::session_runtime::Session)]
#[session(remember)]
pub struct Second {
    visits: u32,
    #[session(identity)]
    user: ::session_runtime::Identity<u16>,
    #[session(browser)]
    theme: Text,
    #[session(flash)]
    notice: Text,
}

/// A third one, generic.
#[derive(Debug, ::session_runtime::Session)]
pub struct Third<T> {
    visits: T,
}

fn main() {
    use ::session_runtime::SessionData as Data;
    let shop = <Shop as StdDefault>::default();
    assert_eq!((shop.visits, shop.value, shop.name.as_str()), (0, 1, ""));
    assert_eq!(<Shop as Data>::SCHEMA.fields.len(), 3);
    assert_eq!(<Second as Data>::COOKIE, "second");
    assert_eq!(<Third<u16> as StdDefault>::default().visits, 0);
}
