use session_runtime::Session;

#[derive(Session)]
struct Shop {
    #[session(stored)]
    visits: u32,
}

fn main() {}
