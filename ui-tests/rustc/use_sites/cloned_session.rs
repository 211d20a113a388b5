use session_runtime::Session;

#[derive(Session)]
struct Shop {
    visits: u32,
}

fn both(session: &Session<Shop>) -> Session<Shop> {
    session.clone()
}

fn main() {
    let _ = both;
}
