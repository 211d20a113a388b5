use session_runtime::Session;

#[derive(Session)]
union U {
    a: u32,
}

fn main() {}
