use session_runtime::Session;

#[derive(Session)]
struct Shop {
    #[session(default = self.first)]
    page: u32,
}

fn main() {}
