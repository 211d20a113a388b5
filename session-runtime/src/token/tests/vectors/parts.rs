//! The three parts: their flags, their times, what each knows of its fields, and tokens that stand in
//! the cookie of another part.

use super::*;

const DAY: u64 = 24 * 60 * 60;
const YEAR: u64 = 365 * DAY;
const END_OF_TIME: u64 = (1 << 40) - 1;
const NOTICE: [u8; 3] = [1, 1, 1];
const OTHER: [u8; 3] = [2, 2, 2];

pub(super) fn tokens() -> Vec<Value> {
    let of_plaintexts = [flags(), unknown_flags(), logins()].concat();
    let of_times = [times(), saturating_times()].concat();
    let of_fields = [lifetimes(), written_in_background()].concat();
    [
        of_section("4", of_plaintexts),
        of_section("3", swaps()),
        of_section("5", of_times),
        of_section("5.2", of_fields),
        of_section("5.3", identities()),
    ]
    .concat()
}

/// Every combination opens in every part; only in the main one does it mean anything.
fn flags() -> Vec<Value> {
    let mut entries = Vec::new();
    for home in HOMES {
        for flags in known_flags() {
            let session = flagged(flags, usual());
            let token = sealed_at(home, &session, 100);
            let name = format!("{}, flags {flags:#04x}", home.1.name());
            entries.push(Case::of(&name, token).in_cookie(home).opens(&session));
        }
    }
    entries
}

fn unknown_flags() -> Vec<Value> {
    let entry = |home: Home, flags: u8| {
        let mut plaintext = Vec::new();
        usual().write(&mut plaintext);
        plaintext[0] = flags;
        let name = format!("{}, flags {flags:#04x}", home.1.name());
        let case = Case::of(&name, sealed_bytes(home, &plaintext));
        case.in_cookie(home).refused("malformed")
    };
    let [main, browser, flash] = HOMES;
    let single_bits = [0x04, 0x20, 0x40, 0x80].map(|flags| entry(main, flags));
    let several_bits =
        [0x05, 0x06, 0x07, 0x0c, 0x1f, 0x21, 0xe0, 0xff].map(|flags| entry(main, flags));
    let elsewhere = [entry(browser, 0x04), entry(flash, 0x80)];
    single_bits
        .into_iter()
        .chain(several_bits)
        .chain(elsewhere)
        .collect()
}

/// The flag for somebody says that four bytes follow.
fn logins() -> Vec<Value> {
    let entry = |home: Home, bytes: &[u8]| {
        let mut plaintext = vec![0x01];
        plaintext.extend(at(NOW - 100).to_bytes());
        plaintext.extend(at(NOW - 10).to_bytes());
        plaintext.extend(bytes);
        let name = format!("{}, a login of {} bytes", home.1.name(), bytes.len());
        Case::of(&name, sealed_bytes(home, &plaintext)).in_cookie(home)
    };
    let mut entries = Vec::new();
    for home in HOMES {
        let session = flagged(0x01, session((NOW - 100, NOW - 10), []));
        entries.push(entry(home, &[0xa1, 0xb2, 0xc3, 0xd4]).opens(&session));
        entries.push(entry(home, &[0xa1, 0xb2, 0xc3]).refused("malformed"));
        entries.push(entry(home, &[]).refused("malformed"));
    }
    entries
}

/// Each part's token in every cookie and as every part but its own, and under another key.
fn swaps() -> Vec<Value> {
    let mut entries = Vec::new();
    let strangers = ["__Host-shop2", "__Host-shop2.browser", "__Host-shop2.flash"];
    for (home, stranger) in HOMES.into_iter().zip(strangers) {
        let token = sealed_at(home, &usual(), 101);
        let elsewhere = |cookie_name, part: Part| {
            let (of, part_name) = (home.1.name(), part.name());
            let name = format!("the {of} part in the cookie {cookie_name:?} as {part_name}");
            Case::of(&name, token.clone()).in_cookie((cookie_name, part))
        };
        let places = HOMES.map(|(name, _)| HOMES.map(|(_, part)| (name, part)));
        let others = places.into_iter().flatten().filter(|place| *place != home);
        entries.extend(others.map(|(name, part)| elsewhere(name, part).refused("forged")));
        entries.push(elsewhere(stranger, home.1).refused("forged"));
        let another_key = Case {
            roots: roots()[1..].into(),
            ..elsewhere(home.0, home.1)
        };
        entries.push(another_key.refused("unknown-key"));
    }
    entries
}

