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
use crate::keys::Clash;
use crate::part::Part;
use crate::policy::Decision;
#[cfg(feature = "stored")]
use crate::policy::RowAction;
#[cfg(feature = "stored")]
use crate::record::Tag;
#[cfg(feature = "stored")]
use crate::store::{EntryTag, StoreError};
use crate::token::Plaintext;
use crate::value::EncodeError;

/// The name of a change that is not one of a field.
pub(crate) const REMEMBER: &str = "Session::remember";

/// The same.
pub(crate) const RENEW: &str = "Session::renew";

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

/// Reports that a session which was in its cookie is in a row of the store from now on.
#[cfg(feature = "stored")]
pub(crate) fn adopted(config: &Config) {
    let (session, cookie) = names(config, Part::Main);
    debug!(session, cookie, "session adopted from its cookie");
}

/// Warns of visitors who are logged out because an application took a store in one step.
#[cfg(feature = "stored")]
pub(crate) fn in_cookie(config: &Config) {
    let (session, cookie) = names(config, Part::Main);
    warn!(
        session,
        cookie,
        "a session that is in its cookie is refused, so its visitor begins a new one; to keep such sessions, call \
         `still_in_cookies` on the layer in one release and `adopt_until` in the next one, with a time that is far enough \
         ahead"
    );
}

pub(crate) fn too_many_cookies(config: &Config, part: Part, ignored: usize) {
    let (session, cookie) = names(config, part);
    debug!(
        session,
        cookie, ignored, "too many cookies of one name: the last ones are ignored"
    );
}

pub(crate) fn unreadable_value(config: &Config, field: &str) {
    let session = config.schema.type_name;
    warn!(
        session,
        field,
        "a stored value cannot be read as the type of its field: this request sees the default, and \
         what is stored stays; make the type read the old values too, or rename the field"
    );
}

#[cfg(debug_assertions)]
pub(crate) fn default_not_constant(config: &Config, field: &str) {
    let session = config.schema.type_name;
    error!(
        session,
        field,
        "the default of a field is not the one of the start, so every request may see another value; \
         set the field in a handler, or make it an `Option` (found in debug builds only)"
    );
}

pub(crate) fn overwritten(config: &Config, field: &str) {
    let session = config.schema.type_name;
    warn!(
        session,
        field,
        "two guards of one request changed the same field: the one that is dropped last wins, and the \
         other change is lost; call `Session::sync` in middleware before `next.run`, so that the \
         handler sees the change"
    );
}

/// A full list whose handler put an item where the oldest ones go.
pub(crate) fn new_item_dropped(config: &Config, field: &str) {
    let session = config.schema.type_name;
    warn!(
        session,
        field,
        "a new item is dropped, because the list is full and its first items go; push new items at its end"
    );
}

pub(crate) fn stale(config: &Config, field: &str) {
    let session = config.schema.type_name;
    warn!(
        session,
        field,
        "a change is dropped, because the session ended after its guard was taken; call \
         `Session::sync` on the guard before you change its fields"
    );
}

pub(crate) fn lost_by_login(config: &Config, field: &str) {
    let session = config.schema.type_name;
    error!(
        session,
        field,
        "a change is dropped, because it came before `Session::log_in` and belonged to the user who \
         was logged in until then; change the field after the call"
    );
}

pub(crate) fn kept_by_chance(config: &Config, field: &str) {
    let session = config.schema.type_name;
    warn!(
        session,
        field,
        "a change before `Session::log_in` is kept only because no user was logged in; change the \
         field after the call"
    );
}

pub(crate) fn lost_by_logout(config: &Config, field: &str) {
    let session = config.schema.type_name;
    warn!(
        session,
        field,
        "a change is dropped, because it came before `Session::log_out`; change the field after the \
         call"
    );
}

