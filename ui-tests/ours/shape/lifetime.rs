use std::borrow::Cow;

use session_runtime::{Session, SessionData};

#[derive(Session)]
struct S<'a> {
    n: &'a str,
}

#[derive(Session)]
struct C<'b> {
    n: Cow<'b, str>,
}

fn uses<T: SessionData>() {}

fn main() {
    uses::<S<'static>>();
    uses::<C<'static>>();
}
