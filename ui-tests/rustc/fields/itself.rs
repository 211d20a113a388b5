use session_runtime::Session;

#[derive(Session)]
struct Shop {
    before: Option<Box<Shop>>,
}

fn main() {}
