use session_runtime::Session;

#[derive(Session)]
struct Shop {
    #[session(counter)]
    value: u32,
}

fn main() {}
