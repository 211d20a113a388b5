use session_runtime::Session;

#[derive(Session)]
struct Shop {
    value: fn(u32) -> u32,
}

fn main() {}
