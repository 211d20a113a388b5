use session_runtime::Session;

#[derive(Session)]
#[session(cookie_path = "/app")]
struct Shop {
    visits: u32,
}

fn main() {}