pub(crate) fn dropped_by_start(config: &Config, field: &str) {
    let session = config.schema.type_name;
    debug!(
        session,
        field, "an earlier change of this request is dropped, because the session started over"
    );
}

pub(crate) fn login_refused(config: &Config, reason: &'static str) {
    let session = config.schema.type_name;
    error!(
        session,
        reason,
        "a login is refused: its guard shows a user whose login has ended, or the \
         session was destroyed; call `Session::sync` before `Session::log_in`; after \
         `Session::destroy` the same request cannot log a user in"
    );
}

pub(crate) fn late_login(config: &Config) {
    let session = config.schema.type_name;
    error!(
        session,
        "a user is not logged in, because the call came after the response was made; call \
         `Session::log_in` before the handler returns"
    );
}

pub(crate) fn login_saved_by_refusal(config: &Config, status: StatusCode) {
    let (session, status) = (config.schema.type_name, status.as_u16());
    warn!(
        session,
        status,
        "a login is saved with a 4xx response: an error that a handler returns does not undo a \
         login; call `Session::log_in` when nothing can fail any more"
    );
}

pub(crate) fn identity_assigned(config: &Config, field: &str) {
    let session = config.schema.type_name;
    error!(
        session,
        field,
        "an assignment of the whole session changed its identity: no user is logged in by it, and \
         the changes of its guard are dropped; log in with `Session::log_in`, log out with \
         `Session::log_out`, and change the other fields one by one"
    );
}

pub(crate) fn login_page_for_users_only(session: &str) {
    error!(
        session,
        "`LoggedIn` guards the login page itself, so no visitor can log in; take the page out of the \
         guarded routes"
    );
}

pub(crate) fn user_differs(config: &Config, field: &str) {
    let session = config.schema.type_name;
    error!(
        session,
        field,
        "one user is stored as different bytes each time, and so looks like another user at each \
         login; keep an id in the identity, not a `HashSet`, a `HashMap` or a value that encrypts \
         itself (found in debug builds only)"
    );
}

pub(crate) fn another_variant(config: &Config, field: &str) {
    let session = config.schema.type_name;
    error!(
        session,
        field,
        "a user is read back as another variant of its enum, so two users may be one; store the names of the variants, \
         without `#[serde(untagged)]` (found in debug builds only)"
    );
}

pub(crate) fn touched_nothing(config: &Config) {
    let session = config.schema.type_name;
    error!(
        session,
        "`Session::touch` did not get a field with a time of its own, so no time starts again; give \
         it a reference to a field with `ttl`, `flash` or `browser`"
    );
}

/// A response that saves nothing dropped the changes of these fields.
pub(crate) fn not_saved(config: &Config, fields: &[&str], reason: &'static str) {
    let (session, fields) = (config.schema.type_name, fields.join(", "));
    info!(
        session,
        fields, reason, "changes are not saved: the response is a failure, or its body is not seen"
    );
}

/// The same with `Session::renew`: whoever copied the ticket of before keeps it, and the application may believe otherwise.
pub(crate) fn renewal_not_saved(config: &Config, fields: &[&str], reason: &'static str) {
    let (session, fields) = (config.schema.type_name, fields.join(", "));
    warn!(
        session,
        fields,
        reason,
        "a renewal is lost, because the response is a failure: the ticket of before counts as ever; renew the session \
         again"
    );
}

/// A request ended without a response, and its changes with it. Any client can cause that, as it can a server error.
pub(crate) fn changes_without_response(config: &Config, fields: &[&str], reason: &'static str) {
    let (session, fields) = (config.schema.type_name, fields.join(", "));
    info!(
        session,
        fields, reason, "changes are not saved, because the request ended without a response"
    );
}

