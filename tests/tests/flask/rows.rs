//! Every feature of Flask and of Flask-Session, with what is here. The guide's page is made of this table.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::page;

#[derive(Clone, Copy, PartialEq)]
enum Verdict {
    Equal,
    Better,
    Absent,
}

use Verdict::{Absent, Better, Equal};

/// A feature.
struct Row {
    id: &'static str,
    flask: &'static str,
    here: &'static str,
    verdict: Verdict,
    /// The test that holds it, or the folder of the programs that must not compile; empty where there is nothing to hold.
    held_by: &'static str,
}

const fn row(
    id: &'static str,
    flask: &'static str,
    here: &'static str,
    verdict: Verdict,
    held_by: &'static str,
) -> Row {
    Row {
        id,
        flask,
        here,
        verdict,
        held_by,
    }
}

#[rustfmt::skip]
const ROWS: &[Row] = &[
    row("F01", "`session[\"name\"]` may raise `KeyError`", "a field of a struct always has a value", Better, "f01_a_field_always_has_a_value"),
    row("F02", "set, read and pop a `username`", "`shop.username = Some(name)`, and `take()`", Equal, "f02_a_username_is_set_read_and_taken_out_again"),
    row("F03", "a visit counter is one line", "`shop.visits += 1`", Equal, "f03_a_visit_counter_is_one_line_and_shows_1_to_6"),
    row("F04", "the cookie is signed, and anyone reads it", "the cookie is encrypted", Better, "f04_nobody_reads_a_session_in_its_cookie"),
    row("F05", "HMAC-SHA1", "XChaCha20-Poly1305", Better, "f05_a_cookie_with_one_character_changed_is_no_session"),
    row("F06", "the cookie is compressed", "never: the length of a compressed cookie tells of what is in it", Absent, ""),
    row("F07", "a cookie is accepted under another name", "the name is part of the key", Better, "f07_a_cookie_is_no_session_under_another_name"),
    row("F08", "JSON with tags: keys of a dict become strings", "any type of serde comes back as it was", Better, "f08_f09_what_a_field_holds_comes_back_as_it_was_and_a_type_needs_serde_alone"),
    row("F09", "a class with three methods for each type", "`derive(Serialize, Deserialize)`", Better, "f08_f09_what_a_field_holds_comes_back_as_it_was_and_a_type_needs_serde_alone"),
    row("F10", "a value that JSON does not take is a 500", "a compile error", Better, "ui-tests/rustc/fields/not_storable.rs"),
    row("F11", "a key may have one character", "a key is 32 random bytes", Better, "f11_a_key_that_is_short_is_refused"),
    row("F12", "a missing key is an error at the first write", "an error at the start that says how to make a key", Better, "f12_f13_a_missing_secret_key_is_an_error_at_the_start_that_says_so"),
    row("F13", "a missing key is not noticed by a read", "the same error at the start", Better, "f12_f13_a_missing_secret_key_is_an_error_at_the_start_that_says_so"),
    row("F14", "a session outside of a request is an error at run time", "it does not compile: a session comes by the extractor alone", Better, "ui-tests/rustc/use_sites"),
    row("F15", "`SECRET_KEY_FALLBACKS`, read at the start", "a ring of keys that is replaced while the program runs; a key can be revoked", Better, "f15_f16_f17_i01_an_older_key_opens_and_the_first_one_seals"),
    row("F16", "a cookie under an old key stays under it until a write", "a page that only reads seals it anew", Better, "f15_f16_f17_i01_an_older_key_opens_and_the_first_one_seals"),
    row("F17", "3.1.0 signed with the oldest key", "a test holds that the first key seals", Equal, "f15_f16_f17_i01_an_older_key_opens_and_the_first_one_seals"),
    row("F18", "the name `session`, by a setting", "the name of the type, or `cookie = \"…\"`, with the prefix `__Host-`", Better, "f18_a_cookie_is_named_after_the_session_and_has_a_prefix"),
    row("F19", "`SESSION_COOKIE_DOMAIN`", "`.domain(…)`", Equal, "f19_a_cookie_is_for_its_host_unless_a_domain_is_given"),
    row("F20", "`SESSION_COOKIE_PATH`", "`.path(…)`", Equal, "f20_a_cookie_is_for_all_paths_unless_one_is_given"),
    row("F21", "`HttpOnly` by default", "always `HttpOnly`", Equal, "f21_f22_f23_a_cookie_is_http_only_secure_and_lax"),
    row("F22", "not `Secure` by default", "`Secure` by default", Better, "f21_f22_f23_a_cookie_is_http_only_secure_and_lax"),
    row("F23", "no `SameSite` by default", "`SameSite=Lax` by default", Better, "f21_f22_f23_a_cookie_is_http_only_secure_and_lax"),
    row("F24", "`SESSION_COOKIE_PARTITIONED`", "`.partitioned()`", Equal, "f24_a_cookie_is_partitioned_when_asked"),
    row("F25", "one lifetime, 31 days", "`idle` and `max` for the session, `ttl` for a field", Better, "f25_f26_a_session_goes_with_the_browser_unless_it_is_permanent"),
    row("F26", "`session.permanent = True`", "`Session::remember`, or the mark `remember`", Equal, "f25_f26_a_session_goes_with_the_browser_unless_it_is_permanent"),
    row("F27", "the server refuses what is older than the lifetime", "the same, for both kinds, and the guide says so", Equal, "f27_f30_a_session_ends_at_the_server_after_its_last_use"),
    row("F28", "a cookie from a server whose clock is a second ahead is refused", "a minute is allowed", Better, "f28_a_server_whose_clock_is_a_minute_behind_takes_the_session"),
    row("F29", "each response of a permanent session sets its cookie", "a cookie is set again when a good part of `idle` is over", Better, "f29_an_untouched_session_sets_no_cookie_on_each_response"),
    row("F30", "a session that is only read ends after its last write", "a read is a use", Better, "f27_f30_a_session_ends_at_the_server_after_its_last_use"),
    row("F31", "a session that is used has no end", "`max` ends it", Better, "f31_a_session_that_is_used_all_the_time_ends_too"),
    row("F32", "a change inside a list is lost unless `modified` is set", "it is saved", Better, "f32_a_change_inside_a_list_is_saved"),
    row("F33", "setting the value that is there sets a cookie", "values are compared", Better, "f33_a_value_that_is_set_to_itself_sets_no_cookie"),
    row("F34", "`accessed` is tracked by the proxy", "a handler that does not take the session does not use it", Equal, "f34_f36_a_page_varies_by_the_cookie_if_it_asked_for_the_session"),
    row("F35", "`session.new` is always false", "`Session::info(&session).state()`", Better, "f35_a_new_session_says_that_it_is_new"),
    row("F36", "`Vary: Cookie` when the session was used", "the same", Equal, "f34_f36_a_page_varies_by_the_cookie_if_it_asked_for_the_session"),
    row("F37", "`Cache-Control` is left alone", "pages with a session are `private`, those that set a cookie `no-store`", Better, "f37_a_page_with_a_session_is_for_no_cache_that_others_share"),
    row("F38", "an emptied session deletes its cookie with all attributes", "the same", Equal, "f38_a_session_that_is_cleared_removes_its_cookie_with_the_same_attributes"),
    row("F39", "a bad cookie is an empty session, without a word", "a state that a page can ask for, and a line in the log", Better, "f39_a_cookie_that_does_not_open_leaves_a_line_in_the_log"),
    row("F40", "garbage under the same name hides the session", "each cookie of the name is tried, up to four", Better, "f40_garbage_under_the_same_name_does_not_hide_the_session"),
    row("F41", "a cookie that is too large is a warning, and browsers drop it", "an error that names the largest fields", Better, "f41_a_session_that_is_too_large_is_an_error_that_names_the_field"),
    row("F42", "the session is opened before the route is known", "a page that does not ask for it opens nothing", Better, "f42_a_page_that_does_not_ask_for_the_session_opens_no_cookie"),
    row("F43", "saved after the handler", "the same", Equal, "f43_f45_each_change_of_a_request_is_saved"),
    row("F44", "a page that fails saves the session", "it does not, unless the layer has `save_on_server_errors`", Better, "f44_a_page_that_fails_saves_nothing_unless_told_to"),
    row("F45", "requests at once: the later answer wins", "the same in a cookie; in a store each field counts", Better, "f43_f45_each_change_of_a_request_is_saved"),
    row("F46", "a copy of the cookie works after a logout", "the same in a cookie, until its time is over; a stored session ends", Better, "f46_s23_a_slow_page_does_not_bring_back_a_session_that_was_logged_out"),
    row("F47", "no protection from fixation; a cookie has no id", "a login takes another ticket", Better, "f47_s21_a_ticket_of_before_a_login_is_not_the_users"),
    row("F48", "no protection from CSRF", "none either: `SameSite=Lax`, and `CsrfLayer` of tower-http, which the shop uses", Absent, ""),
    row("F49", "`flash(message, category)`", "a field marked `flash`, of any type", Better, "f49_f50_a_notice_has_a_type_and_is_shown_once_over_a_redirect"),
    row("F50", "`get_flashed_messages()` pops them", "`take()`", Equal, "f49_f50_a_notice_has_a_type_and_is_shown_once_over_a_redirect"),
    row("F51", "messages grow until a template reads them", "they end after five minutes", Better, "f51_notices_that_no_page_shows_come_to_an_end"),
    row("F52", "a stream may write, and the write is lost", "the guard is a value: the stream takes what it needs", Better, "f52_a_stream_is_made_of_what_the_session_had"),
    row("F53", "`copy_current_request_context` shares the session", "a struct is cloned", Equal, "f53_a_copy_of_the_session_goes_to_a_task"),
    row("F54", "`client.session_transaction()`", "`kit.set_session(&mut browser, &shop)`", Equal, "f54_a_test_puts_a_session_into_the_browser"),
    row("F55", "`with client:`, and then `session[…]`", "`kit.session_of(&browser)`", Equal, "f55_a_test_reads_the_session_after_a_request"),
    row("F56", "`SessionInterface`", "the trait `Store`, with a test suite for stores", Better, "f56_s01_a_store_is_a_type_that_the_layer_takes"),
    row("F57", "a backend that fails looks like a missing key", "a 503, and the reason in the log", Better, "f57_s20_a_store_that_does_not_answer_is_a_503_and_no_empty_session"),
    row("F58", "one session for an application", "as many as there are types", Better, "f58_an_application_has_several_sessions_each_in_its_cookie"),
    row("F59", "`MutableMapping[str, Any]`", "the types of the fields", Better, "ui-tests/rustc/fields"),
    row("F60", "no command that makes a key", "a program of one line; the repository has `keygen`", Better, "f60_a_program_of_one_line_makes_a_key"),
    row("F61", "no command that shows what is in a cookie", "none either: the test kit opens one", Equal, "f55_a_test_reads_the_session_after_a_request"),
    row("F62", "`FLASK_SECRET_KEY`", "`Keyring::from_env(\"SESSION_KEYS\")`", Equal, "f62_keys_come_from_the_environment"),
    row("I01", "each key is tried, without an id", "the cookie names its key", Better, "f15_f16_f17_i01_an_older_key_opens_and_the_first_one_seals"),
    row("I02", "a salt for each use, by hand", "the name of the cookie; two types of one name are refused at the start", Better, "i02_two_sessions_of_one_cookie_under_one_key_are_refused"),
    row("I03", "four ways to derive a key", "HKDF, and nothing but random bytes is a key", Better, "i03_nothing_but_random_bytes_is_a_key"),
    row("I04", "an error carries the payload that was not verified", "nothing is read before it is authentic", Better, "i04_a_cookie_that_does_not_open_gives_no_part_of_itself"),
    row("I05", "`loads_unsafe` reads without verifying", "on purpose there is no such call", Absent, ""),
    row("I06", "`return_timestamp`", "`began` and `ends` of `Session::info`", Equal, "i06_a_session_knows_when_it_began_and_when_it_ends"),
    row("I07", "a list of older signers", "the first character is the version of the format", Equal, "i07_a_cookie_of_another_format_is_no_session"),
    row("S01", "`SESSION_TYPE` names a backend", "the layer takes a store, which is a type", Better, "f56_s01_a_store_is_a_type_that_the_layer_takes"),
    row("S02", "Redis", "Redis and Valkey, also as a cluster", Equal, "two_processes_share_a_session_and_say_when_the_server_is_gone"),
    row("S03", "Memcached", "no: it may forget a session that a user ends at another device", Absent, ""),
    row("S04", "files, deprecated", "SQLite is a file", Better, "f56_s01_a_store_is_a_type_that_the_layer_takes"),
    row("S05", "CacheLib", "no: a cache evicts sessions", Absent, ""),
    row("S06", "MongoDB", "not yet: `Store` is for one of your own", Absent, ""),
    row("S07", "SQLAlchemy", "PostgreSQL and SQLite", Equal, "two_processes_share_sessions_and_a_logout_in_one_is_one_in_the_other"),
    row("S08", "DynamoDB", "not yet: `Store` is for one of your own", Absent, ""),
    row("S09", "PostgreSQL, undocumented", "PostgreSQL by `sqlx`", Better, "two_processes_share_sessions_and_a_logout_in_one_is_one_in_the_other"),
    row("S10", "sessions are permanent, unlike in Flask", "the same default with and without a store: `remember` decides", Better, "s10_s17_a_row_ends_with_the_session"),
    row("S11", "ids are not signed", "a ticket is encrypted", Better, "s13_s14_the_cookie_is_a_ticket_and_the_store_has_no_copy_of_it"),
    row("S12", "a prefix for keys", "`.prefix(…)`, `.table(…)`", Equal, "two_processes_share_a_session_and_say_when_the_server_is_gone"),
    row("S13", "an id of 32 random bytes", "the same strength, in a ticket", Equal, "s13_s14_the_cookie_is_a_ticket_and_the_store_has_no_copy_of_it"),
    row("S14", "the store has the id in clear", "the store has a hash of it, and fields that it cannot read", Better, "s13_s14_the_cookie_is_a_ticket_and_the_store_has_no_copy_of_it"),
    row("S15", "msgpack or JSON, and else pickle, which runs code", "one format", Better, "s15_s16_a_value_that_does_not_open_is_not_read_in_another_way"),
    row("S16", "a serializer of one's own", "the types of serde; the format is the library's", Equal, "s15_s16_a_value_that_does_not_open_is_not_read_in_another_way"),
    row("S17", "a row lives as long as the permanent lifetime", "a row ends with its session", Better, "s10_s17_a_row_ends_with_the_session"),
    row("S18", "each request writes to the store", "a page that only reads writes nothing", Better, "s18_a_page_that_only_reads_writes_nothing_to_the_store"),
    row("S19", "a command, or a delete by chance in a request", "`sweep`, which the stores call by themselves", Equal, "s19_rows_that_are_over_are_swept"),
    row("S20", "three tries for any error, and the thread sleeps", "one more try where a connection was broken, and a limit of a second", Better, "f57_s20_a_store_that_does_not_answer_is_a_503_and_no_empty_session"),
    row("S21", "`regenerate` empties requests on their way", "they go on for two minutes", Better, "s21_a_renewal_keeps_the_requests_that_are_on_their_way"),
    row("S22", "an unknown id gets a new one", "the same", Equal, "s22_a_ticket_of_a_session_that_is_gone_begins_another_one"),
    row("S23", "a slow request brings a session back that was logged out", "it does not", Better, "f46_s23_a_slow_page_does_not_bring_back_a_session_that_was_logged_out"),
    row("S24", "`clear()` keeps whether the session is permanent", "`clear` begins another session, with the default of its type", Absent, ""),
    row("S25", "a cookie with `__Host-` survives the logout", "it does not", Better, "s25_s26_a_cookie_with_a_prefix_does_not_survive_a_logout"),
    row("S26", "`Partitioned` is never sent", "it is, where asked", Better, "f24_a_cookie_is_partitioned_when_asked"),
    row("S27", "`Vary: Cookie`, but not for each kind of use", "for each page that asks for the session", Better, "f34_f36_a_page_varies_by_the_cookie_if_it_asked_for_the_session"),
    row("S28", "a change inside a list may be lost", "it is saved", Better, "s28_a_change_inside_a_list_is_saved"),
    row("S29", "one key alone", "a ring of keys", Better, "a_page_that_only_reads_moves_the_session_to_the_new_key"),
    row("S30", "a user's sessions cannot be ended", "`sessions.end_all(&user)`", Better, "s30_all_sessions_of_a_user_end_at_once"),
    row("S31", "a page about security", "a page of the guide, and SECURITY with a test for each claim", Better, "every_test_that_a_page_names_exists"),
    row("S32", "the last release is of March 2024", "the first release is not out yet", Absent, ""),
];

