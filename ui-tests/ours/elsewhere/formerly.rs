use session_runtime::Session;

#[derive(Session)]
struct Shop {
    #[session(formerly = "user_id")]
    value: u32,
}

#[derive(Session)]
struct Bank {
    #[session(aliases = ["a", "b"])]
    value: u32,
}

fn main() {}
