use session_runtime::Session;

#[derive(Session)]
struct Shop {
    name: str,
    items: [u32],
}

fn main() {}