fn name(verdict: Verdict) -> &'static str {
    match verdict {
        Equal => "equal",
        Better => "better",
        Absent => "absent",
    }
}

fn table() -> String {
    let count = |verdict| ROWS.iter().filter(|row| row.verdict == verdict).count();
    let (rows, better, equal, absent) = (ROWS.len(), count(Better), count(Equal), count(Absent));
    let mut table = format!(
        "Of {rows} features, {better} are better here, {equal} are equal, and {absent} are absent. A test with the number of the \
         feature holds each of the others.\n\n\
         | | Flask | here | |\n|---|---|---|---|\n"
    );
    for row in ROWS {
        let Row {
            id,
            flask,
            here,
            verdict,
            ..
        } = row;
        writeln!(table, "| {id} | {flask} | {here} | {} |", name(*verdict)).unwrap();
    }
    table
}

#[test]
fn the_guide_has_every_row() {
    page::assert_section("Feature by feature", &table());
}

#[test]
fn every_feature_has_one_row() {
    let numbered = |letter: char, most| (1..=most).map(move |n| format!("{letter}{n:02}"));
    let all = numbered('F', 62)
        .chain(numbered('I', 7))
        .chain(numbered('S', 32));
    let ids: Vec<_> = ROWS.iter().map(|row| row.id.to_owned()).collect();
    assert_eq!(ids, all.collect::<Vec<_>>());
}

#[test]
fn every_row_names_what_holds_it() {
    let root = Path::new(page::ROOT);
    let tests: BTreeSet<_> = ["tests/tests", "examples/tests"]
        .iter()
        .flat_map(|folder| page::tests_below(&root.join(folder)))
        .collect();
    for Row {
        id,
        verdict,
        held_by,
        ..
    } in ROWS
    {
        let is_held = if *verdict == Absent {
            held_by.is_empty()
        } else if held_by.starts_with("ui-tests/") {
            fs::exists(root.join(held_by)).unwrap()
        } else {
            tests.contains(*held_by)
        };
        assert!(is_held, "{id}: {held_by}");
    }
}
