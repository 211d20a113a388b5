use session_runtime::Session;

#[derive(Session)]
#[session(cookie = "a", cookie = "b")]
struct S1 {
    visits: u32,
}

#[derive(Session)]
#[session(cookie = "a")]
#[session(cookie = "b")]
struct S2 {
    visits: u32,
}

fn main() {}