/// The lifetime that the type gives its session does not count in the parts whose fields have their
/// own times.
fn times() -> Vec<Value> {
    let mut entries = Vec::new();
    let [_, browser, flash] = HOMES;
    for home in [browser, flash] {
        let case = |name: &str, created_at, renewed_at| {
            let session = session((created_at, renewed_at), usual().records.to_vec());
            let name = format!("{} {name}", home.1.name());
            let case = Case::of(&name, sealed_at(home, &session, 102)).in_cookie(home);
            (case, session)
        };
        for (name, created_at, renewed_at) in [
            ("of 1970, in use", 0, NOW),
            ("a second before 400 days are over", 0, NOW - 400 * DAY + 1),
            ("of a clock that is a minute ahead", NOW + 60, NOW + 60),
        ] {
            let (case, session) = case(name, created_at, renewed_at);
            entries.push(case.opens(&session));
        }
        for (name, created_at, renewed_at, reason) in [
            ("when 400 days are over", NOW, NOW - 400 * DAY, "expired"),
            ("begun 61 seconds ahead", NOW + 61, NOW, "future"),
            ("renewed 61 seconds ahead", NOW, NOW + 61, "future"),
        ] {
            let (case, _) = case(name, created_at, renewed_at);
            entries.push(case.refused(reason));
        }
    }
    entries
}

/// The last second there is.
fn saturating_times() -> Vec<Value> {
    let mut entries = Vec::new();
    for home in HOMES {
        let session = session((END_OF_TIME - 2, END_OF_TIME - 1), []);
        let case = |now| {
            let name = format!("{} at {now}", home.1.name());
            let case = Case::of(&name, sealed_at(home, &session, 103));
            Case { now, ..case }.in_cookie(home)
        };
        entries.push(case(END_OF_TIME - 1).opens(&session));
        entries.push(case(END_OF_TIME).refused("expired"));
        entries.push(case(END_OF_TIME + 9).refused("expired"));
    }
    entries
}

/// Two records, of which the first is of a field that is known.
fn lifetimes() -> Vec<Value> {
    /// The seconds that the field lasts, the seconds since the part was sealed, and the deadline of
    /// the field.
    struct Known(u64, u64, Option<u64>);
    let entry = |home: Home, name: &str, known: Known, left: Option<Record>| {
        let Known(lifetime, ago, deadline) = known;
        let other = record(OTHER, None, &[1]);
        let times = (NOW - 900, NOW - ago);
        let stored = session(times, [notice(deadline), other.clone()]);
        let left = session(times, left.into_iter().chain([other]));
        let name = format!("{}, a field {name}", home.1.name());
        let case = Case {
            lifetimes: vec![(NOTICE, lifetime)],
            ..Case::of(&name, sealed_at(home, &stored, 104)).in_cookie(home)
        };
        case.opens(&left)
    };
    let until = |end| Some(notice(Some(end)));
    let [main, browser, flash] = HOMES;
    let of_main = [
        (
            "with its end",
            Known(600, 10, Some(NOW + 20)),
            until(NOW + 20),
        ),
        ("without an end", Known(600, 10, None), until(NOW + 590)),
        ("without an end that is over", Known(600, 600, None), None),
    ];
    let of_browser = [
        (
            "a second before its year is over",
            Known(YEAR, YEAR - 1, Some(NOW + 1)),
            until(NOW + 1),
        ),
        ("whose year is over", Known(YEAR, YEAR, Some(NOW)), None),
        (
            "without an end",
            Known(YEAR, YEAR - 1, None),
            until(NOW + 1),
        ),
        (
            "with an end",
            Known(YEAR, 10, Some(NOW + 1)),
            until(NOW + 1),
        ),
        ("whose end is past", Known(YEAR, 10, Some(NOW)), None),
    ];
    let of_flash = [
        (
            "with its end",
            Known(300, 10, Some(NOW + 200)),
            until(NOW + 200),
        ),
        (
            "a second before its end",
            Known(300, 299, Some(NOW + 1)),
            until(NOW + 1),
        ),
        ("at its end", Known(300, 300, Some(NOW)), None),
        (
            "with a shorter lifetime",
            Known(60, 10, Some(NOW + 290)),
            until(NOW + 50),
        ),
        (
            "with a shorter lifetime that is over",
            Known(10, 10, Some(NOW + 290)),
            None,
        ),
        ("without an end", Known(300, 10, None), until(NOW + 290)),
    ];
    let mut entries = Vec::new();
    entries.extend(of_main.map(|(name, known, left)| entry(main, name, known, left)));
    entries.extend(of_browser.map(|(name, known, left)| entry(browser, name, known, left)));
    entries.extend(of_flash.map(|(name, known, left)| entry(flash, name, known, left)));
    entries
}

