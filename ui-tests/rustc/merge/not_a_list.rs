use session_runtime::Session;

#[derive(Session)]
#[session(stored)]
struct S1 {
    #[session(merge = append(5))]
    set: std::collections::BTreeSet<u32>,
}

#[derive(Session)]
#[session(stored)]
struct S2 {
    #[session(merge = append(5))]
    text: String,
}

fn main() {}
