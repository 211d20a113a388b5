use session_runtime::Session;

#[derive(Session)]
#[session(cookie = 's')]
struct Shop {
    visits: u32,
}

fn main() {}
