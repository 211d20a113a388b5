use session_runtime::Session;

#[derive(Session)]
#[session(cookie = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")]
struct Shop {
    visits: u32,
}

fn main() {}
