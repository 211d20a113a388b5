use session_runtime::Session;

#[derive(Session)]
struct Shop {
    visits: u32,
}

async fn become_admin(mut session: Session<Shop>) {
    Session::renew(&mut session);
}

fn main() {}
