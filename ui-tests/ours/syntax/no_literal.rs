use session_runtime::Session;

#[derive(Session)]
#[session(cookie = concat!("a", "b"))]
struct Shop {
    visits: u32,
}

fn main() {}
