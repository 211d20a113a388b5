use session_runtime::Session;

#[derive(Session)]
#[session(rename_all = "camelCase")]
struct Shop {
    visits: u32,
}

fn main() {}
