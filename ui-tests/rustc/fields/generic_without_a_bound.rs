use session_runtime::Session;

struct Plain;

#[derive(Session)]
struct Shop<T> {
    items: Vec<T>,
}

async fn index(session: Session<Shop<Plain>>) {
    drop(session);
}

fn main() {
    let _ = index;
}
