use session_runtime::Session;

#[derive(Session)]
struct Shop {
    visits: u32,
}

async fn index() -> String {
    let session: Session<Shop> = Session::new(Shop { visits: 1 });
    session.visits.to_string()
}

fn main() {
    let _ = index;
}
