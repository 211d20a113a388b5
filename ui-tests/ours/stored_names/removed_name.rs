use session_runtime::Session;

#[derive(Session)]
#[session(removed("old", "older", "oldest"))]
struct Shop {
    old: u32,
    #[session(rename = "older", alias = "oldest")]
    new: u32,
}

fn main() {}
