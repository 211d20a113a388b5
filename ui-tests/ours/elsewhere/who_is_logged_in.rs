use session_runtime::Session;

#[derive(Session)]
struct Shop {
    #[session(user)]
    value: session_runtime::Identity<u64>,
}

#[derive(Session)]
struct Bank {
    #[session(current_user)]
    value: session_runtime::Identity<u64>,
}

fn main() {}
