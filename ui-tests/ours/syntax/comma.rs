use session_runtime::Session;

#[derive(Session)]
#[session(cookie = "a" crate = ::session_runtime)]
struct S1 {
    visits: u32,
}

#[derive(Session)]
#[session(cookie = "a" "b", cokie = "c")]
struct S2 {
    visits: u32,
}

fn main() {}
