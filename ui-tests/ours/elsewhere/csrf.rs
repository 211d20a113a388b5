use session_runtime::Session;

#[derive(Session)]
#[session(csrf)]
struct Shop {
    visits: u32,
}

fn main() {}
