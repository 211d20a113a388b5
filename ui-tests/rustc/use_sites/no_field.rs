use session_runtime::Session;

#[derive(Session)]
struct Shop {
    visits: u32,
}

async fn h(mut session: Session<Shop>) {
    session.vists += 1;
}

fn main() {
    let _ = h;
}
