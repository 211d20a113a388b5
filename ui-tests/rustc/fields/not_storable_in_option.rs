use session_runtime::Session;

struct NoSerde;

#[derive(Session)]
struct S {
    a: Option<NoSerde>,
}

fn main() {}
