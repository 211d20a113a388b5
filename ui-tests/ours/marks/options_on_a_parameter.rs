use session_runtime::Session;

#[derive(Session)]
struct S<#[session(cookie = "x")] T> {
    value: T,
}

fn main() {}
