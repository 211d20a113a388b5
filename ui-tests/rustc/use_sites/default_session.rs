use session_runtime::Session;

#[derive(Session)]
struct Shop {
    visits: u32,
}

fn main() {
    let session: Session<Shop> = Session::default();
    drop(session);
}
