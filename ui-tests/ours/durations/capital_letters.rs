use session_runtime::Session;

#[derive(Session)]
#[session(idle = "30MIN")]
struct Shop {
    visits: u32,
}

#[derive(Session)]
#[session(max = "7D")]
struct Bank {
    visits: u32,
}

fn main() {}
