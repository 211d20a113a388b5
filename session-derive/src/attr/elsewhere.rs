//! Options of other session libraries, of web frameworks and of other derives, each with what to write here.
//!
//! The words are those of Flask, Django, Rails, Laravel, Express, Spring Session, ASP.NET Core, Phoenix, PHP, Go's scs,
//! tower-sessions, actix-session, serde and clap.

use syn::{Expr, ExprLit, Ident, Lit};

use super::list::RawValue;
use super::meant;
use super::table::{BROWSER, FLASH, IDENTITY, Mark, OptionSpec, Place, REMEMBER, STORED};
use crate::code::code;
use crate::lit::cookie_name;

/// Words that stand for one thing, and what to write for it.
struct Meaning {
    /// Small letters without `_`, so that `sameSite` is one of them too.
    words: &'static str,
    /// `{N}` stands for the word as it is written, `{S}` for the session type, and `{V}` for the value.
    help: &'static str,
    value: Value,
    /// The mark that they stand for.
    mark: Option<&'static OptionSpec>,
}

/// The part of a value behind a word that is taken over.
#[derive(Clone, Copy)]
enum Value {
    Nothing,
    Any(&'static str),
    Call(&'static str),
    Cookie(&'static str),
    Duration(&'static str),
    SameSite(&'static str),
    Text(&'static str),
}

use Value::{Any, Call, Cookie, Duration, Nothing, SameSite, Text};

const fn words(words: &'static str, help: &'static str, value: Value) -> Meaning {
    let mark = None;
    Meaning {
        words,
        help,
        value,
        mark,
    }
}

impl Meaning {
    const fn mean(mut self, mark: &'static Mark) -> Self {
        self.mark = Some(&mark.spec);
        self
    }
}

/// Words in either place.
static ANYWHERE: [Meaning; 14] = [
    words(
        "domain cookiedomain",
        "it is set on the layer, by `.domain({V})`",
        Text("\"example.com\""),
    ),
    words(
        "path cookiepath baseurl",
        "it is set on the layer, by `.path({V})`",
        Text("\"/shop\""),
    ),
    words(
        "samesite cookiesamesite crosssite",
        "it is set on the layer, by `.same_site({V})`",
        SameSite("SameSite::Strict"),
    ),
    words(
        "httponly cookiehttponly",
        "session cookies are always `HttpOnly`: remove `{N}`",
        Nothing,
    ),
    words(
        "secure cookiesecure securepolicy securecookie httpsonly sslonly forcessl insecure \
         onlyhttps",
        "session cookies are `Secure`: remove `{N}`, and for plain http write `.insecure_http()` on the layer",
        Nothing,
    ),
    words(
        "partitioned cookiepartitioned chips",
        "it is set on the layer, by `.partitioned()`",
        Nothing,
    ),
    words(
        "secret secrets secretkey secretkeybase secretkeyfallbacks appkey keys keyring \
         signingkey encryptionkey salt signingsalt encryptionsalt password",
        "keys are given to the layer: `SessionLayer::<{S}>::new(keys)`",
        Nothing,
    ),
    words(
        "encrypt encrypted signed sign private usesigner contentsecurity cookiecontentsecurity \
         sealed verified",
        "every session is encrypted and authenticated: remove `{N}`",
        Nothing,
    ),
    words(
        "save alwayssave resave saveuninitialized saveeveryrequest autosave autocommit \
         modified flushmode savemode dirty commit lazy",
        "a session is saved by itself when a value has changed: remove `{N}`",
        Nothing,
    ),
    words(
        "csrf csrftoken xsrf protectfromforgery",
        "a session has no tokens against CSRF: its cookie is `SameSite=Lax`, and a layer of its own makes tokens",
        Nothing,
    ),
    words(
        "serializer serialization serialize codec coder format json encoding pickle",
        "a value is stored as serde describes it, and there is no other format: remove `{N}`",
        Nothing,
    ),
    words(
        "gc gcprobability gcdivisor lottery cleanup cleanupcron cleanupinterval sweep",
        "sessions that ended are removed by the store: remove `{N}`",
        Nothing,
    ),
    words(
        "clock now timesource",
        "a clock for tests is set on the layer, by `.clock(…)`",
        Nothing,
    ),
    words(
        "bound where debug clone derive",
        "the derive of a session has no such option: remove `{N}`",
        Nothing,
    ),
];

static ON_STRUCT: [Meaning; 16] = [
    words(
        "key",
        "the cookie's name is set with `cookie`, and keys are given to the layer: `SessionLayer::<{S}>::new(keys)`",
        Nothing,
    ),
    words(
        "prefix cookieprefix",
        "the layer puts the prefix before the cookie's name: remove `{N}`",
        Nothing,
    ),
    words(
        "rolling sliding slidingexpiration refresheachrequest refresh renew touch",
        "`idle` counts from the last use on: remove `{N}`",
        Nothing,
    ),
    words(
        "name cookiename sessionname sid sessionid sidname",
        "the cookie's name is set with `cookie`: write `cookie = {V}`",
        Cookie("\"shop\""),
    ),
    words(
        "idletimeout idlettl inactivity oninactivity inactivityinterval inactivitytimeout \
         maxinactiveinterval maxinactiveintervalinseconds inactiveinterval sessiontimeout timeout \
         timeoutin touchafter renewafter",
        "the time from the last use on is set with `idle`, from the beginning on with `max`: write `idle = {V}`",
        Duration("14d"),
    ),
    words(
        "absolute absolutetimeout age cookieage cookielifetime cookiemaxage duration expire \
         expires expiresafter expiresat expiresin expireafter expiration expiry gcmaxlifetime \
         lifetime maxage maxlifetime permanentsessionlifetime sessionlifetime sessionttl \
         statettl timetolive validfor validity",
        "the time from the beginning on is set with `max`, from the last use on with `idle`: write `max = {V}`",
        Duration("90d"),
    ),
    words(
        "keep permanent persist persistent persistentsession cookiepersist rememberme \
         sessionpermanent stayloggedin rememberable",
        "a session that survives the browser being closed is marked `remember`",
        Nothing,
    )
    .mean(&REMEMBER),
    words(
        "expireonclose expireatbrowserclose onsessionend browsersession sessioncookie \
         issessioncookie endswithbrowser",
        "a session ends with the browser, unless it is marked `remember`: remove `{N}`",
        Nothing,
    ),
    words(
        "backend cache cachealias connection database db driver engine file filepath files \
         inmemory keyprefix memory namespace postgres redis redisnamespace savehandler \
         savepath serverside sessiontype sqlite storage store table tablename",
        "a session on the server is marked `stored`, and the layer has its store: `SessionLayer::<{S}>::stored(keys, store)`",
        Nothing,
    )
    .mean(&STORED),
    words(
        "renameall renameallfields",
        "each stored name is set with `rename` on its field",
        Nothing,
    ),
    words(
        "denyunknownfields transparent tag untagged content remote from into tryfrom expecting \
         variant",
        "a session stores each field by itself: put the serde attribute on a type of your own, inside a field",
        Nothing,
    ),
    words(
        "login loginurl loginview loginpage loginpath loginroute redirectto",
        "the page to log in is set on the layer of a session with an identity, by `.login_page({V})`",
        Text("\"/login\""),
    ),
    words(
        "user usermodel userclass usertype auth authmodel principal guard",
        "the field that says who is logged in is marked `identity`: `#[session(identity)] user: Identity<UserId>`",
        Nothing,
    ),
    words(
        "id genid generateid idlength sidlength sidbitspercharacter usestrictmode usecookies",
        "the layer names sessions by itself: remove `{N}`",
        Nothing,
    ),
    words(
        "version schema migrate migration deprecated",
        "fields come and go without a version: `alias` and `rename` on a field keep its values, and `removed(\"old\")` drops those of one that is gone",
        Nothing,
    ),
    words(
        "maxsize sizelimit maxbytes chunked compress compression",
        "a session in its cookie has at most 4096 bytes: a larger one is marked `stored`",
        Nothing,
    ),
];

static ON_FIELD: [Meaning; 15] = [
    words(
        "defaultfn defaultwith",
        "what a field starts as is set with `default`: write `default = {V}`",
        Call("first_page()"),
    ),
    words(
        "skipserializingif omitempty skipifdefault",
        "a field at its default is not stored: remove `{N}`",
        Nothing,
    ),
    words(
        "absolute duration expire expires expiresafter expiresat expiresin expireafter \
         expiration expiry lifetime maxage timeout timetolive validfor validity until cachefor",
        "a field's lifetime is set with `ttl`: write `ttl = {V}`",
        Duration("10m"),
    ),
    words(
        "keep permanent persist persistent device local localstorage sticky rememberme \
         anonymous",
        "a field that stays in the browser is marked `browser`",
        Nothing,
    )
    .mean(&BROWSER),
    words(
        "once flashed flashmessage message messages onetime readonce temp tempdata temporary \
         volatile oneshot toast",
        "a field that is shown once is marked `flash`",
        Nothing,
    )
    .mean(&FLASH),
    words(
        "user userid auth login id principal currentuser loggedin account subject owner \
         authenticated username",
        "the field that says who is logged in is marked `identity`",
        Nothing,
    )
    .mean(&IDENTITY),
    words(
        "defaultvalue defaultvaluet initial init initialize value start \
         startsas fallback ordefault orelse",
        "what a field starts as is set with `default`: write `default = {V}`",
        Any("1"),
    ),
    words(
        "with serializewith deserializewith serializeas deserializeas flatten as borrow getter \
         from into tryfrom transparent encode decode",
        "a field is stored as its type is: put the serde attribute on a type of your own",
        Nothing,
    ),
    words(
        "skip skipserializing skipdeserializing transient ignore ignored \
         exclude hidden notmapped nosave",
        "every field of a session is stored: take this one out of the struct",
        Nothing,
    ),
    words(
        "optional required nullable null notnull require mandatory",
        "a field that may be missing is an `Option`",
        Nothing,
    ),
    words(
        "name key renameto field column serializename storedas wire wirename",
        "the name that a field is stored under is set with `rename`: write `rename = {V}`",
        Text("\"wire\""),
    ),
    words(
        "aliases also formerly oldname previously renamedfrom was",
        "a name that an earlier release stored is read with `alias`: write `alias = {V}`",
        Text("\"old\""),
    ),
    words(
        "counter increment sum atomic accumulate concurrent",
        "changes of several requests are added up with `merge = add`, in a session that is marked `stored`",
        Nothing,
    ),
    words(
        "limit cap maxlen maxlength maxitems capacity",
        "a list that keeps its newest items is marked `merge = append(100)`, in a session that is marked `stored`",
        Nothing,
    ),
    words(
        "validate validator range length email check minlength pattern regex readonly \
         immutable",
        "a session does not check its values: check one before it is assigned",
        Nothing,
    ),
];

/// Words that begin options of other libraries, and say nothing here.
const BEGINNINGS: [&str; 3] = ["with", "set", "enable"];

/// The help for a word of another library. `None` if it is none.
pub(super) fn help(place: Place, session: &Ident, name: &str, value: &RawValue) -> Option<String> {
    let meaning = find(place, name)?;
    let help = meaning.help.replace("{S}", &session.to_string());
    let help = help.replace("{N}", name);
    let help = help.replace("{V}", &meaning.value.carried(value));
    Some(help + meaning.value.condition(value))
}

/// The mark that a word of another library stands for.
pub(super) fn mark(place: Place, name: &str) -> Option<&'static OptionSpec> {
    find(place, name)?.mark
}

fn find(place: Place, name: &str) -> Option<&'static Meaning> {
    let word = name.to_lowercase().replace('_', "");
    let own: &[Meaning] = match place {
        Place::Field => &ON_FIELD,
        Place::Struct => &ON_STRUCT,
    };
    let named = |word: &str| {
        let mut rows = own.iter().chain(&ANYWHERE);
        rows.find(|row| row.words.split_whitespace().any(|known| known == word))
    };
    named(&word).or_else(|| {
        // A `session_id` on a field is no id of a session.
        let of_session = (place == Place::Struct).then_some(&"session");
        let starts = BEGINNINGS.iter().chain(of_session);
        let mut shorter = starts.filter_map(|start| word.strip_prefix(start));
        shorter.find_map(named)
    })
}

impl Value {
    /// The value to write: a sample if there is nothing to take over.
    fn carried(self, value: &RawValue) -> String {
        let value = meant::written(value);
        match self {
            Nothing => String::new(),
            Any(sample) => value.map_or_else(|| sample.to_owned(), |value| owned(&value)),
            Call(sample) => match value {
                Some(Expr::Path(function)) => format!("{}()", code(function)),
                Some(value) => {
                    meant::as_text(&value).map_or_else(|| sample.to_owned(), |name| name + "()")
                }
                None => sample.to_owned(),
            },
            Cookie(sample) => {
                let name = value.as_ref().and_then(meant::as_text);
                quoted(name.filter(|name| cookie_name::check(name).is_ok()), sample)
            }
            Duration(sample) => {
                let time = value.as_ref().and_then(meant::as_duration);
                format!("\"{}\"", time.as_deref().unwrap_or(sample))
            }
            SameSite(sample) => {
                let mode = value.and_then(|value| same_site(&value));
                mode.unwrap_or(sample).to_owned()
            }
            Text(sample) => quoted(value.as_ref().and_then(meant::as_text), sample),
        }
    }

    /// Some libraries count in minutes, and some in milliseconds.
    fn condition(self, value: &RawValue) -> &'static str {
        match (self, meant::written(value)) {
            (Duration(_), Some(value)) if meant::is_bare_number(&value) => {
                ", if the number is of seconds"
            }
            _ => "",
        }
    }
}

fn quoted(text: Option<String>, sample: &str) -> String {
    text.map_or_else(|| sample.to_owned(), |text| format!("{text:?}"))
}

/// A text becomes whatever owns one.
fn owned(value: &Expr) -> String {
    let is_text = matches!(
        value,
        Expr::Lit(ExprLit {
            lit: Lit::Str(_),
            ..
        })
    );
    let into = if is_text { ".into()" } else { "" };
    format!("{}{into}", code(value))
}

fn same_site(value: &Expr) -> Option<&'static str> {
    let word = match value {
        Expr::Path(path) => path.path.segments.last()?.ident.to_string(),
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => text.value(),
        _ => return None,
    };
    match word.to_lowercase().as_str() {
        "lax" => Some("SameSite::Lax"),
        "none" => Some("SameSite::None"),
        _ => None,
    }
}

/// Every word, with its place.
#[cfg(test)]
pub(crate) fn all() -> impl Iterator<Item = (Place, &'static str)> {
    let on = |place, rows: &'static [Meaning]| {
        let words = rows.iter().flat_map(|row| row.words.split_whitespace());
        words.map(move |word| (place, word))
    };
    on(Place::Struct, &ON_STRUCT)
        .chain(on(Place::Field, &ON_FIELD))
        .chain(on(Place::Struct, &ANYWHERE))
        .chain(on(Place::Field, &ANYWHERE))
}
