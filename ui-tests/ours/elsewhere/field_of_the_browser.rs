use session_runtime::Session;

#[derive(Session)]
struct Shop {
    #[session(permanent)]
    value: u32,
}

#[derive(Session)]
struct Bank {
    #[session(sticky = true)]
    value: u32,
}

fn main() {}
