use session_runtime::Session;

#[derive(Session)]
#[session(http_only = true, secure)]
struct Shop {
    visits: u32,
}

fn main() {}
