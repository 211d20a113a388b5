use session_runtime::Session;

#[derive(Session)]
struct S1 {
    #[session(browser, ttl = "500d")]
    theme: u32,
}

#[derive(Session)]
#[session(remember, max = "500d")]
struct S2 {
    visits: u32,
}

fn main() {}
