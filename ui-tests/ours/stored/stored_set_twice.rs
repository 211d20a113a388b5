use session_runtime::Session;

#[derive(Session)]
#[session(stored, stored)]
struct S1 {
    visits: u32,
}

#[derive(Session)]
#[session(stored)]
#[session(stored)]
struct S2 {
    visits: u32,
}

fn main() {}
