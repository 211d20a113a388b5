use session_runtime::Session;

#[derive(Session)]
struct Shop {
    #[session(colour = 1)]
    f1: u32,
}

#[derive(Session)]
#[session(colour = 1)]
struct S1 {
    visits: u32,
}

fn main() {}
