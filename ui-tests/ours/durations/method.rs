use session_runtime::Session;

#[derive(Session)]
#[session(idle = 30.minutes())]
struct Shop {
    visits: u32,
}

#[derive(Session)]
#[session(max = 2.weeks)]
struct Bank {
    visits: u32,
}

fn main() {}
