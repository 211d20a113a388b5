//! Parts that are written: what a request carried, what its handler did, and the tokens of the response.

use super::requests::{cookie, field, key_text};
use super::serving::{Answer, ask, tag_of};
use super::*;

/// The nonce and the login in all entries. What the library draws at random is replaced by these.
const NONCE: u8 = 120;
const NEW_LOGIN: [u8; 4] = [0x0a, 0x0b, 0x0c, 0x0d];
const OLD_LOGIN: [u8; 4] = [0xa1, 0xb2, 0xc3, 0xd4];

/// The work of a handler.
struct Work {
    name: &'static str,
    of_type: &'static str,
    keys: String,
    cookies: Vec<String>,
    change: Vec<Value>,
    /// The page makes the request by itself.
    is_background: bool,
    /// A user logs in who was not logged in.
    has_new_login: bool,
}

fn work<const N: usize, const M: usize>(
    name: &'static str,
    cookies: [String; N],
    change: [Value; M],
) -> Work {
    Work {
        name,
        of_type: "shop",
        keys: key_text(0),
        cookies: cookies.into(),
        change: change.into(),
        is_background: false,
        has_new_login: false,
    }
}

impl Work {
    fn anonymous(self) -> Self {
        let of_type = "anonymous";
        Self { of_type, ..self }
    }

    fn in_background(self) -> Self {
        let is_background = true;
        Self {
            is_background,
            ..self
        }
    }

    fn with_new_login(self) -> Self {
        let has_new_login = true;
        Self {
            has_new_login,
            ..self
        }
    }

    fn keys(self, keys: String) -> Self {
        Self { keys, ..self }
    }

    fn entry(self) -> Value {
        let mut entry = json!({
            "name": self.name,
            "type": self.of_type,
            "keys": self.keys,
            "now": NOW,
            "cookies": self.cookies,
            "change": self.change,
            "background": self.is_background,
            "nonce": hex(&nonce(NONCE)),
        });
        if self.has_new_login {
            entry["login"] = json!(hex(&NEW_LOGIN));
        }
        answered(entry)
    }
}

/// The entry with what the response of its application writes.
pub(super) fn answered(mut entry: Value) -> Value {
    let path = match entry["background"].as_bool() {
        Some(true) => "/background",
        _ => "/change",
    };
    let answer = ask(&entry, path);
    let parts = HOMES
        .iter()
        .filter(|(name, _)| answer.set.contains_key(*name));
    entry["writes"] = parts.clone().map(|home| why(&answer, *home)).collect();
    let written = parts.map(|home| (home.1.name().to_owned(), written(&entry, &answer, *home)));
    let written = written.collect();
    with_outcome(entry, Ok(written))
}

/// A part that the response writes, and whether that is to change its key alone.
fn why(answer: &Answer, (cookie_name, part): Home) -> (String, Value) {
    let reasons = answer.logged("session committed", cookie_name, "reason");
    let why = if reasons == ["new-key"] {
        "new-key"
    } else {
        "used"
    };
    (part.name().to_owned(), json!(why))
}

/// The plaintext that the application sealed, and the token that it is with the nonce of the entry.
fn written(entry: &Value, answer: &Answer, (cookie_name, part): Home) -> Value {
    let token = &answer.set[cookie_name];
    if token.is_empty() {
        return Value::Null;
    }
    let keys = Keyring::unchecked(entry["keys"].as_str().unwrap()).unwrap();
    let keys = keys.derive(cookie_name, part.name()).load();
    let mut plaintext = open(&keys, token.as_bytes()).unwrap().plaintext;
    if let (Some(login), true) = (&mut plaintext.login, entry["login"].is_string()) {
        assert_ne!(login.0, OLD_LOGIN, "a login that is not new");
        *login = LoginId(NEW_LOGIN);
    }
    let mut sealed = Vec::new();
    plaintext.write(&mut sealed);
    let token = seal(&keys, at(NOW), &nonce(NONCE), &plaintext).to_text();
    json!({ "plaintext": hex(&sealed), "token": token })
}

fn set(name: &str, value: &[u8]) -> Value {
    json!({ "set": { name: hex(value) } })
}

fn log_in(user: u8) -> Value {
    json!({ "log_in": hex(&[user]) })
}

/// A main part that began a while ago, with more than the field that changes.
fn main_part() -> Plaintext {
    let records = [field("visits", None, 1), field("code", Some(NOW + 300), 2)];
    session((NOW - 900, NOW - 300), records)
}

fn main_cookie() -> String {
    cookie(HOMES[0], &main_part())
}

fn user_part() -> Plaintext {
    let mut session = main_part();
    session.records.set(field("user", None, 7));
    session.login = Some(LoginId(OLD_LOGIN));
    session
}

