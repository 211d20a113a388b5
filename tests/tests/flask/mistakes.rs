//! Mistakes that other libraries made, each with the test that would find it here.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use super::page;

/// The mistake, who made it, and the test. Where there is none, the last words say why it cannot happen.
#[rustfmt::skip]
const MISTAKES: &[(&str, &str, &str)] = &[
    ("the nonce is not authenticated", "Ktor, Kitura", "every_bit_and_every_character_of_a_short_a_usual_and_a_full_token_counts"),
    ("the oldest key seals", "Flask 3.1.0", "the_first_key_seals_and_each_is_found"),
    ("rotation forgets what a cookie is bound to", "Dream", "a_page_that_only_reads_moves_the_session_to_the_new_key"),
    ("cookies without a purpose are accepted for ever", "Rails", "f07_a_cookie_is_no_session_under_another_name"),
    ("a cookie is deleted with other attributes than it was set with", "Flask-Session, flask-login", "a_removal_mirrors_every_attribute_of_the_cookie"),
    ("ciphertexts are compared to see a change", "rack-session 3", "f33_a_value_that_is_set_to_itself_sets_no_cookie"),
    ("reading counts as writing", "Rails, Laravel, Ktor", "f29_an_untouched_session_sets_no_cookie_on_each_response"),
    ("changes are not noticed unless one asks for it", "Ktor", "f32_a_change_inside_a_list_is_saved"),
    ("the size is checked without the name, or after the fact", "Rails, Flask", "the_sum_is_limited_to_the_byte"),
    ("cookies in pieces: stale pieces, a number that the client gives", "express-openid-connect, ASP.NET", "a session is one cookie, and is never cut into pieces"),
    ("a cookie that does not open is a 500", "Kitura, Spring", "f05_a_cookie_with_one_character_changed_is_no_session"),
    ("what did not open is in the log", "Ktor", "the_log_says_that_a_row_cannot_be_read_and_has_nothing_of_it"),
    ("an unsafe format is tried where the safe one fails", "Flask-Session, Rails", "s15_s16_a_value_that_does_not_open_is_not_read_in_another_way"),
    ("another id empties the requests on their way", "Flask-Session, scs", "s21_a_renewal_keeps_the_requests_that_are_on_their_way"),
    ("a save brings a session back that was ended", "Flask-Session, old Django, connect-redis, better-auth", "f46_s23_a_slow_page_does_not_bring_back_a_session_that_was_logged_out"),
    ("each failure is an empty session, without a word", "almost all", "f39_a_cookie_that_does_not_open_leaves_a_line_in_the_log"),
    ("the first of two cookies of one name wins, or both are dropped", "Flask, Yesod", "f40_garbage_under_the_same_name_does_not_hide_the_session"),
    ("a key is made up where none is given", "many applications", "without_keys_one_line_says_that_the_key_is_ephemeral"),
    ("a clock a second ahead logs users out", "itsdangerous", "f28_a_server_whose_clock_is_a_minute_behind_takes_the_session"),
    ("a save must be called", "gorilla, iron-session, Kitura", "f03_a_visit_counter_is_one_line_and_shows_1_to_6"),
    ("the session is saved when the body ends, after the cookies are gone", "express-openid-connect", "a_change_after_the_response_is_not_saved_and_the_log_names_the_field"),
    ("a picture takes the notice of the page", "Laravel, Flask", "a_flash_is_shown_once"),
    ("insecure defaults, for the sake of localhost", "Flask, scs, Play, Ktor", "on_a_loopback_address_plain_http_has_a_cookie_that_every_browser_takes"),
    ("a password is a key", "Plug, fastify, lua-resty-session", "i03_nothing_but_random_bytes_is_a_key"),
    ("one lifetime means two things", "Flask, fastify", "f27_f30_a_session_ends_at_the_server_after_its_last_use"),
    ("the documentation has other names than the code", "Flask-Session", "every program of the guide is compiled as a test"),
    ("a list of keys passes with one good key in it", "fastify", "f15_a_key_that_is_revoked_opens_nothing"),
    ("a refresh brings a session back after the logout", "nextjs-auth0, Kibana", "a_response_that_fails_neither_changes_nor_refreshes_it"),
    ("a cookie of one type is read as another type", "several", "i02_two_sessions_of_one_cookie_under_one_key_are_refused"),
    ("a value that cannot be written is lost without an error", "several", "a_value_that_cannot_be_serialized_is_a_500_and_the_log_names_the_field"),
    ("a new field empties the cookies of before", "several", "an_unreadable_value_is_the_default_for_the_reader_and_survives_it"),
    ("a cookie that has expired is taken when it is sent by hand", "several", "f46_a_copy_of_a_cookie_ends_when_its_time_is_over"),
    ("requests that change different fields undo each other", "every store that writes whole sessions", "parallel_requests_that_change_different_fields_both_win"),
    ("a login under way escapes \"log out everywhere\"", "stores with an index by hand", "a_login_in_flight_does_not_escape_end_all"),
    ("a store that waits for ever makes every page wait", "sqlx, fred and tokio-postgres as they come", "a_store_that_waits_has_a_limit"),
    ("a corrupt row is a 500 for ever", "scs", "a_user_who_does_not_open_leaves_no_session_to_a_stranger_and_can_log_in_again"),
    ("a store that is down is an anonymous visitor", "express-session, ASP.NET, Auth.js", "f57_s20_a_store_that_does_not_answer_is_a_503_and_no_empty_session"),
    ("a visitor who is read only gets a row", "axum_session", "s18_a_page_that_only_reads_writes_nothing_to_the_store"),
    ("a planted id is a user's after the login", "PHP without `session_regenerate_id`", "f47_s21_a_ticket_of_before_a_login_is_not_the_users"),
];

fn table() -> String {
    let mut table = "| mistake | seen in | held by |\n|---|---|---|\n".to_owned();
    for (mistake, seen_in, held_by) in MISTAKES {
        let held_by = if is_test(held_by) {
            format!("`{held_by}`")
        } else {
            (*held_by).to_owned()
        };
        writeln!(table, "| {mistake} | {seen_in} | {held_by} |").unwrap();
    }
    table
}

fn is_test(held_by: &str) -> bool {
    !held_by.contains(' ')
}

#[test]
fn the_guide_has_every_mistake() {
    page::assert_section("Mistakes that others made", &table());
}

#[test]
fn every_mistake_names_a_test() {
    let root = Path::new(page::ROOT);
    let folders = [
        "tests/tests",
        "examples/tests",
        "store-tests/tests",
        "session-runtime/src",
    ];
    let tests: BTreeSet<_> = folders
        .iter()
        .flat_map(|folder| page::tests_below(&root.join(folder)))
        .collect();
    for (mistake, _, held_by) in MISTAKES {
        assert!(
            !is_test(held_by) || tests.contains(*held_by),
            "{mistake}: {held_by}"
        );
    }
}
