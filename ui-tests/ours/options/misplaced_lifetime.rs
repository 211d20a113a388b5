use session_runtime::Session;

#[derive(Session)]
#[session(ttl = "1h")]
struct S1 {
    visits: u32,
}

#[derive(Session)]
struct S2 {
    #[session(idle = "1h")]
    cart: u32,
}

#[derive(Session)]
struct S3 {
    #[session(max = "1h")]
    cart: u32,
}

fn main() {}
