use session_runtime::{Identity, Session};

#[derive(Session)]
#[session(driver = "redis")]
struct Shop {
    #[session(merge = add)]
    visits: u32,
}

#[derive(Session)]
struct Bank {
    #[session(identiy)]
    user: Identity<u64>,
}

fn main() {}
