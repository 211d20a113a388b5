use session_runtime::Session;

#[derive(Session)]
struct Shop {
    visits: u32,
    #[session(removed)]
    coupon: Option<String>,
}

fn main() {}
