use session_runtime::Session;

#[derive(Session)]
struct S1 {
    #[session(remember)]
    theme: u32,
}

#[derive(Session)]
struct S2 {
    #[session(remember = "365d")]
    theme: u32,
}

#[derive(Session)]
struct S3 {
    #[session(remember, ttl = "365d")]
    theme: u32,
}

#[derive(Session)]
struct S4 {
    #[session(remembr)]
    theme: u32,
}

fn main() {}
