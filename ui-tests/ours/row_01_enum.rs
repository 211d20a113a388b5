use session_runtime::Session;

#[derive(Session)]
enum E {
    A(u32),
}

fn main() {}
