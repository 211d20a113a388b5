use session_runtime::Session;

#[derive(Session)]
struct Shop {
    #[session(default = "pages::all")]
    page: Vec<u32>,
}

fn main() {}
