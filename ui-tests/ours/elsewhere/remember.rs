use session_runtime::Session;

#[derive(Session)]
#[session(permanent)]
struct Shop {
    visits: u32,
}

#[derive(Session)]
#[session(persistent = true)]
struct Bank {
    visits: u32,
}

#[derive(Session)]
#[session(remember_me)]
struct Quiz {
    visits: u32,
}

fn main() {}
