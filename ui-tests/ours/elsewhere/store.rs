use session_runtime::Session;

#[derive(Session)]
#[session(driver = "redis")]
struct Shop {
    visits: u32,
}

#[derive(Session)]
#[session(session_type = "filesystem")]
struct Bank {
    visits: u32,
}

#[derive(Session)]
#[session(table = "sessions")]
struct Quiz {
    visits: u32,
}

fn main() {}
