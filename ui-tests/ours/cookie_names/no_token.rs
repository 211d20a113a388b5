use session_runtime::Session;

#[derive(Session)]
#[session(cookie = "my sid")]
struct S1 {
    visits: u32,
}

#[derive(Session)]
#[session(cookie = "a=b")]
struct S2 {
    visits: u32,
}

#[derive(Session)]
#[session(cookie = "a;b")]
struct S3 {
    visits: u32,
}

#[derive(Session)]
#[session(cookie = "größe")]
struct S4 {
    visits: u32,
}

#[derive(Session)]
struct Größe {
    visits: u32,
}

fn main() {}
