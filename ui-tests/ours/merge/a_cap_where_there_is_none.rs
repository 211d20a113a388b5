use session_runtime::Session;

#[derive(Session)]
#[session(stored)]
struct S1 {
    #[session(merge = add(5))]
    visits: u32,
}

fn main() {}
