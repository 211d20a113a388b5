use session_runtime::Session;

#[derive(Session)]
#[session(crate = nope)]
struct Shop {
    visits: u32,
}

fn main() {}
