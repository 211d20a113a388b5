use session_runtime::Session;

#[derive(Session)]
#[session()]
struct Shop {
    visits: u32,
}

fn main() {}
