use session_runtime::Session;

#[derive(Session)]
#[session(cookie = "")]
struct Shop {
    visits: u32,
}

fn main() {}
