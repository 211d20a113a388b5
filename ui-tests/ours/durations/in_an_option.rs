use session_runtime::Session;

#[derive(Session)]
#[session(idle = Some("30m"))]
struct Shop {
    visits: u32,
}

fn main() {}
