use session_runtime::Session;

#[derive(Session)]
#[session(a::b = 1)]
struct Shop {
    visits: u32,
}

fn main() {}
