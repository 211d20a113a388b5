//= alias, browser, default, flash, identity, merge, rename, ttl
//= alias, browser, default, flash, identity, merge, rename, ttl
use session_runtime::Session;

#[derive(Session)]
struct Shop {
    #[session(<|complete|>)]
    visits: u32,
    #[session(default = 1, t<|complete|>)]
    page: u32,
}

fn main() {}
