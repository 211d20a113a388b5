//! One function per rule, the rule stated above it, and one file per topic.

mod cookie;
mod defaults;
mod fields;
mod homes;
mod lifetimes;
mod merges;
mod names;
mod parameters;
mod serde;
mod shape;
mod stores;

pub(crate) use self::fields::is_refused_by_rustc;
pub(crate) use self::stores::Runtime;
use crate::diag::Diag;
use crate::model::Session;

pub(crate) fn session(diag: &Diag, session: &Session<'_>, runtime: Runtime) {
    shape::check(diag, session);
    parameters::check(diag, session);
    cookie::check(diag, session);
    lifetimes::check(diag, session);
    homes::check(diag, session);
    stores::check(diag, session, runtime);
    merges::check(diag, session);
    fields::check(diag, session);
    defaults::check(diag, session);
    serde::check(diag, session);
    names::check(diag, session);
}
