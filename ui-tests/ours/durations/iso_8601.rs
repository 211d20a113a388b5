use session_runtime::Session;

#[derive(Session)]
#[session(idle = "PT30M")]
struct Shop {
    visits: u32,
}

#[derive(Session)]
#[session(max = "P7D")]
struct Bank {
    visits: u32,
}

fn main() {}
