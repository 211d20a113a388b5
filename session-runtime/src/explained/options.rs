//! The options of `#[session(…)]` as constants. Editors complete them inside the attribute and show their texts, and
//! nothing else uses them. A type says what its options take.

#![allow(
    non_upper_case_globals,
    reason = "these are the words inside an attribute"
)]

/// An option that takes a duration in a string, such as `"30m"`.
#[derive(Debug)]
#[non_exhaustive]
pub struct Duration;

/// An option that takes an expression.
#[derive(Debug)]
#[non_exhaustive]
pub struct Expression;

/// An option that takes no value.
#[derive(Debug)]
#[non_exhaustive]
pub struct Mark;

/// An option that takes a list of strings in parentheses.
#[derive(Debug)]
#[non_exhaustive]
pub struct Texts;

/// An option that takes a string.
#[derive(Debug)]
#[non_exhaustive]
pub struct Text;

/// An option that takes a way to merge.
#[derive(Debug)]
#[non_exhaustive]
pub struct Merging;

/// Options of the struct.
pub mod on_struct {
    use super::{Duration, Mark, Text, Texts};

    /// The name of the cookie: `cookie = "shop"`.
    ///
    /// Without it, `ShopSession` becomes `shop-session`. The layer adds its prefix.
    pub const cookie: Text = Text;

    /// The time that the session lasts from its last use on: `idle = "14d"`.
    ///
    /// Without it, the smaller of 14 days and `max`.
    pub const idle: Duration = Duration;

    /// The time that the session lasts from its beginning on, however much it is used: `max = "90d"`.
    ///
    /// Without it, 90 days.
    pub const max: Duration = Duration;

    /// A new session survives closing the browser, for as long as `idle` and `max` allow.
    pub const remember: Mark = Mark;

    /// The fields are kept in a store on the server: `SessionLayer::<Shop>::stored(keys, store)`.
    pub const stored: Mark = Mark;

    /// The names of fields that the struct once had: `removed("coupon", "referrer")`.
    pub const removed: Texts = Texts;

    #[doc(hidden)]
    pub const __end: () = ();
}

/// Options of a field.
pub mod on_field {
    use super::{Duration, Expression, Mark, Merging, Text};

    /// The value that the field starts with: `default = 1`.
    pub const default: Expression = Expression;

    /// The time that a value of the field lasts from its last change on: `ttl = "10m"`.
    ///
    /// Then the field is back at its default.
    pub const ttl: Duration = Duration;

    /// The field stays in this browser, whoever is logged in: a theme, not a role.
    pub const browser: Mark = Mark;

    /// The field is shown once: read it with `session.notice.take()`.
    pub const flash: Mark = Mark;

    /// The field says who is logged in. Its type is `Identity<UserId>`.
    pub const identity: Mark = Mark;

    /// The way in which changes by several requests at once are merged: `merge = add`, or `union`, `append(100)`, `max`
    /// or `min`.
    ///
    /// The session is `stored`.
    pub const merge: Merging = Merging;

    /// The name that the field is stored under: `rename = "wire"`.
    pub const rename: Text = Text;

    /// Another name that the field is read under, for values of an earlier release: `alias = "old"`.
    pub const alias: Text = Text;

    #[doc(hidden)]
    pub const __end: () = ();
}
