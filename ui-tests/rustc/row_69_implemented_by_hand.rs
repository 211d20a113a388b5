use session_runtime::{Session, SessionData};

#[derive(Session)]
struct S {
    a: u32,
}

impl SessionData for S {
    const COOKIE: &'static str = "s";
    const FIELDS: &'static [session_runtime::__private::Field<Self>] = &[];
}

fn main() {}
