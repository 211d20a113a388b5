//! Tokens that open.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hkdf::Hkdf;

use super::*;

pub(super) fn tokens() -> Vec<Value> {
    let mut entries = Vec::new();
    let mut opens = |section: &str, name: String, session: &Plaintext| {
        let number = u8::try_from(entries.len()).unwrap();
        let entry = Case::of(&name, sealed(session, number)).opens(session);
        entries.extend(of_section(section, vec![entry]));
    };
    opens("2", "a session".to_owned(), &usual());
    opens("4", "without records".to_owned(), &session((NOW, NOW), []));
    for length in [
        0, 1, 2, 3, 15, 16, 17, 62, 63, 64, 65, 127, 128, 255, 256, 1000, 3000,
    ] {
        let value: Vec<u8> = (0..length).map(|at: usize| at.to_be_bytes()[7]).collect();
        let record = record([1, 2, 3], None, &value);
        opens(
            "4",
            format!("a value of {length} bytes"),
            &session((NOW, NOW), [record]),
        );
    }
    for (name, created_at, renewed_at) in [
        ("of a clock that is a minute ahead", NOW + 60, NOW + 60),
        ("begun after it was renewed", NOW, NOW - 5),
        ("a second before idle is over", NOW - 3599, NOW - 3599),
        ("a second before max is over", NOW - 86_399, NOW),
    ] {
        opens("5", name.to_owned(), &session((created_at, renewed_at), []));
    }
    for count in [2, 3, 10, 50] {
        let records = (0..count).map(|tag: u8| record([tag, 255 - tag, 0], None, &[tag; 4]));
        opens(
            "4",
            format!("{count} records"),
            &session((NOW, NOW), records),
        );
    }
    for (name, deadline) in [
        ("in a second", NOW + 1),
        ("at the end of time", (1 << 40) - 1),
    ] {
        let records = [record([5, 5, 5], Some(deadline), b"\xa5later")];
        opens(
            "4",
            format!("a record that ends {name}"),
            &session((NOW, NOW), records),
        );
    }
    let edges = [[0, 0, 0], [0, 0, 1], [0, 1, 0], [1, 0, 0], [255, 255, 255]];
    let records = edges.map(|tag| record(tag, None, &[1]));
    opens(
        "4",
        "tags in the order of their bytes".to_owned(),
        &session((NOW, NOW), records),
    );
    entries.extend(of_section("5", expiring_records()));
    entries.extend(of_section("3", other_homes()));
    entries.extend(of_section("2", step_by_step()));
    entries
}

/// Records whose time is over are not there, whatever their neighbours do.
fn expiring_records() -> Vec<Value> {
    let expired = |deadline| {
        let lasting = record([1, 1, 1], None, &[1]);
        let ending = record([2, 2, 2], Some(deadline), &[2]);
        let sealed_with = session((NOW - 100, NOW - 10), [lasting.clone(), ending]);
        let left = session((NOW - 100, NOW - 10), [lasting]);
        (sealed_with, left)
    };
    let entries = [NOW, NOW - 1, 0].map(|deadline| {
        let (sealed_with, left) = expired(deadline);
        let name = format!("without the record that ended at {deadline}");
        Case::of(&name, sealed(&sealed_with, 80)).opens(&left)
    });
    entries.into()
}

/// Other keys, key lists and cookie names.
fn other_homes() -> Vec<Value> {
    let mut entries = Vec::new();
    for (number, root) in roots().into_iter().enumerate() {
        for cookie_name in [NAME, "__Secure-shop", "shop", "__Host-a"] {
            let token = seal(
                &part_keys(&[root], cookie_name, Part::Main),
                at(NOW),
                &nonce(90),
                &usual(),
            )
            .to_text();
            let case = Case {
                roots: vec![root],
                cookie_name,
                ..Case::of(&format!("under key {number} for {cookie_name}"), token)
            };
            entries.push(case.opens(&usual()));
        }
        let keys = part_keys(&[root], NAME, Part::Main);
        let token = seal(&keys, at(NOW), &nonce(91), &usual()).to_text();
        let case = Case {
            roots: roots().into(),
            ..Case::of(&format!("under key {number} of three"), token)
        };
        entries.push(case.opens(&usual()));
    }
    entries
}

/// One token of each part with every step from the root key to it, so that a reader can find the one that is wrong.
fn step_by_step() -> Vec<Value> {
    let entries = HOMES.into_iter().zip([0x1b, 0x00, 0x01]);
    let entries = entries.map(|(home, flags)| {
        let records = [
            record([1, 1, 1], None, b"\xa2hi"),
            record([2, 2, 2], Some(NOW + 600), &[0xcc, 200]),
        ];
        let session = flagged(flags, session((NOW - 100, NOW - 10), records));
        let name = format!("{}, step by step", home.1.name());
        let case = Case::of(&name, sealed_at(home, &session, 92)).in_cookie(home);
        let mut entry = case.opens(&session);
        entry["steps"] = steps(home, &session, &case.token);
        entry
    });
    entries.collect()
}

fn steps((cookie_name, part): Home, session: &Plaintext, token: &str) -> Value {
    let (pseudo_random_key, _) = Hkdf::<Sha256>::extract(Some(b"session-runtime/v1"), &roots()[0]);
    let keys = part_keys(&roots()[..1], cookie_name, part);
    let key = keys.sealing(at(NOW));
    let mut plaintext = Vec::new();
    session.write(&mut plaintext);
    json!({
        "pseudo_random_key": hex(&pseudo_random_key),
        "key_id": hex(&key.id.0),
        "part_key": hex(key.secret.as_slice()),
        "associated_data": hex(&header(key.id)),
        "nonce": hex(&nonce(92)),
        "plaintext": hex(&plaintext),
        "sealed": hex(&URL_SAFE_NO_PAD.decode(token).unwrap()),
    })
}
