use session_runtime::Session;

#[derive(Session)]
struct Shop {
    #[session(default = "7".parse()?)]
    page: u32,
}

fn main() {}
