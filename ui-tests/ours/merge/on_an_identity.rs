use session_runtime::Session;

#[derive(Session)]
#[session(stored)]
struct S1 {
    #[session(identity, merge = max)]
    user: Identity<u32>,
}

fn main() {}
