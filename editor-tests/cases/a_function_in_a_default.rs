//= main.rs: fn first_page() -> u32 {
use session_runtime::Session;

fn first_page() -> u32 {
    1
}

#[derive(Session)]
struct Shop {
    #[session(default = first_<|goto|>page())]
    page: u32,
}

fn main() {}
