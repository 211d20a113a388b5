use super::{assert_mistakes, mistakes};

/// Mistakes in a list and in fields, in the order of the source.
#[test]
fn every_mistake_is_reported_once_and_in_order() {
    assert_mistakes(
        r#"
#[session(
    "sid",
    a::b = 1,
    cokie = "x",
    crate,
    default = 1,
    crate = self::x,
    same_site = "lax",
    cookie("shop"),
    cookie = "my sid" Crate = y,
)]
struct S {
    #[session(cookie = "x")]
    a: u8,
    #[session(default =)]
    b: &'static str,
    #[session(identity = true, ttl = "1y", flash)]
    c: Option<u8>,
    #[session(browser, browser, flash, ttl = "500d")]
    d: u8,
    #[session(remember)]
    #[serde(skip, rename = "e")]
    e: Identity<u8>,
}"#,
        &[
            "3:5-3:10 expected an option name such as `cookie`, found `\"sid\"`",
            "4:5-4:9 a session option is one word, `a::b` is a path",
            "5:5-5:10 unknown session option `cokie`\nhelp: a similar option exists: `cookie`",
            "6:5-6:10 `crate` needs a value: `crate = ::my_facade::session`",
            "7:5-7:12 `default` belongs on a field",
            "8:5-8:10 `crate` is set twice",
            "8:13-8:17 `crate` takes a path such as `::my_facade::session` or `crate::session`",
            "9:5-9:14 unknown session option `same_site`\n\
             help: it is set on the layer, by `.same_site(SameSite::Lax)`",
            "10:11-10:19 write `cookie = \"shop\"`",
            "11:5-11:11 `cookie` is set twice",
            "11:23-11:28 expected `,` before `Crate`",
            "11:23-11:28 unknown session option `Crate`\nhelp: options are lower case: `crate`",
            "14:15-14:21 `cookie` belongs on the struct, not on a field",
            "16:23-16:24 expected an expression after `default =`",
            "17:8-17:20 `b` is a reference, and a decrypted cookie leaves nothing to borrow from\n\
             help: use `String` or `Cow<'static, str>`",
            "18:24-18:30 `identity` takes no value: write `identity`",
            "18:32-18:35 an identity that expires alone would leave the user's other fields to a stranger\n\
             help: use `idle` or `max` on the struct",
            "18:38-18:42 a year has no fixed length\nhelp: write `365d`",
            "18:44-18:49 `identity` lives with the login, so it cannot be `flash`",
            "19:8-19:18 an identity is an `Identity<…>`, which only a login and a logout change\n\
             help: write `c: Identity<u8>`: it reads as `Option<u8>`",
            "20:24-20:31 `browser` is set twice",
            "20:33-20:38 a field lives in one cookie: `flash` or `browser`, not both",
            "20:46-20:52 `ttl` on `d` (500d) is longer than 400 days, the most that browsers keep a cookie\n\
             help: write `ttl = \"400d\"`",
            "22:15-22:23 `remember` belongs on the struct, not on a field\n\
             help: a field that stays in this browser, whoever is logged in, is marked `browser`",
            "23:13-23:17 a session does not read `#[serde(skip)]` on its fields\n\
             help: every field is stored: to show some of them elsewhere, as in a template, \
             copy those into a struct of its own",
            "23:19-23:25 a session does not read `#[serde(rename)]` on its fields\n\
             help: the stored name is set with `#[session(rename = \"…\")]`",
            "24:8-24:20 only the field that says who is logged in is an `Identity`\n\
             help: `c` is it already: write `e: Option<u8>`\n\
             help: a type of your own with that name is written with its path",
        ],
    );
}

/// Whatever stands in a list, reading it ends, and ends without a panic.
#[test]
fn any_tokens_end_in_mistakes() {
    let pieces = [
        "cookie", "=", "\"x\"", ",", "a::b", "(", ")", "::", "crate", "default", "remember",
        "browser", "1 +", "'a", "#", "{ , }", "[x]", "r#type", "..", "=>", "$",
    ];
    for a in pieces {
        for b in pieces {
            for c in pieces {
                let list = format!("{a} {b} {c}");
                if list.matches('(').count() == list.matches(')').count() && !list.contains(") (") {
                    let source = format!("#[session({list})] struct S {{ visits: u32 }}");
                    if syn::parse_str::<syn::DeriveInput>(&source).is_ok() {
                        let found = mistakes(&source);
                        let distinct: std::collections::BTreeSet<_> = found.iter().collect();
                        assert_eq!(distinct.len(), found.len(), "{list}: {found:?}");
                    }
                }
            }
        }
    }
}
