use session_runtime::Session;

#[derive(Session)]
struct S {
    #[session(default = true)]
    a: u32,
}

fn main() {}
