use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use session_runtime::Session;

#[derive(Serialize, Deserialize)]
struct Sku(u32);

#[derive(Session)]
struct Shop {
    cart: HashMap<Sku, u32>,
}

fn main() {}
