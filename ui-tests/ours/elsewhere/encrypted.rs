use session_runtime::Session;

#[derive(Session)]
#[session(encrypt = true)]
struct Shop {
    visits: u32,
}

#[derive(Session)]
#[session(signed)]
struct Bank {
    visits: u32,
}

fn main() {}
