use session_runtime::Session;

#[derive(Session)]
#[session(idle = "1month")]
struct S1 {
    visits: u32,
}

#[derive(Session)]
#[session(max = "1y")]
struct S2 {
    visits: u32,
}

#[derive(Session)]
struct S3 {
    #[session(ttl = "10M")]
    cart: u32,
}

fn main() {}
