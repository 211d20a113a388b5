use session_runtime::{Keyring, Session, SessionLayer};

#[derive(Session)]
struct Shop {
    visits: u32,
}

struct Plain {
    _visits: u32,
}

fn main() {
    let keys = Keyring::ephemeral();
    let _ = SessionLayer::<Plain>::new(keys);
}
