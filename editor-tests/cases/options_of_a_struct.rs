//= cookie, idle, max, remember, removed, stored
use session_runtime::Session;

#[derive(Session)]
#[session(<|complete|>)]
struct Shop {
    visits: u32,
}

fn main() {}
