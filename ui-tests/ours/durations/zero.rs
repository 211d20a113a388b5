use session_runtime::Session;

#[derive(Session)]
#[session(idle = "0s")]
struct S1 {
    visits: u32,
}

#[derive(Session)]
#[session(max = "0d")]
struct S2 {
    visits: u32,
}

#[derive(Session)]
struct S3 {
    #[session(ttl = "0m")]
    cart: u32,
}

fn main() {}
