use session_runtime::Session;

#[derive(Session)]
#[session(chunked)]
struct Shop {
    visits: u32,
}

#[derive(Session)]
#[session(max_size = 4096)]
struct Bank {
    visits: u32,
}

fn main() {}
