use session_runtime::Session;

#[derive(Session)]
#[session(max = "90d")]
struct S1 {
    #[session(ttl = "100d")]
    cart: u32,
}

#[derive(Session)]
struct S2 {
    #[session(ttl = "100d")]
    cart: u32,
}

fn main() {}
