use session_runtime::Session;

#[derive(Session)]
struct Quiz {
    answers: Vec<u8>,
}

async fn h(mut session: Session<Quiz>) {
    Session::log_out(&mut session);
}

fn main() {
    let _ = h;
}
