use session_runtime::Session;

#[derive(Default, Session)]
struct Shop {
    visits: u32,
}

fn main() {}
