use session_runtime::Session;

#[derive(Session)]
#[session(same_site = "lax", path = "/", domain = "a.example", partitioned)]
struct Shop {
    visits: u32,
}

fn main() {}
