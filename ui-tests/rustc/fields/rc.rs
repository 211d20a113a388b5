use std::rc::Rc;

use session_runtime::Session;

#[derive(Session)]
struct Shop {
    visits: Rc<u32>,
}

fn main() {}
