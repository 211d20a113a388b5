use session_runtime::Session;

#[derive(Session)]
struct Shop {
    #[session(rename = "theme_sort")]
    a: u8,
    #[session(rename = "total_begin")]
    b: u8,
}

fn main() {}
