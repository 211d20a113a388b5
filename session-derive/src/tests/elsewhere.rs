use super::{assert_mistakes, assert_on_field, assert_on_struct, mistakes};
use crate::attr::elsewhere::all;
use crate::attr::table::Place;

#[track_caller]
fn assert_struct_help(option: &str, help: &str) {
    let name = name_in(option);
    let end = 11 + name.len();
    let message = format!("1:11-1:{end} unknown session option `{name}`\nhelp: {help}");
    assert_on_struct(&format!("({option})"), &[&message]);
}

#[track_caller]
fn assert_field_help(option: &str, help: &str) {
    let name = name_in(option);
    let end = 11 + name.len();
    let message = format!("2:11-2:{end} unknown field option `{name}`\nhelp: {help}");
    assert_on_field(&format!("({option})"), &[&message]);
}

fn name_in(option: &str) -> &str {
    let end = option.find([' ', '(', ':']).unwrap_or(option.len());
    &option[..end]
}

#[test]
fn the_cookie_is_named_by_another_word() {
    let help = "the cookie's name is set with `cookie`: write `cookie = ";
    for (option, name) in [
        ("name = \"sid\"", "\"sid\""),
        ("cookie_name = \"sid\".into()", "\"sid\""),
        ("session_cookie_name(\"sid\")", "\"sid\""),
        ("name = \"my shop\"", "\"shop\""),
        ("name = \"Shop\".to_lowercase()", "\"shop\""),
        ("with_name = String::from(\"sid\")", "\"sid\""),
        ("cookieName = Some('s')", "\"s\""),
        ("set_cookie_name = \"sid\"", "\"sid\""),
        ("name", "\"shop\""),
        ("name = NAME", "\"shop\""),
        ("name = sid", "\"sid\""),
        ("name = (\"sid\")", "\"sid\""),
        ("name = lookup(\"sid\")", "\"shop\""),
        ("name = (lookup)(\"sid\")", "\"shop\""),
        ("name = new(\"sid\", 1)", "\"shop\""),
    ] {
        assert_struct_help(option, &format!("{help}{name}`"));
    }
}

/// The value may be a secret.
#[test]
fn a_key_is_a_name_for_some_and_a_secret_for_others() {
    assert_struct_help(
        "key = \"my secret key 0123\"",
        "the cookie's name is set with `cookie`, and keys are given to the layer: `SessionLayer::<S>::new(keys)`",
    );
}

#[test]
fn a_lifetime_has_other_names_elsewhere() {
    let max = "the time from the beginning on is set with `max`, from the last use on with `idle`: \
               write `max = ";
    let idle = "the time from the last use on is set with `idle`, from the beginning on with `max`: \
                write `idle = ";
    let ttl = "a field's lifetime is set with `ttl`: write `ttl = ";
    for (value, time) in [
        ("= \"1h\"", "1h"),
        ("= \"1 hour and 30 minutes\"", "90m"),
        ("= \"PT30M\"", "30m"),
        ("= Duration::from_secs(600)", "10m"),
        ("= std::time::Duration::from_mins(90)", "90m"),
        ("= time::Duration::hours(2)", "2h"),
        ("= TimeDelta::try_minutes(5)", "5m"),
        ("= Some(\"2 weeks\")", "14d"),
        ("= 30.minutes()", "30m"),
        ("= 2.weeks", "14d"),
        ("= 30m", "30m"),
        ("= timedelta(days = 31)", "31d"),
        ("= timedelta(hours = 1, minutes = 30)", "90m"),
        ("= minutes(15)", "15m"),
        ("= &Duration::from_secs(60)", "1m"),
        ("(minutes = 10)", "10m"),
        ("(\"20 mins\")", "20m"),
        (": \"12h\"", "12h"),
        ("=> \"12h\"", "12h"),
    ] {
        assert_struct_help(&format!("max_age {value}"), &format!("{max}\"{time}\"`"));
        assert_struct_help(&format!("timeout {value}"), &format!("{idle}\"{time}\"`"));
        assert_field_help(&format!("expires {value}"), &format!("{ttl}\"{time}\"`"));
    }
    // Some libraries count in minutes, and some in milliseconds.
    let seconds = ", if the number is of seconds";
    for (value, time) in [
        ("= 3600", "1h"),
        ("= \"3600\"", "1h"),
        ("= 60 * 60 * 24 * 7", "7d"),
        ("(1800)", "30m"),
    ] {
        let (max, ttl) = (
            format!("{max}\"{time}\"`{seconds}"),
            format!("{ttl}\"{time}\"`{seconds}"),
        );
        assert_struct_help(&format!("max_age {value}"), &max);
        assert_field_help(&format!("expires {value}"), &ttl);
    }
    for value in [
        "",
        "= minutes(1, 2)",
        "= later",
        "= \"soon\"",
        "= \"1500ms\"",
        "= 1.5",
        "= 10.minutes(3)",
        "= \"1h 30\"",
    ] {
        assert_struct_help(&format!("maxAge {value}"), &format!("{max}\"90d\"`"));
        assert_struct_help(&format!("inactivity {value}"), &format!("{idle}\"14d\"`"));
        assert_field_help(&format!("valid_for {value}"), &format!("{ttl}\"10m\"`"));
    }
}

