use session_runtime::Session;

#[derive(Session)]
struct Shop {
    theme_sort: u8,
    total_begin: u8,
}

fn main() {}
