use session_runtime::Session;

#[derive(Session)]
#[session(cookie = "__Host-shop")]
struct S1 {
    visits: u32,
}

#[derive(Session)]
#[session(cookie = "__secure-x")]
struct S2 {
    visits: u32,
}

#[derive(Session)]
#[session(cookie = "a.b")]
struct S3 {
    visits: u32,
}

fn main() {}
