//! The runtime under another name, and behind a facade.
#![deny(
    warnings,
    clippy::pedantic,
    missing_docs,
    unused_qualifications,
    clippy::absolute_paths
)]
#![forbid(unsafe_code)]

use session_runtime_renamed::Session;

/// A framework that re-exports the library, as an application's own may.
pub mod facade {
    pub use session_runtime_renamed as session;
}

/// Found in the manifest.
#[derive(Debug, Session)]
pub struct Found {
    visits: u32,
}

/// Names the dependency.
#[derive(Debug, Session)]
#[session(crate = session_runtime_renamed)]
pub struct Renamed {
    visits: u32,
}

/// Names it from the root.
#[derive(Debug, Session)]
#[session(crate = ::session_runtime_renamed)]
pub struct Rooted {
    visits: u32,
}

/// Names a module of this crate.
#[derive(Debug, Session)]
#[session(crate = crate::facade::session)]
pub struct Facade {
    visits: u32,
}

#[test]
fn a_renamed_runtime_is_found() {
    assert_eq!(Found::default().visits, 0);
    assert_eq!(Renamed::default().visits, 0);
    assert_eq!(Rooted::default().visits, 0);
    assert_eq!(Facade::default().visits, 0);
}
