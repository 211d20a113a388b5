use session_runtime::Session;

#[derive(Session)]
#[session(cookie(name = "sid"))]
struct Shop {
    visits: u32,
}

#[derive(Session)]
#[session(idle(minutes = 30))]
struct Bank {
    visits: u32,
}

#[derive(Session)]
#[session(max(3600))]
struct Quiz {
    visits: u32,
}

fn main() {}
