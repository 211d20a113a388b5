use session_runtime::Session;

#[derive(Session)]
struct Shop {
    #[session(alias = ["a", "b"])]
    cart: Vec<u64>,
}

fn main() {}
