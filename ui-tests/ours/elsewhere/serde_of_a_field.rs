use session_runtime::Session;

#[derive(Session)]
struct Shop {
    #[session(skip_serializing_if = "is_zero")]
    value: u32,
}

#[derive(Session)]
struct Bank {
    #[session(flatten)]
    value: u32,
}

#[derive(Session)]
struct Quiz {
    #[session(with = "ts_seconds")]
    value: u32,
}

fn main() {}
