use session_runtime::Session;

#[derive(Session)]
struct Shop {
    visits: u32,
}

async fn h(mut session: Session<Shop>) {
    session.visits = "x";
}

fn main() {
    let _ = h;
}
