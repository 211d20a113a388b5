use session_runtime::Session;

#[derive(Session)]
struct Shop {
    value: str,
}

fn main() {}
