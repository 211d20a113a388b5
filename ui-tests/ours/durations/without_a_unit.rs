use session_runtime::Session;

#[derive(Session)]
#[session(idle = "1800")]
struct Shop {
    visits: u32,
}

#[derive(Session)]
#[session(max = 86400)]
struct Bank {
    visits: u32,
}

#[derive(Session)]
#[session(idle = 30 * 60)]
struct Quiz {
    visits: u32,
}

fn main() {}
