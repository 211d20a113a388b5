use session_runtime::Session;

#[derive(Session)]
#[session(idle = "1500ms")]
struct Shop {
    visits: u32,
}

#[derive(Session)]
#[session(idle = "120000ms")]
struct Bank {
    visits: u32,
}

fn main() {}
