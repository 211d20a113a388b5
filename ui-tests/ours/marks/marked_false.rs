use session_runtime::Session;

#[derive(Session)]
struct S1 {
    #[session(flash = false)]
    notice: u32,
}

#[derive(Session)]
#[session(remember = false)]
struct S2 {
    visits: u32,
}

fn main() {}
