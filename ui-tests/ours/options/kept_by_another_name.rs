use session_runtime::Session;

#[derive(Session)]
struct S1 {
    #[session(persist)]
    theme: u32,
}

#[derive(Session)]
struct S2 {
    #[session(permanent)]
    theme: u32,
}

#[derive(Session)]
struct S3 {
    #[session(persistent)]
    theme: u32,
}

#[derive(Session)]
struct S4 {
    #[session(keep)]
    theme: u32,
}

#[derive(Session)]
#[session(permanent)]
struct S5 {
    visits: u32,
}

fn main() {}
