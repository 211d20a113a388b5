use session_runtime::Session;

#[derive(Session)]
#[session(idle = "180d")]
struct Shop {
    visits: u32,
}

fn main() {}
