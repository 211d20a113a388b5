use session_runtime::Session;

#[derive(Session)]
struct Shop {
    #[session(cookie = "x")]
    f1: u32,
}

#[derive(Session)]
#[session(default = 1)]
struct S1 {
    visits: u32,
}

fn main() {}
