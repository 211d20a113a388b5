use serde::{Deserialize, Serialize};
use session_runtime::Session;

#[derive(Default, Serialize, Deserialize)]
struct Name<'a>(&'a str);

#[derive(Session)]
struct Shop {
    names: Vec<Name<'static>>,
}

fn main() {}
