use session_runtime::Session;

#[derive(Session)]
struct Shop {
    value: [u32],
}

fn main() {}
