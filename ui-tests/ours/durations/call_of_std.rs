use session_runtime::Session;

#[derive(Session)]
#[session(idle = Duration::from_secs(1800))]
struct Shop {
    visits: u32,
}

#[derive(Session)]
#[session(idle = std::time::Duration::from_millis(90_000))]
struct Bank {
    visits: u32,
}

fn main() {}
