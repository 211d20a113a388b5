use session_runtime::Session;

#[derive(Session)]
struct Shop {
    #[session(rename)]
    visits: u32,
}

#[derive(Session)]
struct Bank {
    #[session(alias)]
    visits: u32,
}

fn main() {}
