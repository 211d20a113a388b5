use session_runtime::Session;

#[derive(Session)]
struct Quiz {
    answers: Vec<u8>,
}

async fn h(mut session: Session<Quiz>) {
    let _ = session.get("a");
    session.insert("a", 1);
}

fn main() {
    let _ = h;
}