#[test]
fn the_layer_has_options_of_its_own() {
    for (option, help) in [
        (
            "domain = \"example.org\"",
            "it is set on the layer, by `.domain(\"example.org\")`",
        ),
        (
            "cookie_domain",
            "it is set on the layer, by `.domain(\"example.com\")`",
        ),
        (
            "path = \"/app\"",
            "it is set on the layer, by `.path(\"/app\")`",
        ),
        (
            "same_site = \"strict\"",
            "it is set on the layer, by `.same_site(SameSite::Strict)`",
        ),
        (
            "sameSite = SameSite::None",
            "it is set on the layer, by `.same_site(SameSite::None)`",
        ),
        (
            "samesite = \"lax\"",
            "it is set on the layer, by `.same_site(SameSite::Lax)`",
        ),
        (
            "with_same_site = unset",
            "it is set on the layer, by `.same_site(SameSite::Strict)`",
        ),
        (
            "partitioned = true",
            "it is set on the layer, by `.partitioned()`",
        ),
    ] {
        assert_struct_help(option, help);
        assert_field_help(option, help);
    }
    assert_struct_help(
        "login_view = \"auth.login\"",
        "the page to log in is set on the layer of a session with an identity, by `.login_page(\"auth.login\")`",
    );
    assert_struct_help(
        "secret_key_base = \"…\"",
        "keys are given to the layer: `SessionLayer::<S>::new(keys)`",
    );
    assert_struct_help(
        "session_type = \"redis\"",
        "a session on the server is marked `stored`, and the layer has its store: \
         `SessionLayer::<S>::stored(keys, store)`",
    );
}

#[test]
fn what_a_session_does_by_itself_is_to_be_removed() {
    for (option, help) in [
        (
            "http_only = true",
            "session cookies are always `HttpOnly`: remove `http_only`",
        ),
        (
            "secure = false",
            "session cookies are `Secure`: remove `secure`, and for plain http write \
             `.insecure_http()` on the layer",
        ),
        (
            "saveUninitialized = false",
            "a session is saved by itself when a value has changed: remove `saveUninitialized`",
        ),
        (
            "encrypt",
            "every session is encrypted and authenticated: remove `encrypt`",
        ),
    ] {
        assert_struct_help(option, help);
        assert_field_help(option, help);
    }
    assert_struct_help(
        "rolling = true",
        "`idle` counts from the last use on: remove `rolling`",
    );
}

#[test]
fn a_field_has_other_options_elsewhere() {
    for (option, help) in [
        (
            "default_value_t = 80",
            "what a field starts as is set with `default`: write `default = 80`",
        ),
        (
            "default_fn = \"first_page\"",
            "what a field starts as is set with `default`: write `default = first_page()`",
        ),
        (
            "default_with = pages::first",
            "what a field starts as is set with `default`: write `default = pages::first()`",
        ),
        (
            "range = 1..=10",
            "a session does not check its values: check one before it is assigned",
        ),
        (
            "default_value = \"EUR\"",
            "what a field starts as is set with `default`: write `default = \"EUR\".into()`",
        ),
        (
            "initial = vec![1, 2]",
            "what a field starts as is set with `default`: write `default = vec![1, 2]`",
        ),
        (
            "name = \"uid\"",
            "the name that a field is stored under is set with `rename`: write `rename = \"uid\"`",
        ),
        (
            "formerly = \"uid\"",
            "a name that an earlier release stored is read with `alias`: write `alias = \"uid\"`",
        ),
        (
            "skip_serializing_if = \"is_zero\"",
            "a field at its default is not stored: remove `skip_serializing_if`",
        ),
        ("required", "a field that may be missing is an `Option`"),
        (
            "skip",
            "every field of a session is stored: take this one out of the struct",
        ),
        (
            "serialize_with = \"f\"",
            "a field is stored as its type is: put the serde attribute on a type of your own",
        ),
    ] {
        assert_field_help(option, help);
    }
}

