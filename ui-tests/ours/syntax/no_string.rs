use session_runtime::Session;

#[derive(Session)]
#[session(cookie = 3)]
struct S1 {
    visits: u32,
}

#[derive(Session)]
#[session(cookie = b"shop")]
struct S2 {
    visits: u32,
}

fn main() {}
