use session_runtime::Session;

#[derive(Session)]
struct S1 {
    #[session(identity, flash)]
    user: u32,
}

#[derive(Session)]
struct S2 {
    #[session(remember, identity)]
    user: u32,
}

fn main() {}
