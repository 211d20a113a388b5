use session_runtime::Session;

#[derive(Session)]
struct Shop {
    visits: u32,
}

async fn index(session: Session<Shop>) -> String {
    let Shop { visits } = session;
    visits.to_string()
}

fn main() {
    let _ = index;
}
