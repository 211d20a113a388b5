use session_runtime::Session;

#[derive(Session)]
struct S1 {
    #[session(flash, browser)]
    theme: u32,
}

#[derive(Session)]
struct S2 {
    #[session(browser, flash)]
    theme: u32,
}

fn main() {}
