use session_runtime::Session;

#[derive(Default)]
struct NoSerde;

#[derive(Session)]
struct S {
    a: NoSerde,
}

fn main() {}