fn remembered_cookie(session: Plaintext) -> String {
    let flags = Flags {
        remembered: true,
        untold: false,
    };
    cookie(HOMES[0], &Plaintext { flags, ..session })
}

/// A main part whose time is over.
fn over() -> String {
    let records = [field("visits", None, 1)];
    cookie(HOMES[0], &session((NOW - 7000, NOW - 3600), records))
}

/// A user, and a notice of the same login.
fn with_notice() -> [String; 2] {
    [user_cookie(), notice_cookie(Some(OLD_LOGIN))]
}

fn user_cookie() -> String {
    cookie(HOMES[0], &user_part())
}

fn theme_cookie() -> String {
    let records = [
        field("theme", Some(NOW + 1_000_000), 4),
        field("layout", Some(NOW + 100_000), 5),
        record([1, 2, 3], Some(NOW + 50), &[9]),
    ];
    cookie(HOMES[1], &session((NOW - 5000, NOW - 4000), records))
}

fn notice_cookie(login: Option<[u8; 4]>) -> String {
    let records = [field("notice", Some(NOW + 100), 5)];
    let login = login.map(LoginId);
    let plaintext = session((NOW - 200, NOW - 200), records);
    cookie(HOMES[2], &Plaintext { login, ..plaintext })
}

pub(super) fn writing() -> Vec<Value> {
    let entries = |works: Vec<Work>| works.into_iter().map(Work::entry).collect();
    let of_logins = [logins(), remembered_logins(), logouts(), in_a_login()];
    let parts = [
        new_parts(),
        changed_parts(),
        removed_parts(),
        flagged_parts(),
    ];
    [
        of_section("5.1", entries(parts.into_iter().flatten().collect())),
        of_section("5.1", entries(of_logins.into_iter().flatten().collect())),
        of_section("5.1", entries(in_background())),
        of_section("5.2", entries(lifetimes())),
        of_section("3.2", entries(new_keys())),
    ]
    .concat()
}

fn new_parts() -> Vec<Work> {
    vec![
        work("a new main part", [], [set("visits", &[1])]),
        work("a new browser part", [], [set("theme", &[1])]),
        work("a new flash part", [], [set("notice", &[1])]),
        work(
            "three new parts",
            [],
            [set("visits", &[1]), set("theme", &[2]), set("notice", &[3])],
        ),
        work("a number of two bytes", [], [set("visits", &[0xcc, 200])]),
        work(
            "a number of five bytes",
            [],
            [set("visits", &[0xce, 1, 0, 0, 0])],
        ),
        work(
            "two fields of one part",
            [],
            [set("visits", &[1]), set("code", &[2])],
        ),
        work(
            "a field that is set to its default",
            [],
            [set("visits", &[0]), set("code", &[2])],
        ),
        work(
            "a new part in place of one that does not open",
            ["__Host-shop=AAAA".to_owned()],
            [set("visits", &[1])],
        ),
    ]
}

fn changed_parts() -> Vec<Work> {
    let unknown = || {
        let mut session = main_part();
        session
            .records
            .set(record([0, 0, 1], Some(NOW + 9), b"\xa1a"));
        session.records.set(record([255, 255, 255], None, &[]));
        session.records.set(record([9, 9, 9], Some(NOW), &[1]));
        cookie(HOMES[0], &session)
    };
    let misplaced = {
        let records = [field("theme", None, 4), field("notice", None, 5)];
        cookie(HOMES[1], &session((NOW - 900, NOW - 400), records))
    };
    let wrong = || {
        let records = [record(tag_of("visits"), None, b"\xa1x")];
        cookie(HOMES[0], &session((NOW - 900, NOW - 300), records))
    };
    vec![
        work("a changed field", [main_cookie()], [set("visits", &[2])]),
        work(
            "a field that comes back to its default",
            [main_cookie()],
            [set("visits", &[0])],
        ),
        work(
            "fields that are not known",
            [unknown()],
            [set("visits", &[2])],
        ),
        work(
            "a field that is not of its type, beside one that changes",
            [wrong()],
            [set("code", &[2])],
        ),
        work(
            "a changed browser part",
            [theme_cookie()],
            [set("theme", &[6])],
        ),
        work(
            "a field of the flash part that stands in the browser part",
            [misplaced],
            [set("theme", &[6])],
        ),
        work(
            "a changed flash part",
            [notice_cookie(None)],
            [set("notice", &[6])],
        ),
        work(
            "one part of three",
            [main_cookie(), theme_cookie(), notice_cookie(None)],
            [set("notice", &[6])],
        ),
        work(
            "a main part that is used",
            [cookie(
                HOMES[0],
                &session((NOW - 900, NOW - 360), main_part().records.to_vec()),
            )],
            [],
        ),
    ]
}

