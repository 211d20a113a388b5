use session_runtime::Session;

#[derive(Session)]
struct S1 {
    #[session(identity, ttl = "1h")]
    user: u32,
}

fn main() {}
