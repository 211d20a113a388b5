use session_runtime::{Identity, Session};

#[derive(Session)]
struct S1 {
    #[session(identity, flash)]
    user: Identity<u32>,
}

#[derive(Session)]
struct S2 {
    #[session(browser, identity)]
    user: Identity<u32>,
}

fn main() {}
