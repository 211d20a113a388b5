use session_runtime::Session;

#[derive(Session)]
struct Shop {
    visits: _,
}

fn main() {}