#[test]
fn a_struct_has_other_options_elsewhere() {
    for (option, help) in [
        (
            "csrf = true",
            "a session has no tokens against CSRF: its cookie is `SameSite=Lax`, and a layer of its own makes tokens",
        ),
        (
            "serializer = \"json\"",
            "a value is stored as serde describes it, and there is no other format: remove `serializer`",
        ),
        (
            "lottery = [2, 100]",
            "sessions that ended are removed by the store: remove `lottery`",
        ),
        (
            "clock = now",
            "a clock for tests is set on the layer, by `.clock(…)`",
        ),
        (
            "expire_on_close = true",
            "a session ends with the browser, unless it is marked `remember`: remove `expire_on_close`",
        ),
        (
            "genid = uuid",
            "the layer names sessions by itself: remove `genid`",
        ),
        (
            "version = 2",
            "fields come and go without a version: `alias` and `rename` on a field keep its values, and \
             `removed(\"old\")` drops those of one that is gone",
        ),
        (
            "chunked",
            "a session in its cookie has at most 4096 bytes: a larger one is marked `stored`",
        ),
        (
            "cookie_prefix = \"__Host-\"",
            "the layer puts the prefix before the cookie's name: remove `cookie_prefix`",
        ),
        (
            "deny_unknown_fields",
            "a session stores each field by itself: put the serde attribute on a type of your own, inside a field",
        ),
        (
            "user_model = User",
            "the field that says who is logged in is marked `identity`: \
             `#[session(identity)] user: Identity<UserId>`",
        ),
        (
            "rename_all = \"camelCase\"",
            "each stored name is set with `rename` on its field",
        ),
        (
            "bound = \"\"",
            "the derive of a session has no such option: remove `bound`",
        ),
    ] {
        assert_struct_help(option, help);
    }
}

#[test]
fn merged_fields_have_other_names_elsewhere() {
    assert_field_help(
        "counter",
        "changes of several requests are added up with `merge = add`, in a session that is marked `stored`",
    );
    assert_field_help(
        "max_len = 100",
        "a list that keeps its newest items is marked `merge = append(100)`, in a session that is marked `stored`",
    );
}

/// The mark is meant, so what it stands for is no second mistake.
#[test]
fn a_word_for_a_mark_counts_as_the_mark() {
    assert_mistakes(
        "struct S {\n#[session(user)]\nuser: Identity<u32> }",
        &["2:11-2:15 unknown field option `user`\n\
           help: the field that says who is logged in is marked `identity`"],
    );
    assert_mistakes(
        "struct S {\n#[session(identiy)]\nuser: Identity<u32> }",
        &["2:11-2:18 unknown field option `identiy`\nhelp: a similar option exists: `identity`"],
    );
    assert_mistakes(
        "#[session(driver = \"redis\")]\nstruct S {\n#[session(merge = add)]\nvisits: u32 }",
        &["1:11-1:17 unknown session option `driver`\n\
           help: a session on the server is marked `stored`, and the layer has its store: \
           `SessionLayer::<S>::stored(keys, store)`"],
    );
    assert_mistakes(
        "struct S {\n#[session(persistent, ttl = \"365d\")]\ntheme: u8,\n#[session(once)]\nnotice: u8 }",
        &[
            "2:11-2:21 unknown field option `persistent`\n\
             help: a field that stays in the browser is marked `browser`",
            "4:11-4:15 unknown field option `once`\nhelp: a field that is shown once is marked `flash`",
        ],
    );
    assert_mistakes(
        "#[session(remember_me, max = \"500d\")]\nstruct S { visits: u32 }",
        &[
            "1:11-1:22 unknown session option `remember_me`\n\
             help: a session that survives the browser being closed is marked `remember`",
            "1:30-1:36 `max` (500d) is longer than 400 days, the most that browsers keep a cookie\n\
             help: write `max = \"400d\"`",
        ],
    );
}

#[test]
fn words_for_marks_contradict_one_another_as_the_marks_do() {
    let found = mistakes("struct S { #[session(persistent, once)] a: u8 }");
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(
        found.concat().contains("`flash` or `browser`, not both"),
        "{found:?}"
    );
}

#[test]
fn an_id_of_a_session_is_no_user() {
    let found = mistakes("struct S { #[session(session_id)] a: u8 }").concat();
    assert!(!found.contains("identity` is"), "{found}");
    assert!(!found.contains("logged in"), "{found}");
}

/// A mark that is not meant is no second mistake.
#[test]
fn a_word_for_a_mark_that_is_refused_is_no_mark() {
    for option in [
        "permanent = false",
        "persist = \"no\"",
        "remember_me(false)",
    ] {
        let found = mistakes(&format!(
            "#[session({option}, max = \"500d\")] struct S {{ a: u8 }}"
        ));
        assert_eq!(found.len(), 1, "{found:?}");
    }
    let found = mistakes("struct S { #[session(persist = false, flash)] a: u8 }");
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn every_word_has_one_answer() {
    // Of two rows with one word only the first would ever be heard.
    let mut seen = Vec::new();
    let mut words = 0;
    for (place, word) in all() {
        assert!(
            !seen.contains(&(place.option(), word)),
            "{word} is twice there"
        );
        seen.push((place.option(), word));
        words += 1;
        let own = place.specs().chain(place.other().specs());
        assert!(
            own.into_iter().all(|spec| spec.name != word),
            "{word} is an option"
        );
        let source = match place {
            Place::Struct => format!("#[session({word})] struct S {{ a: u8 }}"),
            Place::Field => format!("struct S {{ #[session({word})] a: u8 }}"),
        };
        let found = mistakes(&source).concat();
        assert!(!found.contains("options are"), "{word}: {found}");
        assert!(!found.contains('{'), "{word}: {found}");
    }
    assert!(
        words > 400,
        "{words}, of which those of both places count twice"
    );
}
