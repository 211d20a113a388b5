use session_runtime::Session;

#[derive(Session)]
struct S1 {
    #[session(flash, remember)]
    theme: u32,
}

#[derive(Session)]
struct S2 {
    #[session(remember, flash)]
    theme: u32,
}

fn main() {}
