use session_runtime::Session;

#[derive(Session)]
struct Shop {
    visits: u32,
}

async fn h(session: Session<Shop>) {
    let _ = Shop::fresh();
    let _ = Session::status(&session);
}

fn main() {
    let _ = h;
}
