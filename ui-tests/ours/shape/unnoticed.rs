use std::cell::{Cell, RefCell};
use std::sync::atomic::AtomicU32;
use std::sync::{Mutex, OnceLock};

use session_runtime::Session;

#[derive(Session)]
struct S {
    visits: AtomicU32,
    cart: Mutex<Vec<String>>,
    theme: Cell<u8>,
    notes: RefCell<String>,
    price: OnceLock<u64>,
    lines: Vec<std::sync::Mutex<u32>>,
}

fn main() {}