fn removed_parts() -> Vec<Work> {
    let one = cookie(
        HOMES[0],
        &session((NOW - 900, NOW - 300), [field("visits", None, 1)]),
    );
    vec![
        work(
            "the last field comes back to its default",
            [one],
            [set("visits", &[0])],
        ),
        work(
            "a notice that is shown",
            [notice_cookie(None)],
            [set("notice", &[0])],
        ),
    ]
}

fn flagged_parts() -> Vec<Work> {
    let remember = |value: bool| json!({ "remember": value });
    let flagged_cookie = |flags: Flags, home: Home, session: Plaintext| {
        cookie(home, &Plaintext { flags, ..session })
    };
    let (remembered, untold) = (true, true);
    let of_main = |flags| flagged_cookie(flags, HOMES[0], main_part());
    let everything = Flags { remembered, untold };
    let theme = session((NOW - 10, NOW - 10), [field("theme", Some(NOW + 9), 1)]);
    vec![
        work("remembered", [main_cookie()], [remember(true)]),
        work(
            "remembered, and changed",
            [main_cookie()],
            [set("visits", &[2]), remember(true)],
        ),
        work(
            "remembered already",
            [of_main(Flags {
                remembered,
                untold: false,
            })],
            [set("visits", &[2])],
        ),
        work(
            "no longer remembered",
            [of_main(Flags {
                remembered,
                untold: false,
            })],
            [remember(false)],
        ),
        work("after one that is over", [over()], [set("visits", &[2])]),
        work(
            "after one that is over, and a page says so",
            [over()],
            [set("visits", &[2]), json!({ "tell": null })],
        ),
        work(
            "not said yet",
            [of_main(Flags {
                untold,
                remembered: false,
            })],
            [set("visits", &[2])],
        ),
        work(
            "not said until now",
            [of_main(Flags {
                untold,
                remembered: false,
            })],
            [set("visits", &[2]), json!({ "tell": null })],
        ),
        work(
            "a notice beside a session that is remembered",
            [remembered_cookie(user_part())],
            [set("notice", &[2])],
        ),
        work(
            "a notice beside a session that is remembered from now on",
            [main_cookie()],
            [set("notice", &[2]), remember(true)],
        ),
        work(
            "a notice after a session that is over",
            [over()],
            [set("visits", &[2]), set("notice", &[2])],
        ),
        work(
            "a browser part with flags that mean nothing there",
            [flagged_cookie(everything, HOMES[1], theme)],
            [set("theme", &[2])],
        ),
    ]
}

fn logins() -> Vec<Work> {
    vec![
        work("a login without a session", [], [log_in(7)]).with_new_login(),
        work("a login", [main_cookie()], [log_in(7)]).with_new_login(),
        work(
            "a login with a notice",
            [main_cookie()],
            [log_in(7), set("notice", &[3])],
        )
        .with_new_login(),
        work(
            "a login that is remembered",
            [main_cookie()],
            [log_in(7), json!({ "remember": true })],
        )
        .with_new_login(),
        work(
            "a login after a session that is over",
            [over()],
            [log_in(7)],
        )
        .with_new_login(),
        work("the same user again", [user_cookie()], [log_in(7)]),
        work("another user", [user_cookie(), theme_cookie()], [log_in(8)]).with_new_login(),
        work(
            "another user, and a notice",
            with_notice(),
            [log_in(8), set("notice", &[3])],
        )
        .with_new_login(),
    ]
}

fn remembered_logins() -> Vec<Work> {
    vec![
        work(
            "remembered, and then a login",
            [main_cookie()],
            [json!({ "remember": true }), log_in(7)],
        )
        .with_new_login(),
        work(
            "remembered, and then another user",
            [user_cookie()],
            [json!({ "remember": true }), log_in(8)],
        )
        .with_new_login(),
        work(
            "a login in a session that was remembered",
            [remembered_cookie(main_part())],
            [log_in(7)],
        )
        .with_new_login(),
        work(
            "the same user again, remembered",
            [remembered_cookie(user_part())],
            [log_in(7)],
        ),
        work(
            "another user than the one who was remembered",
            [remembered_cookie(user_part())],
            [log_in(8)],
        )
        .with_new_login(),
    ]
}

fn logouts() -> Vec<Work> {
    let log_out = || json!({ "log_out": null });
    vec![
        work("a logout", with_notice(), [log_out()]),
        work(
            "a logout with a notice",
            with_notice(),
            [log_out(), set("notice", &[3])],
        ),
        work(
            "a logout, and something new",
            [user_cookie()],
            [log_out(), set("visits", &[3])],
        ),
        work(
            "remembered, and then a logout, and something new",
            [user_cookie()],
            [json!({ "remember": true }), log_out(), set("visits", &[3])],
        ),
    ]
}

