use session_runtime::Session;

#[derive(Session)]
struct Shop {
    #[session(alias = "visits")]
    visits: u32,
}

fn main() {}
