//! Tickets.

use super::*;
use crate::token::ticket::TICKET;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A ticket, and what is asked of it.
#[derive(Clone)]
struct TicketCase {
    name: String,
    keys: String,
    cookie_name: &'static str,
    now: u64,
    token: String,
}

impl TicketCase {
    fn of(name: &str, token: String) -> Self {
        Self {
            name: name.to_owned(),
            keys: key_text(0),
            cookie_name: NAME,
            now: NOW,
            token,
        }
    }

    fn entry(self, outcome: Result<Value, &str>) -> Value {
        let entry = json!({
            "name": self.name,
            "keys": self.keys,
            "cookie_name": self.cookie_name,
            "idle": 3600,
            "max": 86_400,
            "now": self.now,
            "token": self.token,
        });
        with_outcome(entry, outcome)
    }

    fn opens(self, ticket: &Ticket) -> Value {
        let contents = ticket_contents(ticket, self.cookie_name);
        self.entry(Ok(contents))
    }

    fn refused(self, reason: &str) -> Value {
        self.entry(Err(reason))
    }
}

pub(crate) fn ticket_contents(ticket: &Ticket, cookie_name: &str) -> Value {
    let mut found = contents(&ticket.session);
    let members = found.as_object_mut().unwrap();
    members.remove("records");
    members["flags"] = json!(byte(&ticket.session) | 0x04);
    members.insert("session_id".into(), json!(hex(ticket.id.as_bytes())));
    members.insert("mark".into(), json!(hex(&ticket.mark.to_bytes())));
    let row_key = ticket.id.row_key(cookie_name);
    members.insert("row_key".into(), json!(hex(&row_key.to_bytes())));
    found
}

pub(super) fn ticket(flags: u8, times: (u64, u64)) -> Ticket {
    Ticket {
        session: flagged(flags, session(times, [])),
        id: SessionId::from_bytes(ID),
        mark: crate::store::Mark::from_bytes(MARK),
    }
}

#[test]
fn what_has_no_flag_of_a_ticket_is_none() {
    let mut bytes = Vec::new();
    usual_ticket().write(&mut bytes);
    assert!(Ticket::read(&bytes).is_some());
    bytes[0] &= !TICKET;
    assert!(Ticket::read(&bytes).is_none());
}

fn usual_ticket() -> Ticket {
    ticket(0, (NOW - 100, NOW - 10))
}

/// Seals under the first key of a list.
pub(super) fn sealed_under(keys: &str, cookie_name: &str, ticket: &Ticket) -> String {
    ticket
        .seal(&keys_of(keys, cookie_name, "main"), at(NOW), &nonce(60))
        .to_text()
}

fn sealed_ticket(ticket: &Ticket) -> String {
    sealed_under(&key_text(0), NAME, ticket)
}

pub(super) fn tickets() -> Vec<Value> {
    [
        tickets_that_open(),
        tickets_of_rings(),
        tickets_that_are_over(),
        tickets_that_are_none(),
    ]
    .concat()
}

fn tickets_that_open() -> Vec<Value> {
    let names = [
        (0x00, "a ticket"),
        (0x01, "with a login"),
        (0x02, "of a session that is remembered"),
        (0x08, "of a session that is untold"),
        (0x10, "with a written-at"),
        (0x11, "with a login and a written-at"),
        (0x1b, "with every flag"),
    ];
    let entries = names.map(|(flags, name)| {
        let ticket = ticket(flags, (NOW - 100, NOW - 10));
        TicketCase::of(name, sealed_ticket(&ticket)).opens(&ticket)
    });
    let mut entries = Vec::from(entries);
    let stepped = ticket(0x11, (NOW - 100, NOW - 10));
    let token = sealed_ticket(&stepped);
    let mut entry = TicketCase::of("a ticket, step by step", token.clone()).opens(&stepped);
    entry["steps"] = ticket_steps(&token);
    entries.push(entry);
    entries
}

fn ticket_steps(token: &str) -> Value {
    let sealed = URL_SAFE_NO_PAD.decode(token).unwrap();
    let keys = keys_of(&key_text(0), NAME, "main");
    let key = keys.sealing(at(NOW));
    let (bytes, _) = open_bytes(&XChaCha20Poly1305, &keys, token.as_bytes()).unwrap();
    json!({
        "part_key": hex(key.secret.as_slice()),
        "associated_data": hex(&sealed[..5]),
        "plaintext": hex(&bytes),
        "sealed": hex(&sealed),
    })
}

