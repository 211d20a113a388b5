//! Requests with their cookies: what each cookie is, which one of a part counts, and what the session is.

use super::serving::{Answer, ask, lines, part_of, tag_of};
use super::*;
use crate::cookie::candidates;

/// The entry with what its application finds in the request.
pub(super) fn answered(entry: Value) -> Value {
    let found = found(&entry);
    with_outcome(entry, Ok(found))
}

fn found(entry: &Value) -> Value {
    let answer = ask(entry, "/read");
    let mut found = answer.body.clone();
    for home in HOMES {
        found[home.1.name()] = found_in(entry, &answer, home);
    }
    found
}

fn found_in(entry: &Value, answer: &Answer, (cookie_name, part): Home) -> Value {
    let verdicts = answer.logged("session cookie ", cookie_name, "reason");
    let verdicts = verdicts.into_iter().map(|reason| match reason {
        "" => "opens",
        reason => reason,
    });
    let verdicts: Vec<_> = verdicts.collect();
    let ignored = answer.logged("too many cookies", cookie_name, "ignored");
    let ignored = ignored
        .first()
        .map_or(0, |count| count.parse::<u64>().unwrap());
    let opens = (0..verdicts.len()).filter(|at| verdicts[*at] == "opens");
    let mut chosen =
        opens.filter(|at| holds(entry, (cookie_name, part), *at, &answer.body["fields"]));
    json!({ "cookies": verdicts, "ignored": ignored, "chosen": chosen.next() })
}

/// Returns true if the fields of a part that the application sees stand in one certain cookie of the part.
fn holds(entry: &Value, (cookie_name, part): Home, at: usize, fields: &Value) -> bool {
    let (lines, keys) = (lines(entry), entry["keys"].as_str().unwrap());
    let found = candidates(&lines, NAME);
    let keys = Keyring::unchecked(keys).unwrap();
    let keys = keys.derive(cookie_name, part.name()).load();
    let value = found.get(part).unwrap().values().nth(at).unwrap();
    let opened = open(&keys, value).unwrap();
    let records = opened.plaintext.records;
    let mut seen = fields.as_object().unwrap().iter();
    let number = |bytes: &[u8]| value::decode::<u32>(bytes).ok();
    seen.all(|(name, value)| {
        let stored = records.get(Tag(tag_of(name)));
        let is_same = |stored: RecordRef<'_>| number(stored.value) == number(&bytes(value));
        part_of(name) != part || stored.is_some_and(is_same)
    })
}

/// A request to the application of the type `shop`, or of another.
struct Ask {
    name: &'static str,
    of_type: &'static str,
    keys: String,
    cookies: Vec<String>,
}

fn shop<const N: usize>(name: &'static str, cookies: [String; N]) -> Ask {
    Ask {
        name,
        of_type: "shop",
        keys: key_text(0),
        cookies: cookies.into(),
    }
}

fn anonymous<const N: usize>(name: &'static str, cookies: [String; N]) -> Ask {
    Ask {
        of_type: "anonymous",
        ..shop(name, cookies)
    }
}

impl Ask {
    fn keys(self, keys: String) -> Self {
        Self { keys, ..self }
    }

    fn entry(self) -> Value {
        answered(json!({
            "name": self.name,
            "type": self.of_type,
            "keys": self.keys,
            "now": NOW,
            "cookies": self.cookies,
        }))
    }
}

pub(super) fn key_text(number: usize) -> String {
    Key::unchecked(roots()[number]).reveal()
}

/// A field with a value of one byte.
pub(super) fn field(name: &str, deadline: Option<u64>, value: u8) -> Record {
    record(tag_of(name), deadline, &[value])
}

/// A main part that was used so many seconds ago.
fn main_part(ago: u64, visits: u8) -> Plaintext {
    session((NOW - 100, NOW - ago), [field("visits", None, visits)])
}

fn main_cookie(ago: u64, visits: u8) -> String {
    cookie(HOMES[0], &main_part(ago, visits))
}

/// A cookie of one part, sealed under the first key.
pub(super) fn cookie((name, part): Home, plaintext: &Plaintext) -> String {
    let token = sealed_at((name, part), plaintext, 110);
    format!("{name}={token}")
}

fn notice(login: Option<[u8; 4]>, value: u8) -> String {
    let record = field("notice", Some(NOW + 200), value);
    let plaintext = session((NOW - 10, NOW - 10), [record]);
    let login = login.map(LoginId);
    cookie(HOMES[2], &Plaintext { login, ..plaintext })
}

