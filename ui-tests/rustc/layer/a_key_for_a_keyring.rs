use session_runtime::{Key, Keyring, Session, SessionLayer};

#[derive(Session)]
struct Shop {
    visits: u32,
}

fn main() {
    let keys = Keyring::ephemeral();
    let _ = (keys, SessionLayer::<Shop>::new(Key::generate()));
}
