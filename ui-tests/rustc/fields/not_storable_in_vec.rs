use session_runtime::Session;

struct NoSerde;

#[derive(Session)]
struct S {
    a: Vec<NoSerde>,
}

fn main() {}
