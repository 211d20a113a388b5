use session_runtime::Session;

#[derive(Session)]
struct Shop {
    #[session(rename = "u")]
    uid: u32,
    #[session(alias = "u")]
    user: u32,
    r#type: u32,
    #[session(rename = "type")]
    kind: u32,
}

fn main() {}