fn theme(ago: u64, value: u8) -> String {
    let record = field("theme", Some(NOW + 1000), value);
    cookie(HOMES[1], &session((NOW - 200, NOW - ago), [record]))
}

/// A main part of a user, in this login.
fn user_cookie(ago: u64, login: Option<[u8; 4]>, user: u8) -> String {
    let records = [field("user", None, user), field("visits", None, user)];
    let plaintext = session((NOW - 100, NOW - ago), records);
    let login = login.map(LoginId);
    cookie(HOMES[0], &Plaintext { login, ..plaintext })
}

const LOGIN: [u8; 4] = [0xa1, 0xb2, 0xc3, 0xd4];
const ANOTHER: [u8; 4] = [0xa1, 0xb2, 0xc3, 0xd5];

/// The login of a main part that began at `NOW - 100` and does not have one.
fn unwritten() -> [u8; 4] {
    let [_, login @ ..] = at(NOW - 100).to_bytes();
    login
}

pub(super) fn requests() -> Vec<Value> {
    let entries = |asks: Vec<Ask>| asks.into_iter().map(Ask::entry).collect();
    let of_reading = [splitting(), names(), several()]
        .into_iter()
        .flatten()
        .collect();
    [
        of_section("1.1", entries(of_reading)),
        of_section("1.2", entries(states())),
        of_section("5.2", entries(fields())),
        of_section("5.3", entries(logins())),
        of_section("3.2", entries(under_keys())),
    ]
    .concat()
}

fn splitting() -> Vec<Ask> {
    let one = || main_cookie(10, 1);
    let [before, behind] = [format!("\u{a0}{}", one()), format!("{}\u{a0}", one())];
    vec![
        shop("no cookies", []),
        shop("a cookie", [one()]),
        shop("between others", [format!("a=1; {}; b=2", one())]),
        shop("without spaces", [format!("a=1;{};b=2", one())]),
        shop("in spaces and tabs", [format!("a=1;\t {} \t;", one())]),
        shop("among empty pieces", [format!(";; ;=;{};", one())]),
        shop(
            "behind bytes that are not UTF-8",
            [format!("\u{ff}=\u{fe}; {}", one())],
        ),
        shop("behind a quote that is open", [format!("a=\"b; {}", one())]),
        shop("a no-break space before", [before]),
        shop("a no-break space behind", [behind]),
        shop("in the second header", ["a=1".to_owned(), one()]),
        shop("with a comma behind", [format!("{}, a=1", one())]),
        shop(
            "all three parts",
            [[one(), theme(5, 2), notice(None, 3)].join("; ")],
        ),
        shop(
            "all three parts, in three headers",
            [notice(None, 3), theme(5, 2), one()],
        ),
    ]
}

fn names() -> Vec<Ask> {
    let token = || sealed_at(HOMES[0], &main_part(10, 1), 110);
    let named = |start: &str| format!("{start}{}", token());
    vec![
        shop("a name in upper case", [named("__HOST-shop=")]),
        shop("a name that is longer", [named("__Host-shop2=")]),
        shop("a name that begins earlier", [named("x__Host-shop=")]),
        shop("a space before the =", [named("__Host-shop =")]),
        shop("a space behind the =", [named("__Host-shop= ")]),
        shop("a name in quotes", [named("\"__Host-shop\"=")]),
        shop("a name that is percent-encoded", [named("%5F_Host-shop=")]),
        shop("a name without its prefix", [named("shop=")]),
        shop("a name without a token", ["__Host-shop".to_owned()]),
        shop("a suffix that is no part's", [named("__Host-shop.other=")]),
        shop("a suffix in upper case", [named("__Host-shop.Flash=")]),
        shop(
            "a token in quotes",
            [format!("__Host-shop=\"{}\"", token())],
        ),
        shop("an empty token", ["__Host-shop=".to_owned()]),
        shop("a second =", [named("__Host-shop==")]),
        shop(
            "a token of the main part in the flash cookie",
            [named("__Host-shop.flash=")],
        ),
        shop(
            "a token that is percent-encoded",
            [named("__Host-shop=%41")],
        ),
    ]
}

