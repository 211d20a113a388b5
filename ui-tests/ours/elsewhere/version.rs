use session_runtime::Session;

#[derive(Session)]
#[session(version = 2)]
struct Shop {
    visits: u32,
}

fn main() {}
