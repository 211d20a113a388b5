use session_runtime::Session;

#[derive(Session)]
#[session(removed("old", "old"))]
struct Shop {
    visits: u32,
}

fn main() {}
