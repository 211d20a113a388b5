use session_runtime::Session;

#[derive(Session)]
#[session(cookie)]
struct S1 {
    visits: u32,
}

#[derive(Session)]
#[session(crate)]
struct S2 {
    visits: u32,
}

fn main() {}
