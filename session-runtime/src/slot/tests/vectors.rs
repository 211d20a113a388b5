//! The tokens and tickets of the vectors, opened as a request opens its cookies.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::Value;

use crate::config::{Config, Identity, StoredField};
use crate::data::{Schema, SessionData, numbered};
use crate::keys::Keyring;
use crate::lifetime::Lifetime;
use crate::part::Part;
use crate::record::Tag;
use crate::slot::opening::{self, Refusal};
use crate::time::Timestamp;
use crate::token::Plaintext;
use crate::token::tests::vectors::{bytes, committed, contents, outcome, part_keys};
use crate::value;

const NIL: &[u8] = &[0xc0];

/// A session type to which an entry of the vectors gives its clocks and fields.
#[derive(Default)]
struct Blank;

impl crate::explained::Derived for Blank {}

impl SessionData for Blank {
    const SCHEMA: Schema<Self> = Schema::new("blank", &[]).idle(1).max(1);
}

fn config(entry: &Value, part: Part) -> Config {
    let mut config = Config::new::<Blank>(Keyring::ephemeral());
    let schema = &mut config.schema;
    schema.lifetime = Lifetime {
        idle: number(&entry["idle"]),
        max: number(&entry["max"]),
    };
    let identity = entry.get("identity").map(tag);
    // The identity is the first field of those below.
    let first = numbered([()]).next().map(|(id, ())| id);
    schema.identity = first.filter(|_| identity.is_some()).map(|field| Identity {
        field,
        as_read: |stored| value::is_whole(stored).then(|| stored.to_vec()),
    });
    let lifetimes = entry["lifetimes"].as_object().into_iter().flatten();
    let lifetimes =
        lifetimes.map(|(name, seconds)| (tag(&Value::from(name.as_str())), number(seconds)));
    let mut lifetimes: BTreeMap<Tag, u64> = lifetimes.collect();
    // An identity may have a lifetime of its own.
    let identity = identity.map(|tag| field(tag, Part::Main, lifetimes.remove(&tag)));
    let known = lifetimes.into_iter();
    let known = known.map(|(tag, seconds)| field(tag, part, Some(seconds)));
    schema.set_fields(identity.into_iter().chain(known).collect());
    config
}

fn field(tag: Tag, part: Part, ttl: Option<u64>) -> StoredField {
    StoredField {
        name: "",
        tag,
        aliases: &[],
        part,
        ttl,
        merge: None,
        default: Bytes::from_static(NIL),
    }
}

fn tag(hex: &Value) -> Tag {
    Tag(bytes(hex).try_into().unwrap())
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

fn verdict(entry: &Value) -> Result<Plaintext, &'static str> {
    let mut parts = Part::ALL.into_iter();
    let part = parts.find(|part| part.name() == entry["part"]).unwrap();
    let roots = entry["keys"].as_array().unwrap().iter();
    let roots: Vec<_> = roots.map(|root| bytes(root).try_into().unwrap()).collect();
    let keys = part_keys(&roots, entry["cookie_name"].as_str().unwrap(), part);
    let token = entry["token"].as_str().unwrap().as_bytes();
    let now = Timestamp::from_seconds(number(&entry["now"]));
    let read = opening::read(&config(entry, part), part, &keys, token, now);
    read.map(|session| session.opened.plaintext)
        .map_err(Refusal::reason)
}

#[test]
fn every_token_opens_or_is_refused_as_the_vectors_say() {
    let tokens = committed("tokens");
    let is_refused = |entry: &&Value| entry["outcome"]["refused"].is_string();
    let refused = tokens.iter().filter(is_refused).count();
    let all = tokens.len();
    assert!(all >= 200 && 2 * refused >= all, "{refused} of {all}");
    for entry in &tokens {
        let found = verdict(entry).map(|session| contents(&session));
        assert_eq!(outcome(found), entry["outcome"], "{}", entry["id"]);
    }
}

/// A ticket says whose session it is only together with its row.
#[cfg(feature = "stored")]
#[test]
fn every_ticket_opens_or_is_refused_as_the_vectors_say() {
    use crate::config::SessionsInCookies;
    use crate::slot::in_cookie::Brought;
    use crate::token::tests::vectors::stored::ticket_contents;
    let tickets = committed("tickets");
    assert!(tickets.len() >= 40, "{}", tickets.len());
    for entry in tickets {
        let text = |member: &str| entry[member].as_str().unwrap();
        let cookie_name = text("cookie_name");
        let ring = Keyring::unchecked(text("keys")).unwrap();
        let keys = ring.derive(cookie_name, Part::Main.name()).load();
        let now = Timestamp::from_seconds(number(&entry["now"]));
        let read = Brought::read(
            &config(&entry, Part::Main),
            SessionsInCookies::Refused,
            &keys,
            text("token").as_bytes(),
            now,
        );
        let found = match &read {
            Ok(brought) => Ok(ticket_contents(&brought.ticket, cookie_name)),
            Err(refusal) => Err(refusal.reason()),
        };
        assert_eq!(outcome(found), entry["outcome"], "{}", entry["id"]);
    }
}

#[cfg(feature = "stored")]
#[test]
fn every_session_in_its_cookie_has_the_row_that_the_vectors_say() {
    use crate::config::SessionsInCookies;
    use crate::slot::in_cookie::Brought;
    use crate::token::tests::vectors::stored::in_cookies::found;
    let sessions = committed("sessions_in_cookies");
    assert!(sessions.len() >= 8, "{}", sessions.len());
    for entry in sessions {
        let text = |member: &str| entry[member].as_str().unwrap();
        let cookie_name = text("cookie_name");
        let ring = Keyring::unchecked(text("keys")).unwrap();
        let keys = ring.derive(cookie_name, Part::Main.name()).load();
        let brought = Brought::read(
            &config(&entry, Part::Main),
            SessionsInCookies::Kept,
            &keys,
            text("token").as_bytes(),
            Timestamp::from_seconds(number(&entry["now"])),
        );
        let found = brought.map(|brought| {
            let in_cookie = brought.in_cookie.unwrap();
            found(
                (&in_cookie.carried, &brought.ticket.id),
                brought.ticket.mark,
                &in_cookie.records,
                cookie_name,
            )
        });
        let found = found.map_err(Refusal::reason);
        assert_eq!(outcome(found), entry["outcome"], "{}", entry["id"]);
    }
}
