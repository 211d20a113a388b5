use session_runtime::{Keyring, Session, SessionLayer};

#[derive(Session)]
struct Shop {
    visits: u32,
}

fn main() {
    let keys = Keyring::ephemeral();
    let _ = SessionLayer::<Shop>::new(keys).with_always_save(true);
}
