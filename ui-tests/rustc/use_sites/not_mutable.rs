use session_runtime::Session;

#[derive(Session)]
struct Shop {
    visits: u32,
}

async fn h(session: Session<Shop>) {
    session.visits += 1;
}

fn main() {
    let _ = h;
}
