use session_runtime::Session;

#[derive(Session)]
#[session(clock = now)]
struct Shop {
    visits: u32,
}

fn main() {}
