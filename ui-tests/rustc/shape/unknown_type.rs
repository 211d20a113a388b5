use session_runtime::Session;

#[derive(Session)]
struct Shop {
    cart: Cart,
}

fn main() {}