/// The entries that are written while a user is logged in.
fn in_a_login() -> Vec<Work> {
    let unwritten = || {
        cookie(
            HOMES[0],
            &Plaintext {
                login: None,
                ..user_part()
            },
        )
    };
    vec![
        work(
            "a change while a user is logged in",
            [user_cookie()],
            [set("visits", &[2])],
        ),
        work(
            "a notice while a user is logged in",
            [user_cookie()],
            [set("notice", &[3])],
        ),
        work(
            "a theme while a user is logged in",
            [user_cookie()],
            [set("theme", &[3])],
        ),
        work(
            "a change in the login that is not written",
            [unwritten()],
            [set("visits", &[2])],
        ),
        work(
            "a notice in the login that is not written",
            [unwritten()],
            [set("notice", &[3])],
        ),
        work(
            "without an identity, a change while somebody is logged in",
            [user_cookie()],
            [set("visits", &[2]), set("notice", &[3])],
        )
        .anonymous(),
    ]
}

fn in_background() -> Vec<Work> {
    let again = cookie(
        HOMES[0],
        &Plaintext {
            written_at: Some(at(NOW - 100)),
            ..main_part()
        },
    );
    vec![
        work(
            "in the background, a change",
            [main_cookie()],
            [set("visits", &[2])],
        )
        .in_background(),
        work(
            "in the background, a change again",
            [again.clone()],
            [set("visits", &[2])],
        )
        .in_background(),
        work(
            "a use after a change in the background",
            [again],
            [set("visits", &[2])],
        ),
        work(
            "in the background, a new main part",
            [],
            [set("visits", &[2])],
        )
        .in_background(),
        work("in the background, a login", [main_cookie()], [log_in(7)])
            .in_background()
            .with_new_login(),
        work(
            "in the background, a theme",
            [theme_cookie()],
            [set("theme", &[6])],
        )
        .in_background(),
        work(
            "in the background, a notice",
            [main_cookie()],
            [set("notice", &[6])],
        )
        .in_background(),
    ]
}

fn lifetimes() -> Vec<Work> {
    let code = |deadline| {
        let records = [field("visits", None, 1), field("code", deadline, 2)];
        cookie(HOMES[0], &session((NOW - 900, NOW - 300), records))
    };
    let theme = |deadline| {
        let records = [field("theme", deadline, 4)];
        cookie(HOMES[1], &session((NOW - 900, NOW - 300), records))
    };
    vec![
        work(
            "a lifetime begins with a change",
            [main_cookie()],
            [set("code", &[3])],
        ),
        work(
            "a lifetime goes on beside a change",
            [code(Some(NOW + 20))],
            [set("visits", &[2])],
        ),
        work(
            "a lifetime goes on if the value stays",
            [code(Some(NOW + 20))],
            [set("visits", &[2]), set("code", &[2])],
        ),
        work(
            "a lifetime that is not written",
            [code(None)],
            [set("visits", &[2])],
        ),
        work(
            "a lifetime that is over",
            [code(Some(NOW))],
            [set("visits", &[2])],
        ),
        work(
            "a lifetime that is over, and a new value",
            [code(Some(NOW))],
            [set("code", &[2])],
        ),
        work(
            "a theme whose lifetime is not written",
            [theme(None)],
            [set("theme", &[5])],
        ),
    ]
}

fn new_keys() -> Vec<Work> {
    let rotated = || format!("{},{}", key_text(1), key_text(0));
    let waits = |time: &str| format!("{} from={time},{}", key_text(1), key_text(0));
    let background = || {
        let written_at = Some(at(NOW - 100));
        cookie(
            HOMES[0],
            &Plaintext {
                written_at,
                ..main_part()
            },
        )
    };
    vec![
        work("a new key", [main_cookie()], []).keys(rotated()),
        work(
            "a new key, after a change in the background",
            [background()],
            [],
        )
        .keys(rotated()),
        work(
            "a new key for the browser part",
            [main_cookie(), theme_of_today()],
            [],
        )
        .keys(rotated()),
        work(
            "a new key, and a change",
            [main_cookie()],
            [set("visits", &[2])],
        )
        .keys(rotated()),
        work(
            "a new key whose time has come",
            [main_cookie()],
            [set("visits", &[2])],
        )
        .keys(waits("2027-01-15T08:00:00Z")),
        work(
            "a new key whose time has not come",
            [main_cookie()],
            [set("visits", &[2])],
        )
        .keys(waits("2027-01-15T08:00:01Z")),
    ]
}

/// A browser part that was just written, so that only a new key is a reason to write it.
fn theme_of_today() -> String {
    let year = 365 * 24 * 60 * 60;
    let records = [field("theme", Some(NOW + year - 60), 4)];
    cookie(HOMES[1], &session((NOW - 900, NOW - 60), records))
}