fn several() -> Vec<Ask> {
    let five = [50, 40, 30, 20, 10].map(|ago: u8| main_cookie(ago.into(), ago));
    let junk = || "__Host-shop=AAAA".to_owned();
    let joined = |cookies: &[String]| cookies.join("; ");
    let begun = |ago: u64, visits: u8| {
        let records = [field("visits", None, visits)];
        cookie(HOMES[0], &session((NOW - ago, NOW - 10), records))
    };
    let in_background = |ago: u64, visits: u8| {
        let written_at = Some(at(NOW - 1));
        cookie(
            HOMES[0],
            &Plaintext {
                written_at,
                ..main_part(ago, visits)
            },
        )
    };
    let over = cookie(HOMES[0], &main_part(3600, 9));
    vec![
        shop(
            "two, the second used later",
            [joined(&[main_cookie(20, 1), main_cookie(10, 2)])],
        ),
        shop(
            "two, the first used later",
            [joined(&[main_cookie(10, 1), main_cookie(20, 2)])],
        ),
        shop(
            "two, used in the same second",
            [joined(&[main_cookie(10, 1), main_cookie(10, 2)])],
        ),
        shop(
            "two, the second in a later header",
            [main_cookie(20, 1), main_cookie(10, 2)],
        ),
        shop(
            "two, the one that began later used no later",
            [begun(50, 1), begun(20, 2)],
        ),
        shop(
            "two, the one used earlier written later",
            [in_background(20, 1), main_cookie(10, 2)],
        ),
        shop(
            "one that is over before one that is not",
            [over.clone(), main_cookie(20, 2)],
        ),
        shop(
            "one that opens before one that does not",
            [main_cookie(20, 1), junk()],
        ),
        shop("four", [joined(&five[..4])]),
        shop("five, the last used last", [joined(&five)]),
        shop(
            "five, and only the last opens",
            [joined(&[
                junk(),
                junk(),
                junk(),
                junk(),
                main_cookie(10, 5),
            ])],
        ),
        shop(
            "six in two headers",
            [joined(&five), joined(&[junk(), main_cookie(1, 6)][..1])],
        ),
        shop(
            "five of one part and one of another",
            [joined(&five), theme(1, 7)],
        ),
        shop("two of the browser part", [theme(20, 1), theme(10, 2)]),
        shop("two of the flash part", [notice(None, 1), notice(None, 2)]),
    ]
}

fn states() -> Vec<Ask> {
    let untold = Plaintext {
        flags: Flags {
            untold: true,
            ..Flags::default()
        },
        ..main_part(10, 1)
    };
    let over = || cookie(HOMES[0], &main_part(3600, 9));
    let ahead = cookie(
        HOMES[0],
        &session((NOW + 61, NOW), [field("visits", None, 1)]),
    );
    let unknown = || {
        let keys = part_keys(&[roots()[1]], NAME, Part::Main);
        format!(
            "{NAME}={}",
            seal(&keys, at(NOW), &nonce(111), &main_part(10, 1)).to_text()
        )
    };
    let junk = || "__Host-shop=AAAA".to_owned();
    let nobody = cookie(
        HOMES[0],
        &session((NOW, NOW), [record(tag_of("user"), None, NIL)]),
    );
    vec![
        shop(
            "of which no page has said that it began after another",
            [cookie(HOMES[0], &untold)],
        ),
        shop("over", [over()]),
        shop("over, and the browser part is not", [over(), theme(10, 2)]),
        shop("ahead", [ahead]),
        shop("under an unknown key", [unknown()]),
        shop("under a revoked key", [main_cookie(10, 1)]).keys(format!(
            "{},{} revoked",
            key_text(1),
            key_text(0)
        )),
        shop("unreadable", [junk()]),
        shop("somebody's, and does not say whose", [nobody]),
        shop("unreadable and under an unknown key", [junk(), unknown()]),
        shop("under an unknown key and over", [unknown(), over()]),
        shop("over and unreadable", [over(), junk()]),
        shop(
            "only a browser part that is unreadable",
            ["__Host-shop.browser=AAAA".to_owned()],
        ),
    ]
}

