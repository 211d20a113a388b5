//! Everything the library logs, with one set of field names. An event names types, fields, sizes
//! and reasons; no function here is given a value, a token or a key, so none can reach a log.
//!
//! An event that any client on the network can cause is `debug`. An event about a mistake of the
//! application, or about two of its releases that disagree, is `warn` or `error`.

use std::cmp::Reverse;

use http::StatusCode;
use tracing::{debug, error, info, warn};

use crate::config::{Config, ErasedSchema};
use crate::cookie::MAX_BYTES;
use crate::info::SessionState;
use crate::part::Part;
use crate::policy::Decision;
#[cfg(feature = "stored")]
use crate::policy::RowAction;
use crate::record::Record;
#[cfg(feature = "stored")]
use crate::store::StoreError;
use crate::token::Plaintext;
use crate::value::EncodeError;

/// The name of a change that is not one of a field.
pub(crate) const REMEMBER: &str = "Session::remember";

/// A cookie of our name opened.
pub(crate) fn opened(config: &Config, part: Part) {
    let (session, cookie) = names(config, part);
    debug!(session, cookie, "session cookie opened");
}

pub(crate) fn refused(config: &Config, part: Part, reason: &'static str) {
    let (session, cookie) = names(config, part);
    debug!(session, cookie, reason, "session cookie refused");
}

pub(crate) fn loaded(config: &Config, state: SessionState) {
    let (session, cookie) = (config.schema.type_name, config.cookie_name());
    debug!(session, cookie, ?state, "session loaded");
}

/// Reports what a response did about a cookie of a session that was asked for.
pub(crate) fn committed(config: &Config, part: Part, decision: Decision) {
    let (session, cookie) = names(config, part);
    let Decision { action, reason } = decision;
    debug!(session, cookie, ?action, reason, "session committed");
}

/// Reports what a response did about the row of a stored session.
#[cfg(feature = "stored")]
pub(crate) fn row_committed(config: &Config, action: RowAction, reason: &'static str) {
    let (session, cookie) = names(config, Part::Main);
    debug!(session, cookie, ?action, reason, "session committed");
}

pub(crate) fn too_many_cookies(config: &Config, part: Part, ignored: usize) {
    let (session, cookie) = names(config, part);
    debug!(session, cookie, ignored, "too many cookies of one name");
}

pub(crate) fn unreadable_value(config: &Config, field: &str) {
    let session = config.schema.type_name;
    warn!(
        session,
        field, "the stored value is not one of this type; this request sees the default"
    );
}

pub(crate) fn default_not_constant(config: &Config, field: &str) {
    let session = config.schema.type_name;
    error!(
        session,
        field,
        "a field's default is another one than at start-up, so it changes from request to request \
         without being saved (found in debug builds only)"
    );
}

pub(crate) fn overwritten(config: &Config, field: &str) {
    let session = config.schema.type_name;
    warn!(
        session,
        field,
        "two guards of one request changed the same field; the one dropped last wins; call `Session::sync` on a \
         guard that others come after, as middleware does before `next.run`"
    );
}

pub(crate) fn stale(config: &Config, field: &str) {
    let session = config.schema.type_name;
    warn!(
        session,
        field, "a change is dropped, because the session ended after its guard was taken"
    );
}

pub(crate) fn lost_by_login(config: &Config, field: &str) {
    let session = config.schema.type_name;
    error!(
        session,
        field,
        "a change is dropped, because it came before `Session::log_in` and belonged to the user who \
         was logged in until then: change the field after it"
    );
}

pub(crate) fn kept_by_chance(config: &Config, field: &str) {
    let session = config.schema.type_name;
    warn!(
        session,
        field,
        "a change before `Session::log_in` is kept only because nobody was logged in: change the \
         field after it"
    );
}

pub(crate) fn lost_by_logout(config: &Config, field: &str) {
    let session = config.schema.type_name;
    warn!(
        session,
        field,
        "a change is dropped, because it came before `Session::log_out`: change the field after it"
    );
}

pub(crate) fn dropped_by_start(config: &Config, field: &str) {
    let session = config.schema.type_name;
    debug!(
        session,
        field, "a change that this request had made is dropped, because the session started over"
    );
}

pub(crate) fn login_refused(config: &Config, reason: &'static str) {
    let session = config.schema.type_name;
    error!(
        session,
        reason,
        "a login is refused: it renews one that has ended in this request, or the session was \
         destroyed; call `Session::sync` before `Session::log_in`, so that the guard shows who is logged in"
    );
}

pub(crate) fn late_login(config: &Config) {
    let session = config.schema.type_name;
    error!(
        session,
        "the user is not logged in, because that came after the response was made"
    );
}

