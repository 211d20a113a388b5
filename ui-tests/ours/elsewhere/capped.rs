use session_runtime::Session;

#[derive(Session)]
struct Shop {
    #[session(max_len = 100)]
    value: u32,
}

fn main() {}