fn fields() -> Vec<Ask> {
    let holding =
        |home: Home, records: Vec<Record>| cookie(home, &session((NOW - 900, NOW - 10), records));
    let [main, browser, flash] = HOMES;
    let visits = || field("visits", None, 1);
    let code = |deadline| field("code", deadline, 2);
    let text = || record(tag_of("visits"), None, b"\xa1x");
    vec![
        shop(
            "a field with a lifetime",
            [holding(main, vec![visits(), code(Some(NOW + 1))])],
        ),
        shop(
            "a field whose lifetime is over",
            [holding(main, vec![visits(), code(Some(NOW))])],
        ),
        shop(
            "a field without its deadline",
            [holding(main, vec![visits(), code(None)])],
        ),
        shop(
            "a field that is not of its type",
            [holding(main, vec![text(), code(None)])],
        ),
        shop(
            "a field without a value",
            [holding(main, vec![record(tag_of("visits"), None, &[])])],
        ),
        shop(
            "a number in a longer format",
            [holding(
                main,
                vec![record(tag_of("visits"), None, &[0xcd, 0, 7])],
            )],
        ),
        shop(
            "a number that is too large",
            [holding(
                main,
                vec![record(
                    tag_of("visits"),
                    None,
                    &[0xcf, 0, 0, 0, 1, 0, 0, 0, 0],
                )],
            )],
        ),
        shop(
            "a number below zero",
            [holding(main, vec![record(tag_of("visits"), None, &[0xff])])],
        ),
        shop(
            "a field that is not known",
            [holding(main, vec![visits(), record([1, 2, 3], None, &[9])])],
        ),
        shop(
            "a field of the main part in the browser part",
            [holding(browser, vec![visits()])],
        ),
        shop(
            "a field of the browser part in the flash part",
            [holding(flash, vec![field("theme", Some(NOW + 9), 5)])],
        ),
        shop(
            "a flash field without its deadline",
            [holding(flash, vec![field("notice", None, 4)])],
        ),
        shop(
            "a part of which no record is left",
            [holding(main, vec![code(Some(NOW))])],
        ),
    ]
}

fn logins() -> Vec<Ask> {
    let some = Some(LOGIN);
    vec![
        shop(
            "a flash part of the login",
            [user_cookie(10, some, 7), notice(some, 3)],
        ),
        shop(
            "a flash part of the login, before it",
            [notice(some, 3), user_cookie(10, some, 7)],
        ),
        shop(
            "a flash part of another login",
            [user_cookie(10, some, 7), notice(Some(ANOTHER), 3)],
        ),
        shop(
            "a flash part of a login, without a main part",
            [notice(some, 3)],
        ),
        shop(
            "a flash part of a login, and nobody is logged in",
            [main_cookie(10, 1), notice(some, 3)],
        ),
        shop(
            "a flash part of nobody, and a user is logged in",
            [user_cookie(10, some, 7), notice(None, 3)],
        ),
        shop(
            "two flash parts, the first of another login",
            [
                user_cookie(10, some, 7),
                notice(Some(ANOTHER), 2),
                notice(some, 3),
            ],
        ),
        shop(
            "two main parts, a flash part of the one used earlier",
            [
                user_cookie(20, some, 7),
                user_cookie(10, Some(ANOTHER), 8),
                notice(some, 3),
            ],
        ),
        shop(
            "a flash part of the login that is not written",
            [user_cookie(10, None, 7), notice(Some(unwritten()), 3)],
        ),
        shop(
            "a flash part of the login that nobody is in",
            [main_cookie(10, 1), notice(Some(unwritten()), 3)],
        ),
        anonymous(
            "without an identity, a flash part of the login",
            [user_cookie(10, some, 7), notice(some, 3)],
        ),
        anonymous(
            "without an identity, a flash part of another login",
            [user_cookie(10, some, 7), notice(Some(ANOTHER), 3)],
        ),
        anonymous(
            "without an identity, a flash part of the login that is not written",
            [main_cookie(10, 1), notice(Some(unwritten()), 3)],
        ),
        anonymous(
            "without an identity, a flash part of a login, without a main part",
            [notice(some, 3)],
        ),
    ]
}

fn under_keys() -> Vec<Ask> {
    let under = |number: usize, visits: u8| {
        let keys = part_keys(&[roots()[number]], NAME, Part::Main);
        let token = seal(&keys, at(NOW), &nonce(112), &main_part(10, visits)).to_text();
        format!("{NAME}={token}")
    };
    let later = "from=2027-01-15T08:00:01Z";
    vec![
        shop("under the second key", [under(1, 2)]).keys(format!(
            "{},{}",
            key_text(0),
            key_text(1)
        )),
        shop("under a key whose time has not come", [under(0, 2)]).keys(format!(
            "{} {later},{}",
            key_text(0),
            key_text(1)
        )),
        shop("two, one under a revoked key", [under(0, 1), under(1, 2)]).keys(format!(
            "{} revoked,{}",
            key_text(0),
            key_text(1)
        )),
    ]
}
