use session_runtime::Session;

#[derive(Session)]
#[session(stored)]
struct S1 {
    #[session(merge = add, merge = max)]
    visits: u32,
}

fn main() {}
