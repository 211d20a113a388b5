use session_runtime::Session;

#[derive(Session)]
#[session(idle = HALF_AN_HOUR)]
struct Shop {
    visits: u32,
}

fn main() {}
