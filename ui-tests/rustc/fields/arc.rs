use std::sync::Arc;

use session_runtime::Session;

#[derive(Session)]
struct Shop {
    names: Arc<Vec<String>>,
}

fn main() {}
