use serde::Serialize;
use session_runtime::Session;

#[derive(Default, Serialize)]
struct Cart {
    items: Vec<u64>,
}

#[derive(Session)]
struct Shop {
    cart: Cart,
}

fn main() {}
