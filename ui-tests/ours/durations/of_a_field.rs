use session_runtime::Session;

#[derive(Session)]
struct Shop {
    #[session(ttl = "5 min")]
    a: u8,
    #[session(ttl = 300)]
    b: u8,
    #[session(ttl = "PT5M")]
    c: u8,
}

fn main() {}
