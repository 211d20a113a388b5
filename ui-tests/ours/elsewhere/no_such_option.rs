use session_runtime::Session;

#[derive(Session)]
#[session(bound = "T: Clone")]
struct Shop {
    visits: u32,
}

#[derive(Session)]
#[session(derive(Debug))]
struct Bank {
    visits: u32,
}

fn main() {}
