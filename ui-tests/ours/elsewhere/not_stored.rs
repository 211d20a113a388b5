use session_runtime::Session;

#[derive(Session)]
struct Shop {
    #[session(skip)]
    value: u32,
}

#[derive(Session)]
struct Bank {
    #[session(transient)]
    value: u32,
}

#[derive(Session)]
struct Quiz {
    #[session(ignore = true)]
    value: u32,
}

fn main() {}
