use session_runtime::Session;

#[derive(Session)]
#[session(stored)]
struct S1 {
    #[session(merge = add, browser)]
    visits: u32,
}

#[derive(Session)]
#[session(stored)]
struct S2 {
    #[session(flash, merge = append(5))]
    list: Vec<u32>,
}

fn main() {}
