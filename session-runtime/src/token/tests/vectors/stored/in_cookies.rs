//! Sessions of a stored type that are in their cookies.

use super::*;

/// The tag of the record that holds an id.
const ID_TAG: [u8; 3] = [0, b'i', b'd'];

pub(super) fn sessions() -> Vec<Value> {
    let with_id = |id: &[u8]| {
        let mut session = usual();
        session.records.set(record(ID_TAG, None, id));
        session
    };
    let id = Some(ID);
    [
        ("without an id", usual(), NAME, None),
        ("as another cookie", usual(), "__Secure-shop", None),
        ("without records", session((NOW, NOW), []), NAME, None),
        ("with an id", with_id(&ID), NAME, id),
        (
            "with an id, as another cookie",
            with_id(&ID),
            "__Secure-shop",
            id,
        ),
        ("with an id that is cut", with_id(&ID[..15]), NAME, None),
        ("with an id that is too long", with_id(&[7; 17]), NAME, None),
        ("with a login", flagged(0x11, with_id(&ID)), NAME, id),
        (
            "with a login and without an id",
            flagged(0x01, usual()),
            NAME,
            None,
        ),
    ]
    .map(|(name, session, cookie_name, id)| entry(name, &session, cookie_name, id))
    .into()
}

fn entry(name: &str, session: &Plaintext, cookie_name: &str, id: Option<[u8; 16]>) -> Value {
    let keys = keys_of(&key_text(0), cookie_name, "main");
    let token = seal(&keys, at(NOW), &nonce(63), session).to_text();
    let carried = id.map_or_else(
        || SessionId::of_cookie(token.as_bytes()),
        SessionId::from_bytes,
    );
    let id = session
        .login
        .map_or(carried, |login| carried.in_login(login));
    let mut records = session.records.clone();
    records.remove(Tag(ID_TAG));
    let mark = crate::slot::first_mark(id);
    let found = found((&carried, &id), mark, &records, cookie_name);
    let entry = json!({
        "name": name,
        "keys": key_text(0),
        "cookie_name": cookie_name,
        "idle": 3600,
        "max": 86_400,
        "now": NOW,
        "token": token,
    });
    with_outcome(entry, Ok(found))
}

/// What a reader learns of such a session beside its times.
pub(crate) fn found(
    (carried, id): (&SessionId, &SessionId),
    mark: crate::store::Mark,
    records: &Records,
    cookie_name: &str,
) -> Value {
    let session = Plaintext {
        records: records.clone(),
        ..session((NOW, NOW), [])
    };
    json!({
        "carried_id": hex(carried.as_bytes()),
        "session_id": hex(id.as_bytes()),
        "mark": hex(&mark.to_bytes()),
        "row_key": hex(&id.row_key(cookie_name).to_bytes()),
        "records": contents(&session)["records"],
    })
}
