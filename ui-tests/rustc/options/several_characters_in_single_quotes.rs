use session_runtime::Session;

#[derive(Session)]
#[session(cookie = 'shop', idle = '30m')]
struct Shop {
    visits: u32,
}

async fn index(mut session: Session<Shop>) {
    session.visits += 1;
}

fn main() {
    let _ = index;
}
