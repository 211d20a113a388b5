use session_runtime::Session;

#[derive(Session)]
#[session(stored = true)]
struct S1 {
    visits: u32,
}

#[derive(Session)]
#[session(stored("x"))]
struct S2 {
    visits: u32,
}

#[derive(Session)]
#[session(stored = false)]
struct S3 {
    visits: u32,
}

fn main() {}
