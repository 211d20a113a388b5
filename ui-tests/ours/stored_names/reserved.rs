use session_runtime::Session;

#[derive(Session)]
struct Shop {
    __session_key: u8,
}

fn main() {}
