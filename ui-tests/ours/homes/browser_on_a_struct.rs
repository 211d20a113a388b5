use session_runtime::Session;

#[derive(Session)]
#[session(browser)]
struct S1 {
    visits: u32,
}

#[derive(Session)]
#[session(browser = "30d")]
struct S2 {
    visits: u32,
}

fn main() {}
