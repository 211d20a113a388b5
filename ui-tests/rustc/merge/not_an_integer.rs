use session_runtime::Session;

#[derive(Session)]
#[session(stored)]
struct S1 {
    #[session(merge = add)]
    name: String,
}

#[derive(Session)]
#[session(stored)]
struct S2 {
    #[session(merge = max)]
    best: Option<u32>,
}

#[derive(Session)]
#[session(stored)]
struct S3 {
    #[session(merge = min)]
    ratio: f64,
}

#[derive(Session)]
#[session(stored)]
struct S4 {
    #[session(merge = add)]
    large: u128,
}

fn main() {}
