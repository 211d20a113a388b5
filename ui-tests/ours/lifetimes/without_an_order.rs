use std::collections::{HashMap, HashSet};

use session_runtime::Session;

#[derive(Session)]
struct S1 {
    #[session(ttl = "5m")]
    scopes: HashSet<String>,
}

#[derive(Session)]
struct S2 {
    #[session(ttl = "5m")]
    prices: Option<HashMap<u64, u32>>,
}

fn main() {}
