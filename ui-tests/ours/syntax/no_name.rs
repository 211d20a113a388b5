use session_runtime::Session;

#[derive(Session)]
#[session("sid")]
struct S1 {
    visits: u32,
}

#[derive(Session)]
struct Shop {
    #[session(7)]
    f1: u32,
}

fn main() {}
