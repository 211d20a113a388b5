use session_runtime::Session;

#[derive(Session)]
#[session(removed = "old")]
struct Assigned {
    visits: u32,
}

#[derive(Session)]
#[session(removed())]
struct Empty {
    visits: u32,
}

#[derive(Session)]
#[session(removed(old))]
struct Unquoted {
    visits: u32,
}

fn main() {}
