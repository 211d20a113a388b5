use session_runtime::Session;

#[derive(Session)]
struct Shop {
    value: Box<dyn Fn() + Send>,
}

fn main() {}
