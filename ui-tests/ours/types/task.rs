use std::thread::JoinHandle;

use session_runtime::Session;

#[derive(Session)]
struct Shop {
    value: JoinHandle<()>,
}

fn main() {}
