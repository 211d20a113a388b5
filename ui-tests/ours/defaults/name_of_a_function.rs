use session_runtime::Session;

#[derive(Session)]
struct Shop {
    #[session(default = "first_page")]
    page: u32,
}

fn main() {}
