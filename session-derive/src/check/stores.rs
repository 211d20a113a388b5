//! The rule of sessions that are kept in a store.

use crate::diag::Diag;
use crate::model::Session;

/// The `session-runtime` that the generated code is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Runtime {
    WithStores,
    WithoutStores,
}

impl Runtime {
    /// The feature of the runtime turns ours on.
    pub(crate) const OF_THIS_BUILD: Self = if cfg!(feature = "stored") {
        Self::WithStores
    } else {
        Self::WithoutStores
    };
}

/// A runtime without its feature `stored` has no stores.
pub(super) fn check(diag: &Diag, session: &Session<'_>, runtime: Runtime) {
    if let Some(mark) = &session.stored
        && runtime == Runtime::WithoutStores
    {
        diag.error(
            mark,
            "a stored session needs the feature `stored` of `session-runtime`\n\
             help: write `session-runtime = { version = \"…\", features = [\"stored\"] }` in Cargo.toml",
        );
    }
}
