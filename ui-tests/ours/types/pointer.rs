use session_runtime::Session;

#[derive(Session)]
struct Shop {
    value: *const u8,
}

fn main() {}
