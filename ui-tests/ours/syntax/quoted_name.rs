use session_runtime::Session;

#[derive(Session)]
#[session("cookie" = "sid")]
struct Shop {
    visits: u32,
}

fn main() {}
