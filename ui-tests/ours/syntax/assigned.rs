use session_runtime::Session;

#[derive(Session)]
#[session = "x"]
struct Shop {
    visits: u32,
}

fn main() {}
