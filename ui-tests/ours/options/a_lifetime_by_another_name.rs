use session_runtime::Session;

#[derive(Session)]
#[session(max_age = "1h")]
struct S1 {
    visits: u32,
}

#[derive(Session)]
#[session(expires = "1h")]
struct S2 {
    visits: u32,
}

#[derive(Session)]
#[session(lifetime = "1h")]
struct S3 {
    visits: u32,
}

#[derive(Session)]
#[session(absolute = "1h")]
struct S4 {
    visits: u32,
}

#[derive(Session)]
#[session(timeout = "1h")]
struct S5 {
    visits: u32,
}

#[derive(Session)]
struct S6 {
    #[session(expires = "1h")]
    cart: u32,
}

fn main() {}
