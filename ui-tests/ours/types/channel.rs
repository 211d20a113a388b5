use std::sync::mpsc::{Receiver, Sender};

use session_runtime::Session;

#[derive(Session)]
struct Shop {
    value: Sender<u32>,
}

#[derive(Session)]
struct Bank {
    value: Option<Receiver<u32>>,
}

fn main() {}
