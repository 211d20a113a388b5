//! Every option there is, as data: a new option is a new row.

/// One option: where it stands and what it takes.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) place: Place,
    pub(crate) takes: Takes,
    /// The option as one would write it.
    pub(crate) example: &'static str,
    /// What an option without its value is told.
    pub(crate) missing: &'static str,
    /// Whether it may be written several times in one place.
    pub(crate) repeats: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Field,
    Struct,
}

/// The kind of value behind the `=`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    Expr,
    Path,
    Text,
    /// A list of strings in parentheses, behind no `=`.
    Texts,
}

pub(crate) const ALIAS: Row = Row {
    name: "alias",
    place: Place::Field,
    takes: Takes::Text,
    example: "alias = \"old\"",
    missing: "`alias = \"old\"`",
    repeats: true,
};

pub(crate) const COOKIE: Row = Row {
    name: "cookie",
    place: Place::Struct,
    takes: Takes::Text,
    example: "cookie = \"shop\"",
    missing: "`cookie = \"shop\"`",
    repeats: false,
};

pub(crate) const CRATE: Row = Row {
    name: "crate",
    place: Place::Struct,
    takes: Takes::Path,
    example: "crate = ::my_facade::session",
    missing: "`crate = ::my_facade::session`",
    repeats: false,
};

pub(crate) const DEFAULT: Row = Row {
    name: "default",
    place: Place::Field,
    takes: Takes::Expr,
    example: "default = 1",
    missing: "every field already starts as `Default::default()`",
    repeats: false,
};

pub(crate) const REMOVED: Row = Row {
    name: "removed",
    place: Place::Struct,
    takes: Takes::Texts,
    example: "removed(\"old\")",
    missing: "`removed(\"old\")`",
    repeats: false,
};

pub(crate) const RENAME: Row = Row {
    name: "rename",
    place: Place::Field,
    takes: Takes::Text,
    example: "rename = \"wire\"",
    missing: "`rename = \"wire\"`",
    repeats: false,
};

static ROWS: [&Row; 6] = [&COOKIE, &CRATE, &REMOVED, &DEFAULT, &RENAME, &ALIAS];

/// What other session libraries set beside the session, and ours on the layer or not at all.
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

    /// What an option of this place is called.
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
}

pub(crate) fn on_the_layer(name: &str) -> Option<&'static str> {
    (ON_THE_LAYER.iter())
        .find(|(option, _)| *option == name)
        .map(|(_, message)| *message)
}
