//! Every option there is, as a constant whose type says what the option takes.

use syn::{Expr, LitStr, Path};

use super::list::Entry;
use super::value;
use crate::lit::duration::Duration;
use crate::lit::merging::Merging;

/// An option that takes a value, which is read as a `T`.
pub(crate) struct Opt<T> {
    pub(crate) spec: OptionSpec,
    pub(super) read: Reader<T>,
}

/// Reads the tokens behind an option's name, or returns the mistake in them.
type Reader<T> = fn(&OptionSpec, Entry) -> syn::Result<T>;

/// An option that takes no value, so neither an `=`.
pub(crate) struct Mark {
    pub(crate) spec: OptionSpec,
}

/// The name and the place of an option, and the help for its mistakes.
pub(crate) struct OptionSpec {
    pub(crate) name: &'static str,
    pub(crate) place: Place,
    /// The option as one would write it.
    pub(crate) example: &'static str,
    /// `true` if the option takes no value.
    pub(super) is_mark: bool,
    /// `true` if the option may be written several times in one place.
    pub(crate) repeats: bool,
    /// The help for an option without its value, in place of the example.
    pub(super) hint_if_bare: Option<&'static str>,
    /// The help that names what serves the same end in the other place.
    pub(super) hint_if_misplaced: Option<&'static str>,
    /// The help for a mark with a duration, if there is a way to write how long it lasts. `{D}` stands
    /// for the duration.
    pub(super) hint_if_lasting: Option<&'static str>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Field,
    Struct,
}

pub(crate) const ALIAS: Opt<LitStr> = OptionSpec::on_field("alias", "alias = \"old\"")
    .repeats()
    .takes(value::text);

pub(crate) static BROWSER: Mark = OptionSpec::on_field("browser", "browser")
    .if_lasting("write `browser, ttl = \"{D}\"`")
    .if_misplaced("a session that survives the browser being closed is marked `remember`")
    .takes_nothing();

pub(crate) const COOKIE: Opt<LitStr> =
    OptionSpec::on_struct("cookie", "cookie = \"shop\"").takes(value::text);

pub(crate) const CRATE: Opt<Path> =
    OptionSpec::on_struct("crate", "crate = ::my_facade::session").takes(value::path);

pub(crate) const DEFAULT: Opt<Expr> = OptionSpec::on_field("default", "default = 1")
    .if_bare("every field already starts as `Default::default()`")
    .takes(value::expr);

pub(crate) static FLASH: Mark = OptionSpec::on_field("flash", "flash")
    .if_lasting("write `flash, ttl = \"{D}\"`")
    .takes_nothing();

pub(crate) static IDENTITY: Mark = OptionSpec::on_field("identity", "identity")
    .if_misplaced("write `#[session(identity)]` above the field that says who is logged in")
    .takes_nothing();

pub(crate) const IDLE: Opt<Duration> = OptionSpec::on_struct("idle", "idle = \"14d\"")
    .if_misplaced("for one field use `ttl`")
    .takes(value::duration);

pub(crate) const MAX: Opt<Duration> = OptionSpec::on_struct("max", "max = \"90d\"")
    .if_misplaced("for one field use `ttl`")
    .takes(value::duration);

pub(crate) const MERGE: Opt<Merging> = OptionSpec::on_field("merge", "merge = add")
    .if_bare("`merge = add`, or `union`, `append(100)`, `max` or `min`")
    .if_misplaced("each field is merged in a way of its own")
    .takes(value::merging);

pub(crate) static REMEMBER: Mark = OptionSpec::on_struct("remember", "remember")
    .if_lasting("write `remember, idle = \"{D}\"`, or `max` for a time from the beginning on")
    .if_misplaced("a field that stays in this browser, whoever is logged in, is marked `browser`")
    .takes_nothing();

pub(crate) const REMOVED: Opt<Vec<LitStr>> = OptionSpec::on_struct("removed", "removed(\"old\")")
    .if_misplaced("remove the field, and write `removed(\"its_name\")` on the struct")
    .takes(value::texts);

pub(crate) const RENAME: Opt<LitStr> =
    OptionSpec::on_field("rename", "rename = \"wire\"").takes(value::text);

pub(crate) static STORED: Mark = OptionSpec::on_struct("stored", "stored")
    .if_misplaced("a session is kept in a store as a whole")
    .takes_nothing();

pub(crate) const TTL: Opt<Duration> = OptionSpec::on_field("ttl", "ttl = \"10m\"")
    .if_misplaced("for the whole session write `idle`, which counts from its last use on, or `max`, from its beginning on")
    .takes(value::duration);

/// Messages list the options in this order.
static ALL: [&OptionSpec; 15] = [
    &COOKIE.spec,
    &IDLE.spec,
    &MAX.spec,
    &REMEMBER.spec,
    &STORED.spec,
    &CRATE.spec,
    &REMOVED.spec,
    &DEFAULT.spec,
    &TTL.spec,
    &BROWSER.spec,
    &FLASH.spec,
    &IDENTITY.spec,
    &MERGE.spec,
    &RENAME.spec,
    &ALIAS.spec,
];

impl OptionSpec {
    const fn on_field(name: &'static str, example: &'static str) -> Self {
        Self::new(name, Place::Field, example)
    }

    const fn on_struct(name: &'static str, example: &'static str) -> Self {
        Self::new(name, Place::Struct, example)
    }

    const fn new(name: &'static str, place: Place, example: &'static str) -> Self {
        Self {
            name,
            place,
            example,
            is_mark: false,
            repeats: false,
            hint_if_bare: None,
            hint_if_misplaced: None,
            hint_if_lasting: None,
        }
    }

    const fn repeats(mut self) -> Self {
        self.repeats = true;
        self
    }

    const fn if_bare(mut self, hint: &'static str) -> Self {
        self.hint_if_bare = Some(hint);
        self
    }

    const fn if_lasting(mut self, hint: &'static str) -> Self {
        self.hint_if_lasting = Some(hint);
        self
    }

    const fn if_misplaced(mut self, hint: &'static str) -> Self {
        self.hint_if_misplaced = Some(hint);
        self
    }

    const fn takes<T>(self, read: Reader<T>) -> Opt<T> {
        Opt { spec: self, read }
    }

    const fn takes_nothing(mut self) -> Mark {
        self.is_mark = true;
        Mark { spec: self }
    }
}

impl Place {
    pub(crate) fn specs(self) -> impl Iterator<Item = &'static OptionSpec> {
        ALL.into_iter().filter(move |spec| spec.place == self)
    }

    pub(crate) fn spec(self, name: &str) -> Option<&'static OptionSpec> {
        self.specs().find(|spec| spec.name == name)
    }

    pub(crate) fn other(self) -> Self {
        match self {
            Self::Field => Self::Struct,
            Self::Struct => Self::Field,
        }
    }

    /// The name for an option of this place.
    pub(crate) fn option(self) -> &'static str {
        match self {
            Self::Field => "field option",
            Self::Struct => "session option",
        }
    }

    /// An option of this place that a newcomer may have meant.
    pub(crate) fn sample(self) -> &'static OptionSpec {
        match self {
            Self::Field => &DEFAULT.spec,
            Self::Struct => &COOKIE.spec,
        }
    }
}
