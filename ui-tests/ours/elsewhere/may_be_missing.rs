use session_runtime::Session;

#[derive(Session)]
struct Shop {
    #[session(required)]
    value: u32,
}

#[derive(Session)]
struct Bank {
    #[session(nullable = true)]
    value: u32,
}

fn main() {}
