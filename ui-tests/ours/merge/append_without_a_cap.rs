use session_runtime::Session;

#[derive(Session)]
#[session(stored)]
struct S1 {
    #[session(merge = append)]
    list: Vec<u32>,
}

#[derive(Session)]
#[session(stored)]
struct S2 {
    #[session(merge = append())]
    list: Vec<u32>,
}

#[derive(Session)]
#[session(stored)]
struct S3 {
    #[session(merge = append("100"))]
    list: Vec<u32>,
}

fn main() {}
