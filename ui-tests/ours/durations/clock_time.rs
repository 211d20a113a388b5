use session_runtime::Session;

#[derive(Session)]
#[session(idle = "00:20:00")]
struct Shop {
    visits: u32,
}

#[derive(Session)]
#[session(max = "7.00:00:00")]
struct Bank {
    visits: u32,
}

fn main() {}
