use session_runtime::Session;

#[derive(Session)]
struct Shop {
    #[session(default_value = 7)]
    value: u32,
}

#[derive(Session)]
struct Bank {
    #[session(initial(7))]
    value: u32,
}

#[derive(Session)]
struct Quiz {
    #[session(default_value_t = 7)]
    value: u32,
}

fn main() {}
