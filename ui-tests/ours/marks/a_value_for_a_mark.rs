use session_runtime::{Identity, Session};

#[derive(Session)]
struct S1 {
    #[session(flash = true)]
    notice: u32,
}

#[derive(Session)]
#[session(remember = true)]
struct S2 {
    visits: u32,
}

#[derive(Session)]
struct S3 {
    #[session(identity = "x")]
    user: Identity<u32>,
}

#[derive(Session)]
struct S4 {
    #[session(flash())]
    notice: u32,
}

#[derive(Session)]
struct S5 {
    #[session(browser =)]
    theme: u32,
}

fn main() {}
