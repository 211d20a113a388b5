//! Every option there is, as data: a new option is a new row.

/// One option: where it stands and what it takes.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) place: Place,
    pub(crate) takes: Takes,
    /// The option as one would write it.
    pub(crate) example: &'static str,
    /// The help for an option without its value, in place of the example.
    pub(crate) missing: Option<&'static str>,
    /// `true` if the option may be written several times in one place.
    pub(crate) repeats: bool,
    /// The help that names what serves the same end in the other place.
    pub(crate) elsewhere: Option<&'static str>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Field,
    Struct,
}

/// The kind of tokens that stand behind an option's name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    /// Nothing, so neither an `=`.
    Nothing {
        /// The way to write how long it lasts, if there is one. `{D}` stands for the duration.
        lasting: Option<&'static str>,
    },
    /// `=` and a value.
    One(Kind),
    /// A list of strings in parentheses, behind no `=`.
    Texts,
}

/// The kind of value behind the `=`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Duration,
    Expr,
    Path,
    Text,
}

pub(crate) const ALIAS: Row = Row {
    name: "alias",
    place: Place::Field,
    takes: Takes::One(Kind::Text),
    example: "alias = \"old\"",
    missing: None,
    repeats: true,
    elsewhere: None,
};

pub(crate) const BROWSER: Row = Row {
    name: "browser",
    place: Place::Field,
    takes: Takes::Nothing {
        lasting: Some("write `browser, ttl = \"{D}\"`"),
    },
    example: "browser",
    missing: None,
    repeats: false,
    elsewhere: Some("a session that survives the browser being closed is marked `remember`"),
};

pub(crate) const COOKIE: Row = Row {
    name: "cookie",
    place: Place::Struct,
    takes: Takes::One(Kind::Text),
    example: "cookie = \"shop\"",
    missing: None,
    repeats: false,
    elsewhere: None,
};

pub(crate) const CRATE: Row = Row {
    name: "crate",
    place: Place::Struct,
    takes: Takes::One(Kind::Path),
    example: "crate = ::my_facade::session",
    missing: None,
    repeats: false,
    elsewhere: None,
};

pub(crate) const DEFAULT: Row = Row {
    name: "default",
    place: Place::Field,
    takes: Takes::One(Kind::Expr),
    example: "default = 1",
    missing: Some("every field already starts as `Default::default()`"),
    repeats: false,
    elsewhere: None,
};

pub(crate) const FLASH: Row = Row {
    name: "flash",
    place: Place::Field,
    takes: Takes::Nothing {
        lasting: Some("write `flash, ttl = \"{D}\"`"),
    },
    example: "flash",
    missing: None,
    repeats: false,
    elsewhere: None,
};

pub(crate) const IDENTITY: Row = Row {
    name: "identity",
    place: Place::Field,
    takes: Takes::Nothing { lasting: None },
    example: "identity",
    missing: None,
    repeats: false,
    elsewhere: None,
};

pub(crate) const IDLE: Row = Row {
    name: "idle",
    place: Place::Struct,
    takes: Takes::One(Kind::Duration),
    example: "idle = \"14d\"",
    missing: None,
    repeats: false,
    elsewhere: Some("for one field use `ttl`"),
};

pub(crate) const MAX: Row = Row {
    name: "max",
    place: Place::Struct,
    takes: Takes::One(Kind::Duration),
    example: "max = \"90d\"",
    missing: None,
    repeats: false,
    elsewhere: Some("for one field use `ttl`"),
};

pub(crate) const REMEMBER: Row = Row {
    name: "remember",
    place: Place::Struct,
    takes: Takes::Nothing {
        lasting: Some("for how long is set with `idle` and `max`"),
    },
    example: "remember",
    missing: None,
    repeats: false,
    elsewhere: Some(
        "a field that stays in this browser, whoever is logged in, is marked `browser`",
    ),
};

pub(crate) const REMOVED: Row = Row {
    name: "removed",
    place: Place::Struct,
    takes: Takes::Texts,
    example: "removed(\"old\")",
    missing: None,
    repeats: false,
    elsewhere: None,
};

pub(crate) const RENAME: Row = Row {
    name: "rename",
    place: Place::Field,
    takes: Takes::One(Kind::Text),
    example: "rename = \"wire\"",
    missing: None,
    repeats: false,
    elsewhere: None,
};

pub(crate) const TTL: Row = Row {
    name: "ttl",
    place: Place::Field,
    takes: Takes::One(Kind::Duration),
    example: "ttl = \"10m\"",
    missing: None,
    repeats: false,
    elsewhere: Some("for the whole session use `idle` or `max`"),
};

static ROWS: [&Row; 13] = [
    &COOKIE, &IDLE, &MAX, &REMEMBER, &CRATE, &REMOVED, &DEFAULT, &TTL, &BROWSER, &FLASH, &IDENTITY,
    &RENAME, &ALIAS,
];

/// Other words for a lifetime.
static LIFETIMES: [&str; 5] = ["absolute", "expires", "lifetime", "max_age", "timeout"];

/// Other words for `browser` on a field and for `remember` on a struct.
static REMEMBERED: [&str; 4] = ["keep", "permanent", "persist", "persistent"];

/// Options that other session libraries set beside the session. Ours sets them on the layer or not at all.
/// `{S}` stands for the session type.
static ON_THE_LAYER: [(&str, &str); 6] = [
    (
        "domain",
        "`domain` is set on the layer: `SessionLayer::<{S}>::new(keys).domain(…)`",
    ),
    ("http_only", "session cookies are always `HttpOnly`"),
    (
        "partitioned",
        "`partitioned` is set on the layer: `SessionLayer::<{S}>::new(keys).partitioned()`",
    ),
    (
        "path",
        "`path` is set on the layer: `SessionLayer::<{S}>::new(keys).path(…)`",
    ),
    (
        "same_site",
        "`same_site` is set on the layer: `SessionLayer::<{S}>::new(keys).same_site(…)`",
    ),
    (
        "secure",
        "session cookies are `Secure`\nhelp: for plain http use `.insecure_http()` on the layer",
    ),
];

impl Place {
    pub(crate) fn rows(self) -> impl Iterator<Item = &'static Row> {
        ROWS.into_iter().filter(move |row| row.place == self)
    }

    pub(crate) fn row(self, name: &str) -> Option<&'static Row> {
        self.rows().find(|row| row.name == name)
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
    pub(crate) fn sample(self) -> &'static str {
        match self {
            Self::Field => DEFAULT.name,
            Self::Struct => COOKIE.name,
        }
    }

    /// The way to set a lifetime in this place, if `name` is a word for one.
    pub(crate) fn lifetime(self, name: &str) -> Option<&'static str> {
        LIFETIMES.contains(&name).then_some(match self {
            Self::Field => "a field's lifetime is set with `ttl`",
            Self::Struct => "a session's lifetime is set with `idle` and `max`",
        })
    }

    /// The way to outlive the closing of the browser in this place, if `name` is a word for that.
    pub(crate) fn remembered(self, name: &str) -> Option<&'static str> {
        REMEMBERED.contains(&name).then_some(match self {
            Self::Field => "a field that stays in the browser is marked `browser`",
            Self::Struct => "a session that survives the browser being closed is marked `remember`",
        })
    }
}

pub(crate) fn on_the_layer(name: &str) -> Option<&'static str> {
    (ON_THE_LAYER.iter())
        .find(|(option, _)| *option == name)
        .map(|(_, message)| *message)
}
