use session_runtime::Session;

#[derive(Session)]
struct Shop {
    #[session(range = 1..=10)]
    value: u32,
}

#[derive(Session)]
struct Bank {
    #[session(email)]
    value: u32,
}

fn main() {}