pub(crate) fn login_saved_by_refusal(config: &Config, status: StatusCode) {
    let (session, status) = (config.schema.type_name, status.as_u16());
    warn!(
        session,
        status,
        "a login is saved by a response that refuses: an error that a handler returns rolls nothing \
         back; call `Session::log_in` when nothing can fail any more"
    );
}

pub(crate) fn identity_assigned(config: &Config, field: &str) {
    let session = config.schema.type_name;
    error!(
        session,
        field,
        "the identity was assigned, with the whole session: the changes of this guard are dropped; \
         log in with `Session::log_in`, log out with `Session::log_out`, and change the other fields \
         one by one"
    );
}

pub(crate) fn login_page_for_users_only(session: &str) {
    error!(
        session,
        "`LoggedIn` guards the login page itself, so nobody can log in: leave the page out of the \
         guarded routes"
    );
}

pub(crate) fn user_differs(config: &Config, field: &str) {
    let session = config.schema.type_name;
    error!(
        session,
        field,
        "a user is stored as other bytes each time, and is another user each time: keep an id in the \
         identity, and no `HashSet`, no `HashMap` and nothing that encrypts itself (found in debug \
         builds only)"
    );
}

pub(crate) fn touched_nothing(config: &Config) {
    let session = config.schema.type_name;
    error!(
        session,
        "`Session::touch` was given something else than a field with a time of its own: no time starts \
         again"
    );
}

/// A response that saves nothing dropped the changes of these fields.
pub(crate) fn not_saved(config: &Config, fields: &[&str], reason: &'static str) {
    let (session, fields) = (config.schema.type_name, fields.join(", "));
    info!(
        session,
        fields, reason, "changes are not saved, because of what the response is"
    );
}

pub(crate) fn row_too_long<'a>(
    config: &Config,
    bytes: usize,
    limit: usize,
    plaintexts: impl Iterator<Item = (Part, &'a Plaintext)>,
) {
    let session = config.schema.type_name;
    let largest = largest_fields(&config.schema, plaintexts);
    error!(
        session,
        bytes,
        limit,
        largest,
        "the session is not saved: it is larger than a stored session may be"
    );
}

/// Changes that are lost, because the session was ended or renewed by another request.
#[cfg(feature = "stored")]
pub(crate) fn changes_lost(config: &Config, fields: &[&str]) {
    let (session, fields) = (config.schema.type_name, fields.join(", "));
    info!(
        session,
        fields, "changes are not saved, because another request ended or renewed the session"
    );
}

/// An entry of a row that no key opens in its place.
#[cfg(feature = "stored")]
pub(crate) fn entry_refused(config: &Config) {
    let session = config.schema.type_name;
    debug!(session, "a field in the store does not open");
}

#[cfg(feature = "stored")]
pub(crate) fn store_failed_to_load(config: &Config, error: &StoreError) {
    let session = config.schema.type_name;
    error!(session, %error, "the session is not loaded, and the response is a 503");
}

#[cfg(feature = "stored")]
pub(crate) fn store_failed_to_save(config: &Config, error: &StoreError) {
    let session = config.schema.type_name;
    error!(session, %error, "the session is not saved, and the response is a 503");
}

pub(crate) fn unread(config: &Config, field: &str) {
    let session = config.schema.type_name;
    warn!(
        session,
        field,
        "three pages were given a notice and left it: the page that shows it takes it, with `take()`, \
         or it is shown again until its time is over (said once, in debug builds only)"
    );
}

pub(crate) fn late(config: &Config, field: &str) {
    let session = config.schema.type_name;
    error!(
        session,
        field,
        "a change is not saved, because it came after the response was made; call `Session::sync` before the guard \
         leaves the handler"
    );
}

pub(crate) fn late_ending(config: &Config) {
    let session = config.schema.type_name;
    error!(
        session,
        "the session is not ended, because that came after the response was made"
    );
}

pub(crate) fn not_serializable(config: &Config, field: &str, error: EncodeError) {
    let session = config.schema.type_name;
    error!(session, field, %error, "the session is not saved: a field cannot be stored");
}

pub(crate) fn no_randomness(config: &Config) {
    let (session, cookie) = (config.schema.type_name, config.cookie_name());
    error!(
        session,
        cookie, "the session is not saved: the operating system gave no random bytes"
    );
}

pub(crate) fn too_long<'a>(
    config: &Config,
    bytes: usize,
    limit: usize,
    plaintexts: impl Iterator<Item = (Part, &'a Plaintext)>,
) {
    let (session, cookie) = (config.schema.type_name, config.cookie_name());
    let largest = largest_fields(&config.schema, plaintexts);
    error!(
        session,
        cookie, bytes, limit, largest, "the session is not saved: it is larger than browsers keep"
    );
}

