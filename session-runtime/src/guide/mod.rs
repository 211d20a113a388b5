//! The guide, in the order in which it is meant to be read.
//!
//! 1. [Start here](start_here): a counter, a cart and a login, in ten minutes.
//! 2. [Lifetimes](lifetimes): how long a session and its fields live.
//! 3. [Logging in and out](logging_in): the two calls, routes for users, a second factor.
//! 4. [Flash and browser fields](flash_and_browser): messages for the next page, and what a browser keeps.
//! 5. [Cookie or store?](cookie_or_store): sessions that are kept on the server.
//! 6. [Running a store](running_a_store): outages, sweeping, backups, what to watch.
//! 7. [Sizing a store](sizing): the memory, the disk and the CPU that sessions take.
//! 8. [Ending sessions](ending_sessions): where a user is logged in, and logging out other devices.
//! 9. [Middleware and extractors](middleware): several guards in one request, and the order of layers.
//! 10. [Testing](testing): sessions in the tests of an application.
//! 11. [Changing your struct](changing_your_struct): the next release, without logging users out.
//! 12. [Keys and operation](keys): rotation, leaks, load balancers.
//! 13. [When it does not work](when_it_does_not_work): what you see, why, and what to do.
//! 14. [Events](events): every line in the log.
//! 15. [Security in plain words](security): what a cookie cannot do, and what is left to you.
//! 16. [Performance](performance): what a session costs a request, and how that was measured.
//! 17. [Coming from another library](from_another_library): what you wrote there, and what you write here.
//! 18. [Flask, feature by feature](flask): what a real Flask answers, and what is here.
//! 19. [Recipes](recipes): programs for what applications do with sessions.
//! 20. [Without axum](other_frameworks): the layer around services of hyper and tower.
//! 21. [What the compiler says](what_the_compiler_says): every message, with the mistake that provokes it.
//!
//! [`#[derive(Session)]`](macro@crate::Session) is the reference of every option.

#[doc = include_str!("start_here.md")]
pub mod start_here {}

/// # How long a session and its fields live
///
#[doc = include_str!("lifetimes.svg")]
///
#[doc = include_str!("lifetimes.md")]
pub mod lifetimes {}

#[doc = include_str!("logging_in.md")]
pub mod logging_in {}

#[doc = include_str!("flash_and_browser.md")]
pub mod flash_and_browser {}

// The page shows a store, which only the feature has.
#[cfg_attr(feature = "stored", doc = include_str!("cookie_or_store.md"))]
#[cfg_attr(
    not(feature = "stored"),
    doc = "This page is in the documentation that is built with the feature `stored`."
)]
pub mod cookie_or_store {}

// As above.
#[cfg_attr(feature = "stored", doc = include_str!("running_a_store.md"))]
#[cfg_attr(
    not(feature = "stored"),
    doc = "This page is in the documentation that is built with the feature `stored`."
)]
pub mod running_a_store {}

#[doc = include_str!("sizing.md")]
pub mod sizing {}

// As for `running_a_store`.
#[cfg_attr(feature = "stored", doc = include_str!("ending_sessions.md"))]
#[cfg_attr(
    not(feature = "stored"),
    doc = "This page is in the documentation that is built with the feature `stored`."
)]
pub mod ending_sessions {}

#[doc = include_str!("middleware.md")]
pub mod middleware {}

// The page shows the test kit, which only the feature has.
#[cfg_attr(feature = "test-kit", doc = include_str!("testing.md"))]
#[cfg_attr(
    not(feature = "test-kit"),
    doc = "This page is in the documentation that is built with the feature `test-kit`."
)]
pub mod testing {}

#[doc = include_str!("changing_your_struct.md")]
pub mod changing_your_struct {}

#[doc = include_str!("keys.md")]
pub mod keys {}

#[doc = include_str!("when_it_does_not_work.md")]
pub mod when_it_does_not_work {}

#[doc = include_str!("events.md")]
pub mod events {}

#[doc = include_str!("security.md")]
pub mod security {}

#[doc = include_str!("performance.md")]
pub mod performance {}

#[doc(alias = "get")]
#[doc(alias = "get_value")]
#[doc(alias = "fetch")]
#[doc(alias = "insert")]
#[doc(alias = "set")]
#[doc(alias = "put")]
#[doc(alias = "contains")]
#[doc(alias = "has")]
#[doc(alias = "remove")]
#[doc(alias = "pop")]
#[doc(alias = "unset")]
#[doc(alias = "forget")]
#[doc(alias = "modified")]
#[doc(alias = "delete")]
#[doc(alias = "invalidate")]
#[doc(alias = "purge")]
#[doc(alias = "abandon")]
#[doc(alias = "flash")]
#[doc(alias = "TempData")]
#[doc(alias = "increment")]
#[doc(alias = "id")]
#[doc(alias = "sid")]
#[doc(alias = "is_new")]
#[doc(alias = "login_user")]
#[doc(alias = "logout_user")]
#[doc(alias = "reset_session")]
#[doc(alias = "regenerate")]
#[doc(alias = "session_regenerate_id")]
#[doc(alias = "current_user")]
#[doc(alias = "login_required")]
#[doc(alias = "permanent")]
#[doc(alias = "SECRET_KEY")]
#[doc(alias = "with_name")]
#[doc(alias = "with_expiry")]
#[doc(alias = "with_secure")]
#[doc(alias = "with_same_site")]
#[doc(alias = "with_private")]
#[doc(alias = "max_age")]
#[doc(alias = "Handler")]
#[doc(alias = "debug_handler")]
#[doc(alias = "flask")]
#[doc(alias = "django")]
#[doc(alias = "rails")]
#[doc(alias = "laravel")]
#[doc(alias = "express")]
#[doc(alias = "tower-sessions")]
#[doc(alias = "PrivateCookieJar")]
#[doc(alias = "cookie-session")]
#[doc(alias = "session_transaction")]
#[doc(alias = "axum-login")]
#[doc(alias = "actix-session")]
#[doc = include_str!("from_another_library.md")]
pub mod from_another_library {}

#[doc(alias = "Flask-Session")]
#[doc(alias = "itsdangerous")]
#[doc = include_str!("flask.md")]
pub mod flask {}

#[doc(alias = "cookbook")]
#[doc(alias = "OAuth")]
#[doc(alias = "csrf")]
#[doc(alias = "htmx")]
#[doc(alias = "websocket")]
#[doc = include_str!("recipes.md")]
pub mod recipes {}

#[doc(alias = "hyper")]
#[doc(alias = "actix-web")]
#[doc(alias = "tower")]
#[doc = include_str!("other_frameworks.md")]
pub mod other_frameworks {}

#[doc = include_str!("what_the_compiler_says.md")]
pub mod what_the_compiler_says {}
