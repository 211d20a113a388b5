use serde::{Deserialize, Serialize};
use session_runtime::Session;

#[derive(Serialize, Deserialize)]
struct NoDefault;

#[derive(Session)]
struct S {
    a: NoDefault,
}

fn main() {}
