use session_runtime::Session;

#[derive(Session)]
struct Shop {
    visits: u32,
    visits: u64,
}

async fn index(mut session: Session<Shop>) {
    session.visits += 1;
}

fn main() {
    let _ = index;
}
