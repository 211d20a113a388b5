use session_runtime::Session;

const A: u32 = 1;

#[derive(Session)]
struct Shop {
    #[session(default = A, default = A)]
    f1: u32,
}

fn main() {}