/// The same with a login, with a renewal, or with an ending that the browser does not hear of: a person believes to be
/// logged out.
pub(crate) fn login_or_ending_without_response(
    config: &Config,
    fields: &[&str],
    reason: &'static str,
) {
    let (session, fields) = (config.schema.type_name, fields.join(", "));
    warn!(
        session,
        fields,
        reason,
        "a login, a renewal or the end of a session is lost, because the request ended without a response; put what may \
         give up on a handler inside of the session's layer, and log in or out after what takes long"
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

/// `Session::renew` beside another renewal with the same ticket. The response is a 503.
#[cfg(feature = "stored")]
pub(crate) fn renewal_lost(config: &Config) {
    let session = config.schema.type_name;
    warn!(
        session,
        "the session is not renewed, because another request renewed it first, and the response is a 503; that is a \
         double click, or a person who has copied the cookie"
    );
}

/// An ending that ends nothing, because the row has another user by now.
#[cfg(feature = "stored")]
pub(crate) fn ending_lost(config: &Config) {
    let session = config.schema.type_name;
    info!(
        session,
        "the session is not ended, because another request has logged a user in meanwhile"
    );
}

/// A login into a row that the application has ended since the request loaded it.
#[cfg(feature = "stored")]
pub(crate) fn login_ended(config: &Config) {
    let session = config.schema.type_name;
    warn!(
        session,
        "a login is not saved, because the application ended the sessions of its user meanwhile"
    );
}

/// The application ended sessions of a user from outside of their requests.
#[cfg(feature = "stored")]
pub(crate) fn ended_by_application(config: &Config, count: u64) {
    let session = config.schema.type_name;
    info!(
        session,
        count, "sessions of a user are ended by the application"
    );
}

/// A handle that is none, or that was made for another user. Any client can send one.
#[cfg(feature = "stored")]
pub(crate) fn handle_refused(config: &Config, reason: &'static str) {
    let session = config.schema.type_name;
    debug!(session, reason, "the handle of a session is refused");
}

#[cfg(feature = "stored")]
pub(crate) fn store_failed_to_list(config: &Config, error: &StoreError) {
    let session = config.schema.type_name;
    error!(session, %error, "the sessions of a user are not listed");
}

#[cfg(feature = "stored")]
pub(crate) fn store_failed_to_end(config: &Config, error: &StoreError) {
    let session = config.schema.type_name;
    error!(session, %error, "the sessions of a user are not ended, or not all of them");
}

/// The row of a user who is logged in, under an owner that is not this user's in this release.
#[cfg(feature = "stored")]
pub(crate) fn owner_not_found(config: &Config) {
    let session = config.schema.type_name;
    warn!(
        session,
        "`Sessions` does not find the session of the user who is logged in, so `end_all` does not end it: since the \
         login the identity is stored in another way, or the key of the login was dropped; the user's next login mends \
         it"
    );
}

/// The label of a user's row does not open. No visitor can bring that about: its key was revoked or dropped, or
/// a person wrote into the store.
#[cfg(feature = "stored")]
pub(crate) fn label_refused(config: &Config, reason: &'static str) {
    let session = config.schema.type_name;
    warn!(
        session,
        reason,
        "a session of a user is listed without its values: the key of its login was revoked or is no longer in the \
         ring, or it was altered in the store"
    );
}

/// An entry of a row that does not open in its place. No visitor can bring that about: its key was revoked or dropped, or
/// a person wrote into the store.
#[cfg(feature = "stored")]
pub(crate) fn entry_refused(config: &Config, tag: EntryTag, reason: &'static str) {
    let session = config.schema.type_name;
    let known = config.schema.field_of(Part::Main, Tag(tag.to_bytes()));
    let field = known.map_or("a field of another release", |field| field.name);
    warn!(
        session,
        field,
        reason,
        "a field in the store does not open, so this request sees the default; its key was revoked or is no longer \
         in the ring, or it was altered"
    );
}

/// A change of a field with `merge` that is stored as a value, in place of what other requests added.
#[cfg(feature = "stored")]
pub(crate) fn not_merged(config: &Config, field: &str) {
    let session = config.schema.type_name;
    debug!(
        session,
        field,
        "a change cannot be merged, so it takes the place of what other requests changed in this field meanwhile"
    );
}

#[cfg(feature = "stored")]
pub(crate) fn too_large_to_merge(config: &Config, field: &str) {
    let session = config.schema.type_name;
    warn!(
        session,
        field,
        "a change is too large to be merged, so it takes the place of what other requests changed in this field \
         meanwhile; a response merges 4 KiB of changes, and none but numbers into a session that takes 128 KiB in the store"
    );
}

#[cfg(feature = "stored")]
pub(crate) fn difference_left_out(config: &Config, field: &str) {
    let session = config.schema.type_name;
    warn!(
        session,
        field,
        "a change by another release is left out, because the field has another type there: it is no change of the \
         value that is stored"
    );
}

#[cfg(feature = "stored")]
pub(crate) fn store_failed_to_fold(config: &Config, error: &StoreError) {
    let session = config.schema.type_name;
    debug!(session, %error, "changes of a merged field are not folded; a later request tries again");
}

#[cfg(feature = "stored")]
pub(crate) fn store_failed_to_load(config: &Config, error: &StoreError) {
    let session = config.schema.type_name;
    error!(session, %error, "the session is not loaded");
}

#[cfg(feature = "stored")]
pub(crate) fn store_failed_to_save(config: &Config, error: &StoreError) {
    let session = config.schema.type_name;
    error!(session, %error, "the session is not saved, and a client that waits gets a 503");
}

/// The response goes out as it is, because its handler changed nothing.
#[cfg(feature = "stored")]
pub(crate) fn store_failed_in_upkeep(config: &Config, error: &StoreError) {
    let session = config.schema.type_name;
    error!(session, %error, "the use of a session is not written down");
}

pub(crate) fn unread(config: &Config, field: &str) {
    let session = config.schema.type_name;
    warn!(
        session,
        field,
        "three pages in a row were given a notice and did not take it, so it stays until its time is \
         over; read it with `take()` where it is shown (said once, in debug builds only)"
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
        "a session is not ended, because the call came after the response was made; end it before the \
         handler returns"
    );
}

pub(crate) fn not_serializable(config: &Config, field: &str, error: EncodeError) {
    let session = config.schema.type_name;
    error!(session, field, %error, "the session is not saved: a field cannot be stored, so the response is a 500");
}

pub(crate) fn no_randomness(config: &Config) {
    let (session, cookie) = (config.schema.type_name, config.cookie_name());
    error!(
        session,
        cookie,
        "the session is not saved: the operating system gave no random bytes, so the response is a 500"
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
        cookie,
        bytes,
        limit,
        largest,
        "the session is not saved: it is larger than browsers keep, so the response is a 500; store \
         less in the largest fields"
    );
}

/// Fields that only another release knows made room for those of this one.
pub(crate) fn dropped(config: &Config, sizes: &[(Part, usize)]) {
    let session = config.schema.type_name;
    for &(part, bytes) in sizes {
        let cookie = config.part(part).cookie_name.as_str();
        warn!(
            session,
            cookie,
            bytes,
            "a field of another release is dropped, because the session is full; store less in it"
        );
    }
}

/// A field of before a login made room for it, or a notice that came with it.
pub(crate) fn dropped_by_login(config: &Config, field: &str, bytes: usize) {
    let (session, cookie) = (config.schema.type_name, config.cookie_name());
    warn!(
        session,
        cookie,
        field,
        bytes,
        "a field is dropped, because the session is full and the field makes room for a login; store less in it"
    );
}

#[cfg(debug_assertions)]
pub(crate) fn changed_unseen(config: &Config, field: &str) {
    let session = config.schema.type_name;
    error!(
        session,
        field,
        "a field changed without a mutable borrow of the session, so the change is not saved; assign \
         the field, and do not write through a `Mutex`, a `Cell` or an atomic (found in debug builds \
         only)"
    );
}

pub(crate) fn does_not_survive(config: &Config, field: &str, reason: &str) {
    let session = config.schema.type_name;
    error!(
        session,
        field,
        reason,
        "a field's value will not be read as it was written: its `Serialize` and `Deserialize` do not \
         agree; derive both, or make them agree (found in debug builds only)"
    );
}

pub(crate) fn starts_again(config: &Config, field: &str) {
    let session = config.schema.type_name;
    warn!(
        session,
        field,
        "a field with a `ttl` is not stored as the same bytes each time, so an equal value that is built anew starts its \
         time again; use a `BTreeMap` or a `BTreeSet` in place of a `HashMap` or a `HashSet` (found in debug builds only)"
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
        "the session is nearly as large as browsers keep; store less in the largest fields"
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
        "two session types have one cookie name, so the response is a 500; give one of them \
         `cookie = \"…\"`; if they are one generic type, wrap each in a struct of its own"
    );
}

/// At start-up, where the two have no key in common.
pub(crate) fn cookie_of_two_types(config: &Config, by: &str) {
    let (session, cookie) = (config.schema.type_name, config.cookie_name());
    warn!(
        session,
        cookie,
        by,
        "two session types have one cookie name, so on one host each removes the sessions of the other; give one of them \
         `cookie = \"…\"`, unless they serve different hosts"
    );
}

/// Other keys have brought two session types with one cookie under one key, while the program serves requests.
pub(crate) fn one_session(clash: &Clash) {
    let (session, by) = (clash.claim.type_name, clash.holder.type_name);
    let cookie = clash.cookie_name.as_str();
    error!(
        session,
        cookie,
        by,
        "two session types have one cookie name, and `Keyring::replace` has brought them under one key, so a session of \
         one opens as a session of the other; give each keyring keys of its own, or one of the types `cookie = \"…\"`"
    );
}

pub(crate) fn shadowed(config: &Config) {
    let (session, cookie) = (config.schema.type_name, config.cookie_name());
    warn!(
        session,
        cookie,
        "a second layer of this session type stands inside another: its options are not used; remove \
         one of the two"
    );
}

pub(crate) fn plain_http(config: &Config, host: &str) {
    let (session, cookie) = (config.schema.type_name, config.cookie_name());
    warn!(
        session,
        cookie,
        ?host,
        "a `Secure` cookie is set over plain http: browsers drop it, unless a proxy in front of this \
         server speaks https; use https, or `.insecure_http()` on the layer while developing (said \
         once, in debug builds only)"
    );
}

pub(crate) fn loopback(config: &Config) {
    let (session, cookie) = (config.schema.type_name, config.cookie_name());
    info!(
        session,
        cookie,
        "over plain http on a loopback address the session cookie is not `Secure` and has no prefix, \
         because Safari accepts no `Secure` cookie there (said once, in debug builds only)"
    );
}

pub(crate) fn foreign_cookie(config: &Config) {
    let (session, cookie) = (config.schema.type_name, config.cookie_name());
    warn!(
        session,
        cookie,
        "the application sets the session's cookie itself: its line stays, and the library's line \
         follows; leave the cookie to the library"
    );
}

pub(crate) fn overwritten_by_outer_layer(config: &Config) {
    let (session, cookie) = (config.schema.type_name, config.cookie_name());
    warn!(
        session,
        cookie,
        "the cookie of a layer of this session type is overwritten by that of another one around it: middleware between \
         the two changes the `Cookie` header, so each has a session of its own, and what the inner one saved is lost; \
         remove one of the two layers, or put that middleware around both"
    );
}

pub(crate) fn insecure_http(config: &Config) {
    let (session, cookie) = (config.schema.type_name, config.cookie_name());
    warn!(
        session,
        cookie,
        "`insecure_http()` lets the session cookie travel unprotected; use it for development only"
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
