use session_runtime::Session;

#[derive(Session)]
#[session(stored)]
struct S1 {
    #[session(merge = sum)]
    visits: u32,
}

#[derive(Session)]
#[session(stored)]
struct S2 {
    #[session(merge = Add)]
    visits: u32,
}

#[derive(Session)]
#[session(stored)]
struct S3 {
    #[session(merge = "add")]
    visits: u32,
}

#[derive(Session)]
#[session(stored)]
struct S4 {
    #[session(merge = 1)]
    visits: u32,
}

fn main() {}
