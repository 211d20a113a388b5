use session_runtime::{Session, SessionData};

#[derive(Session)]
struct S {
    a: u32,
}

impl SessionData for S {
    const SCHEMA: session_runtime::__private::Schema<Self> =
        session_runtime::__private::Schema::new("s", &[]);
}

fn main() {}
