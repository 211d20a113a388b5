use session_runtime::Session;

#[derive(Session)]
#[session(stored)]
struct S1 {
    #[session(merge = append(0))]
    list: Vec<u32>,
}

#[derive(Session)]
#[session(stored)]
struct S2 {
    #[session(merge = append(4294967296))]
    list: Vec<u32>,
}

fn main() {}
