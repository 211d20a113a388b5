use session_runtime::Session;

#[derive(Session)]
#[session(deny_unknown_fields)]
struct Shop {
    visits: u32,
}

fn main() {}
