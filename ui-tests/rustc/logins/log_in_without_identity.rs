use session_runtime::Session;

#[derive(Session)]
struct Quiz {
    answers: Vec<u8>,
}

async fn h(mut session: Session<Quiz>) {
    Session::log_in(&mut session, 7);
}

fn main() {
    let _ = h;
}
