use session_runtime::Session;

#[derive(Session)]
struct Shop {
    visits: u32,
}

async fn h(session: Session<Shop>) -> String {
    Session::destroy(session);
    session.visits.to_string()
}

fn main() {
    let _ = h;
}