/// The time of a record that was written later than the session was used counts from when it was written.
fn written_in_background() -> Vec<Value> {
    let entry = |name: &str, deadline: Option<u64>, left: Option<Record>| {
        let other = record(OTHER, None, &[1]);
        let times = (NOW - 900, NOW - 700);
        // `flagged` has it written five seconds ago.
        let stored = flagged(0x10, session(times, [notice(deadline), other.clone()]));
        let left = flagged(0x10, session(times, left.into_iter().chain([other])));
        let case = Case {
            lifetimes: vec![(NOTICE, 600)],
            ..Case::of(name, sealed(&stored, 107))
        };
        case.opens(&left)
    };
    let until = |end| Some(notice(Some(end)));
    vec![
        entry(
            "written in the background, a field with its end",
            Some(NOW + 500),
            until(NOW + 500),
        ),
        entry(
            "written in the background, a field whose end is past",
            Some(NOW),
            None,
        ),
        entry(
            "written in the background, a field with a longer lifetime",
            Some(NOW + 900),
            until(NOW + 595),
        ),
        entry(
            "written in the background, a field without an end",
            None,
            until(NOW + 595),
        ),
    ]
}

fn notice(deadline: Option<u64>) -> Record {
    record(NOTICE, deadline, b"\xa2hi")
}

/// A main part that is somebody's says whose, or is refused.
fn identities() -> Vec<Value> {
    let user = |deadline, value: &[u8]| Some(record(USER, deadline, value));
    let case = |name: &str, somebody: bool, user: Option<Record>| {
        let records = usual()
            .records
            .to_vec()
            .into_iter()
            .chain(user)
            .collect::<Vec<_>>();
        let session = flagged(u8::from(somebody), session((NOW - 100, NOW - 10), records));
        let case = Case {
            identity: Some(USER),
            ..Case::of(name, sealed(&session, 105))
        };
        (case, session)
    };
    let opens = [
        case("somebody's", true, user(None, &[9])),
        case("somebody's, by the record alone", false, user(None, &[9])),
        case(
            "somebody's, for another second",
            true,
            user(Some(NOW + 1), &[9]),
        ),
        case("nobody's", false, None),
    ];
    let refused = [
        case("somebody's, and nothing says whose", true, None),
        case("somebody's that reads as nobody", true, user(None, NIL)),
        case("nobody's that says so", false, user(None, NIL)),
        case("somebody's that cannot be read", true, user(None, &[0xc1])),
        case("somebody's, without a value", false, user(None, &[])),
        case("somebody's until now", true, user(Some(NOW), &[9])),
        case(
            "somebody's until now, by the record alone",
            false,
            user(Some(NOW), &[9]),
        ),
    ];
    let (expired, _) = case("somebody's that cannot be read, and expired", true, None);
    let expired = Case {
        idle: 10,
        ..expired
    };
    let opens = opens.map(|(case, session)| case.opens(&session));
    let refused = refused.map(|(case, _)| case.refused("identity"));
    let mut entries = [opens.to_vec(), refused.to_vec(), in_other_parts()].concat();
    entries.push(expired.refused("expired"));
    entries
}

/// The other parts are nobody's, whatever they say.
fn in_other_parts() -> Vec<Value> {
    let [_, browser, flash] = HOMES;
    let entries = [browser, flash].map(|home| {
        let session = flagged(0x03, session((NOW, NOW), [record(USER, None, NIL)]));
        let name = format!(
            "{}, with what says who it is in the main part",
            home.1.name()
        );
        let case = Case {
            identity: Some(USER),
            ..Case::of(&name, sealed_at(home, &session, 106)).in_cookie(home)
        };
        case.opens(&session)
    });
    entries.into()
}
