use session_runtime::Session;

#[derive(Session)]
#[session(idle = 30m)]
struct Shop {
    visits: u32,
}

#[derive(Session)]
#[session(max = 90d)]
struct Bank {
    visits: u32,
}

fn main() {}
