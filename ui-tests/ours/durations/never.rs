use session_runtime::Session;

#[derive(Session)]
#[session(max = "never")]
struct Shop {
    visits: u32,
}

#[derive(Session)]
#[session(max = None)]
struct Bank {
    visits: u32,
}

#[derive(Session)]
#[session(idle = Duration::MAX)]
struct Quiz {
    visits: u32,
}

fn main() {}
