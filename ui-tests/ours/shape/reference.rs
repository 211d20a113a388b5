use session_runtime::Session;

#[derive(Session)]
struct S {
    n: &'static str,
    bytes: &'static [u8],
    number: &'static u32,
    inside: Option<(&'static str, u8)>,
}

fn main() {}
