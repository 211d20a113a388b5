use session_runtime::Session;

#[derive(Session)]
#[session(stored)]
struct S1 {
    #[session(merge)]
    visits: u32,
}

#[derive(Session)]
#[session(stored)]
struct S2 {
    #[session(merge =)]
    visits: u32,
}

#[derive(Session)]
#[session(stored)]
struct S3 {
    #[session(merge(add))]
    visits: u32,
}

fn main() {}
