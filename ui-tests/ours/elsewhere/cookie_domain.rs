use session_runtime::Session;

#[derive(Session)]
#[session(cookie_domain = ".example.org")]
struct Shop {
    visits: u32,
}

fn main() {}
