use session_runtime::Session;

#[derive(Session)]
#[session(idle = "8h", max = "30m")]
struct Shop {
    visits: u32,
}

fn main() {}