/// Fields that only another release knows made room for those of this one.
pub(crate) fn dropped(config: &Config, records: &[(Part, Record)]) {
    let session = config.schema.type_name;
    for (part, record) in records {
        let (cookie, bytes) = (config.part(*part).cookie_name.as_str(), record.value.len());
        warn!(
            session,
            cookie, bytes, "a field of another release is dropped, because the session is full"
        );
    }
}

pub(crate) fn changed_unseen(config: &Config, field: &str) {
    let session = config.schema.type_name;
    error!(
        session,
        field,
        "a field changed without a mutable borrow of the session, so the change is not saved: a \
         `Mutex`, a `Cell` or an atomic is no way to write a session (found in debug builds only)"
    );
}

pub(crate) fn does_not_survive(config: &Config, field: &str, reason: &str) {
    let session = config.schema.type_name;
    error!(
        session,
        field,
        reason,
        "a field's value will not come back as it was written: its `Serialize` and `Deserialize` \
         do not agree (found in debug builds only)"
    );
}

pub(crate) fn nearly_full<'a>(
    config: &Config,
    bytes: usize,
    plaintexts: impl Iterator<Item = (Part, &'a Plaintext)>,
) {
    let (session, cookie) = (config.schema.type_name, config.cookie_name());
    let largest = largest_fields(&config.schema, plaintexts);
    warn!(
        session,
        cookie,
        bytes,
        limit = MAX_BYTES,
        largest,
        "the session is nearly as large as browsers keep"
    );
}

pub(crate) fn missing_layer(session: &str, advice: &str) {
    error!(session, "{advice}");
}

pub(crate) fn name_taken(config: &Config, by: &str) {
    let (session, cookie) = (config.schema.type_name, config.cookie_name());
    error!(
        session,
        cookie,
        by,
        "two session types have one cookie name; give one of them `cookie = \"…\"`, or, where they \
         are one generic type, wrap each in a struct of its own"
    );
}

pub(crate) fn shadowed(config: &Config) {
    let (session, cookie) = (config.schema.type_name, config.cookie_name());
    warn!(
        session,
        cookie,
        "a second layer of this session type stands inside another: its options are not used"
    );
}

pub(crate) fn plain_http(config: &Config, host: &str) {
    let (session, cookie) = (config.schema.type_name, config.cookie_name());
    warn!(
        session,
        cookie,
        ?host,
        "a `Secure` cookie is set over plain http, as far as can be seen here: browsers keep it \
         from a loopback address at most; use https, or `.insecure_http()` on the layer while \
         developing (said once, in debug builds only)"
    );
}

pub(crate) fn loopback(config: &Config) {
    let (session, cookie) = (config.schema.type_name, config.cookie_name());
    info!(
        session,
        cookie,
        "over plain http on a loopback address the session cookie is not `Secure` and has no prefix, \
         because Safari takes no other there (in debug builds only, and said once)"
    );
}

pub(crate) fn foreign_cookie(config: &Config) {
    let (session, cookie) = (config.schema.type_name, config.cookie_name());
    warn!(
        session,
        cookie, "the application sets the session's cookie itself: its line is left, ours follows"
    );
}

pub(crate) fn insecure_http(config: &Config) {
    let (session, cookie) = (config.schema.type_name, config.cookie_name());
    warn!(
        session,
        cookie, "insecure_http(): the session cookie travels unprotected, fit for development only"
    );
}

/// The three largest fields, for the person who has to make room.
fn largest_fields<'a>(
    schema: &ErasedSchema,
    plaintexts: impl Iterator<Item = (Part, &'a Plaintext)>,
) -> String {
    let all = plaintexts.flat_map(|(part, plaintext)| {
        let records = plaintext.records.iter();
        records.map(move |record| (record.value.len(), part, record.tag))
    });
    let mut sizes: Vec<_> = all.collect();
    sizes.sort_unstable_by_key(|(bytes, _, tag)| (Reverse(*bytes), *tag));
    let largest = sizes.iter().take(3).map(|(bytes, part, tag)| {
        let field = schema.field_of(*part, *tag);
        let name = field.map_or("a field of another release", |field| field.name);
        format!("{name} ({bytes} bytes)")
    });
    largest.collect::<Vec<_>>().join(", ")
}

fn names(config: &Config, part: Part) -> (&'static str, &str) {
    (config.schema.type_name, &config.part(part).cookie_name)
}
