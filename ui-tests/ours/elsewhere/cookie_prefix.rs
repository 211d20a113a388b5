use session_runtime::Session;

#[derive(Session)]
#[session(cookie_prefix = "__Host-")]
struct Shop {
    visits: u32,
}

fn main() {}
