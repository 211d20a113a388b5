use session_runtime::Session;

#[derive(Session)]
#[session(stored, merge = add)]
struct S {
    visits: u32,
}

fn main() {}