fn tickets_of_rings() -> Vec<Value> {
    let [a, b, c] = [0, 1, 2].map(key_text);
    let opens = |name: &str, sealed_with: &str, keys: String| {
        let token = sealed_under(sealed_with, NAME, &usual_ticket());
        let case = TicketCase::of(name, token);
        TicketCase { keys, ..case }.opens(&usual_ticket())
    };
    let refused = |name: &str, keys: String, reason| {
        let case = TicketCase::of(name, sealed_ticket(&usual_ticket()));
        TicketCase { keys, ..case }.refused(reason)
    };
    let named = |cookie_name, sealed_for| {
        let name = format!("as the cookie {cookie_name:?}, sealed for {sealed_for:?}");
        let token = sealed_under(&a, sealed_for, &usual_ticket());
        let case = TicketCase::of(&name, token);
        TicketCase {
            cookie_name,
            ..case
        }
    };
    vec![
        opens("under the second of three keys", &b, format!("{a},{b},{c}")),
        opens("under the last of three keys", &c, format!("{a},{b},{c}")),
        opens(
            "under a key that does not seal yet",
            &b,
            format!("{b} from=2030-01-01T00:00:00Z,{a}"),
        ),
        refused("another key", b.clone(), "unknown-key"),
        refused("two other keys", format!("{b},{c}"), "unknown-key"),
        refused("a revoked key", format!("{b},{a} revoked"), "revoked-key"),
        named("__Secure-shop", "__Secure-shop").opens(&usual_ticket()),
        named("__Secure-shop", NAME).refused("forged"),
        named("__Host-shop2", NAME).refused("forged"),
        named("__Host-shop.browser", NAME).refused("forged"),
    ]
}

fn tickets_that_are_over() -> Vec<Value> {
    let case = |name: &str, times| {
        let ticket = ticket(0, times);
        (TicketCase::of(name, sealed_ticket(&ticket)), ticket)
    };
    let refused = |name: &str, times, reason| case(name, times).0.refused(reason);
    let opens = |name: &str, times| {
        let (case, ticket) = case(name, times);
        case.opens(&ticket)
    };
    vec![
        opens("a second before idle is over", (NOW - 3599, NOW - 3599)),
        opens("a second before max is over", (NOW - 86_399, NOW)),
        opens("of a clock that is a minute ahead", (NOW + 60, NOW + 60)),
        refused("when idle is over", (NOW - 3600, NOW - 3600), "expired"),
        refused("when max is over", (NOW - 86_400, NOW), "expired"),
        refused("begun 61 seconds ahead", (NOW + 61, NOW), "future"),
        refused("renewed 61 seconds ahead", (NOW, NOW + 61), "future"),
    ]
}

/// Tokens that a reader of tickets refuses.
fn tickets_that_are_none() -> Vec<Value> {
    let mut bytes = Vec::new();
    ticket(0, (NOW - 100, NOW - 10)).write(&mut bytes);
    let mut with_login = Vec::new();
    ticket(0x01, (NOW - 100, NOW - 10)).write(&mut with_login);
    let flagged = |flags: u8| [&[flags], &bytes[1..]].concat();
    let cases = [
        ("nothing sealed", Vec::new()),
        ("no mark", bytes[..bytes.len() - 8].to_vec()),
        ("a mark that is cut", bytes[..bytes.len() - 1].to_vec()),
        ("a byte behind the mark", [&bytes[..], &[0]].concat()),
        (
            "a record behind the mark",
            [&bytes[..], &TAG, &[2, 7]].concat(),
        ),
        ("without the flag of a ticket", flagged(0x00)),
        ("an unknown flag", flagged(0x24)),
        ("the highest flag", flagged(0x84)),
        ("the flag for somebody, and no login", flagged(0x05)),
        (
            "a login, and not its flag",
            [&[0x04], &with_login[1..]].concat(),
        ),
        ("the flag for background, and no written-at", flagged(0x14)),
    ];
    let malformed = cases.iter().map(|(name, plaintext)| {
        let token = sealed_bytes(HOMES[0], plaintext);
        TicketCase::of(name, token).refused("malformed")
    });
    let mut entries: Vec<_> = malformed.collect();
    let of_cookie = sealed(&usual(), 61);
    entries.push(TicketCase::of("a session in its cookie", of_cookie).refused("malformed"));
    let empty = sealed(&session((NOW, NOW), []), 62);
    entries.push(TicketCase::of("a session without records", empty).refused("malformed"));
    let token = sealed_ticket(&usual_ticket());
    entries.push(TicketCase::of("with padding", format!("{token}=")).refused("alphabet"));
    entries.push(TicketCase::of("the empty ticket", String::new()).refused("length"));
    let mut altered = URL_SAFE_NO_PAD.decode(&token).unwrap();
    altered[40] ^= 1;
    let altered = URL_SAFE_NO_PAD.encode(altered);
    entries.push(TicketCase::of("an altered id", altered).refused("forged"));
    entries
}

/// Tickets where a session in its cookie is read.
pub(super) fn tickets_as_tokens() -> Vec<Value> {
    let mut bytes = Vec::new();
    usual_ticket().write(&mut bytes);
    let entries = HOMES.map(|home| {
        let name = format!("a ticket as the {} part", home.1.name());
        let token = sealed_bytes(home, &bytes);
        Case::of(&name, token).in_cookie(home).refused("malformed")
    });
    entries.into()
}
