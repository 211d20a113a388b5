use session_runtime::Session;

#[derive(Session)]
#[session(stored)]
struct S1 {
    #[session(merge = union)]
    list: Vec<u32>,
}

#[derive(Session)]
#[session(stored)]
struct S2 {
    #[session(merge = union)]
    map: std::collections::BTreeMap<u32, u32>,
}

fn main() {}
