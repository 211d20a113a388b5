//= cookie, idle, max, remember, removed, stored
//= cookie, idle, max, remember, removed, stored
use session_runtime::Session;

#[derive(Session)]
#[session(cookie = "shop", <|complete|>)]
struct Shop {
    visits: u32,
}

#[derive(Session)]
#[session(ma<|complete|>, cookie = "bank")]
struct Bank {
    visits: u32,
}

fn main() {}
