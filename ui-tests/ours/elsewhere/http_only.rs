use session_runtime::Session;

#[derive(Session)]
#[session(cookie_httponly = true)]
struct Shop {
    visits: u32,
}

fn main() {}
