//! Sessions of a stored type that are in their cookies.

use super::*;

/// The tag of the record that holds an id.
const ID_TAG: [u8; 3] = [0, b'i', b'd'];

/// The tag of the identity.
const USER_TAG: [u8; 3] = [0xaa, 0xbb, 0xcc];

pub(super) fn sessions() -> Vec<Value> {
    let with_id = |id: &[u8]| {
        let mut session = usual();
        session.records.set(record(ID_TAG, None, id));
        session
    };
    let of_user = |user: u8, mut session: Plaintext| {
        session.records.set(record(USER_TAG, None, &[user]));
        session
    };
    let case = |name, session| Case {
        name,
        session,
        cookie_name: NAME,
        has_identity: true,
        carried: None,
    };
    let carrying = |name, session| Case {
        carried: Some(ID),
        ..case(name, session)
    };
    let cases = [
        case("without an id", usual()),
        case("without records", session((NOW, NOW), [])),
        carrying("with an id", with_id(&ID)),
        case("with an id that is cut", with_id(&ID[..15])),
        case("with an id that is too long", with_id(&[7; 17])),
        carrying("with a login", flagged(0x11, of_user(7, with_id(&ID)))),
        carrying("of another user", flagged(0x11, of_user(8, with_id(&ID)))),
        carrying("with a login of nobody", flagged(0x01, with_id(&ID))),
        case(
            "with a login and without an id",
            flagged(0x01, of_user(7, usual())),
        ),
        carrying("of a user without a login", of_user(7, with_id(&ID))),
        Case {
            cookie_name: "__Secure-shop",
            ..carrying("as another cookie", with_id(&ID))
        },
        Case {
            has_identity: false,
            ..case("with an id, of a type without an identity", with_id(&ID))
        },
    ];
    cases.map(Case::entry).into()
}

struct Case {
    name: &'static str,
    session: Plaintext,
    cookie_name: &'static str,
    has_identity: bool,
    carried: Option<[u8; 16]>,
}

impl Case {
    fn entry(self) -> Value {
        let Self {
            name,
            session,
            cookie_name,
            has_identity,
            carried,
        } = self;
        let keys = keys_of(&key_text(0), cookie_name, "main");
        let token = seal(&keys, at(NOW), &nonce(63), &session).to_text();
        let carried = carried.map_or_else(
            || SessionId::of_cookie(token.as_bytes()),
            SessionId::from_bytes,
        );
        let user = session.records.get(Tag(USER_TAG));
        let user = user.filter(|_| has_identity).map(|record| record.value);
        let login = session.login;
        let login = login.or(user.map(|_| LoginId::unwritten(session.created_at)));
        let user = user.unwrap_or_default();
        let id = login.map_or(carried, |login| carried.in_login(login, user));
        let mut records = session.records.clone();
        if has_identity {
            records.remove(Tag(ID_TAG));
        }
        let mark = crate::slot::first_mark(id);
        let found = found((&carried, &id), mark, &records, cookie_name);
        let mut entry = json!({
            "name": name,
            "keys": key_text(0),
            "cookie_name": cookie_name,
            "idle": 3600,
            "max": 86_400,
            "now": NOW,
            "token": token,
        });
        if has_identity {
            entry["identity"] = json!(hex(&USER_TAG));
        }
        with_outcome(entry, Ok(found))
    }
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
