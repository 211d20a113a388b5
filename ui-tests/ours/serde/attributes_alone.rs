use session_runtime::Session;

#[derive(Session)]
struct Shop {
    #[serde(rename = "v")]
    f1: u32,
    #[serde]
    f2: u32,
}

fn main() {}
