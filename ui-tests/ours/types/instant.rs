use std::time::Instant;

use session_runtime::Session;

#[derive(Session)]
struct Shop {
    value: Instant,
}

#[derive(Session)]
struct Bank {
    value: Option<std::time::Instant>,
}

fn main() {}
