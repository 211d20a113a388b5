use session_runtime::Session;

#[derive(Session)]
#[session(Cookie = "a")]
struct Shop {
    visits: u32,
}

fn main() {}
