use session_runtime::Session;

#[derive(Session)]
struct Shop {
    #[session(expires_in = "10 min")]
    value: u32,
}

#[derive(Session)]
struct Bank {
    #[session(expires(minutes = 10))]
    value: u32,
}

#[derive(Session)]
struct Quiz {
    #[session(valid_for = Duration::from_secs(90))]
    value: u32,
}

#[derive(Session)]
struct Forum {
    #[session(timeout)]
    value: u32,
}

fn main() {}
