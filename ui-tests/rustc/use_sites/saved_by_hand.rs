use session_runtime::Session;

#[derive(Session)]
struct Shop {
    visits: u32,
}

async fn index(mut session: Session<Shop>) {
    session.visits += 1;
    session.save().await;
}

fn main() {
    let _ = index;
}
