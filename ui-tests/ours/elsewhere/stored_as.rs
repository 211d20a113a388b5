use session_runtime::Session;

#[derive(Session)]
struct Shop {
    #[session(name = "uid")]
    value: u32,
}

#[derive(Session)]
struct Bank {
    #[session(key("uid"))]
    value: u32,
}

#[derive(Session)]
struct Quiz {
    #[session(column = "uid")]
    value: u32,
}

fn main() {}
