use session_runtime::Session;

#[derive(Session)]
#[session(cookie_partitioned)]
struct Shop {
    visits: u32,
}

fn main() {}
