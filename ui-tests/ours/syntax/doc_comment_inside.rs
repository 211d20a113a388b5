use session_runtime::Session;

#[derive(Session)]
#[session(
    /// The name.
    cookie = "sid"
)]
struct Shop {
    visits: u32,
}

fn main() {}
