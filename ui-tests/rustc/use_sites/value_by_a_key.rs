use session_runtime::Session;

#[derive(Session)]
struct Shop {
    visits: u32,
}

async fn index(session: Session<Shop>) -> u32 {
    session.get("visits").unwrap_or(0)
}

fn main() {
    let _ = index;
}
