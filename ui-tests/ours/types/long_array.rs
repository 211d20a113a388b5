use session_runtime::Session;

#[derive(Session)]
struct Shop {
    value: [u8; 64],
}

#[derive(Session)]
struct Bank {
    value: Option<[u64; 33]>,
}

fn main() {}
