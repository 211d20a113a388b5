use session_runtime::Session;

#[derive(Session)]
#[session(cookie = "shop"x)]
struct Shop {
    visits: u32,
}

fn main() {}
