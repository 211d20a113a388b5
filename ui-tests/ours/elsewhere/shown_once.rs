use session_runtime::Session;

#[derive(Session)]
struct Shop {
    #[session(once)]
    value: u32,
}

#[derive(Session)]
struct Bank {
    #[session(flash_message)]
    value: u32,
}

#[derive(Session)]
struct Quiz {
    #[session(tempdata)]
    value: u32,
}

fn main() {}
