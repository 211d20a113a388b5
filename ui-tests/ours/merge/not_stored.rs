use session_runtime::Session;

#[derive(Session)]
struct S1 {
    #[session(merge = add)]
    visits: u32,
}

fn main() {}
