use session_runtime::Session;

#[derive(Session)]
#[session(serializer = "json")]
struct Shop {
    visits: u32,
}

fn main() {}
