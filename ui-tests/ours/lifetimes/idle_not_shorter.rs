use session_runtime::Session;

#[derive(Session)]
#[session(idle = "24h", max = "12h")]
struct S1 {
    visits: u32,
}

#[derive(Session)]
#[session(idle = "12h", max = "12h")]
struct S2 {
    visits: u32,
}

fn main() {}
