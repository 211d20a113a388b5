use session_runtime::{Keyring, Session, SessionLayer};

#[derive(Session)]
struct Shop {
    visits: u32,
}

fn main() {
    let keys = Keyring::ephemeral();
    let _ = SessionLayer::<std::collections::HashMap<String, String>>::new(keys);
}
