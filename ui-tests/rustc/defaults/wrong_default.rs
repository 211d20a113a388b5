use session_runtime::Session;

#[derive(Session)]
struct S {
    #[session(default = "abc")]
    a: u32,
}

fn main() {}
