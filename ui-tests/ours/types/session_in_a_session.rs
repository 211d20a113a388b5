use session_runtime::Session;

#[derive(Session)]
struct Shop {
    value: Session<Other>,
}

#[derive(Session)]
struct Other {
    visits: u32,
}

fn main() {}
