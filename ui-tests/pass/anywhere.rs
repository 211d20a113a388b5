//! A session type compiles without a warning wherever and however it is written.
#![deny(
    warnings,
    clippy::pedantic,
    missing_docs,
    unused_qualifications,
    clippy::absolute_paths
)]
#![forbid(unsafe_code)]

use session_runtime::{Identity, Session, SessionData};

/// Made by macros.
pub mod by_macro {
    use session_runtime::Session;

    macro_rules! session {
        ($name:ident, $cookie:literal, $field:ident: $ty:ty = $default:expr) => {
            /// A struct written by a macro.
            #[derive(Debug, Session)]
            #[session(cookie = $cookie)]
            pub struct $name {
                #[session(default = $default)]
                pub(crate) $field: $ty,
                other: $ty,
            }
        };
    }

    macro_rules! marked {
        ($name:ident, $mark:ident, $field:ident: $of_field:ident $($more:tt)*) => {
            /// A struct whose options are passed along.
            #[derive(Debug, Session)]
            #[session($mark)]
            pub struct $name {
                #[session($of_field $($more)*)]
                $field: u32,
            }
        };
    }

    macro_rules! whole {
        ($item:item) => {
            $item
        };
    }

    macro_rules! path {
        ($name:ident, $path:path) => {
            /// A struct whose runtime is passed along.
            #[derive(Debug, Session)]
            #[session(crate = $path)]
            pub struct $name {
                visits: u32,
            }
        };
    }

    macro_rules! fixed {
        ($name:ident) => {
            /// A struct whose runtime is named by the macro.
            #[derive(Debug, Session)]
            #[session(crate = ::session_runtime)]
            pub struct $name {
                visits: u32,
            }
        };
    }

    fixed!(Fixed);
    marked!(Marked, remember, visits: browser, ttl = "400d");
    session!(Made, "made", visits: u64 = 40 + 2);
    path!(Passed, ::session_runtime);
    whole! {
        /// A struct passed through a macro.
        #[derive(Debug, Session)]
        pub struct Whole {
            visits: u32,
        }
    }
}

/// With every option.
#[derive(Debug, Session)]
#[session(cookie = "every", idle = "1d", max = "400d", remember)]
#[session(crate = ::session_runtime, removed("old"))]
pub struct Every {
    #[session(identity, rename = "uid", alias = "user_id")]
    user: Identity<u64>,
    #[session(browser, ttl = "400d", default = 1)]
    theme: u8,
    #[session(flash)]
    #[session(ttl = "1m")]
    notice: Option<String>,
    #[session(ttl = "10m")]
    code: u32,
}

/// Fields with the names of keywords.
#[derive(Debug, Session)]
pub struct Raw {
    r#type: String,
    r#fn: u8,
}

/// Fields that come and go with the configuration.
#[derive(Debug, Session)]
pub struct Configured {
    #[cfg(any())]
    never: DoesNotExist,
    #[cfg(not(any()))]
    #[session(default = 7)]
    always: u32,
}

/// Lints that are silenced here stay silent in generated code.
#[allow(unused_qualifications, clippy::absolute_paths)]
#[derive(Debug, Session)]
pub struct Qualified {
    name: std::string::String,
    #[session(default = std::string::String::from("x"))]
    other: std::string::String,
}

/// On its way out.
#[deprecated = "use `Raw`"]
#[derive(Debug, Session)]
pub struct Old {
    visits: u32,
}

/// With a field on its way out.
#[derive(Debug, Session)]
pub struct WithOldField {
    #[deprecated = "count yourself"]
    visits: u32,
}

#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
struct Private {
    inner: u8,
}

/// Public, with a field of a private type.
#[derive(Debug, Session)]
pub struct Public {
    private: Private,
    many: Vec<Private>,
}

mod nested {
    pub(super) mod deeper {
        #[derive(Debug, session_runtime::Session)]
        pub(in crate::nested) struct Restricted {
            pub(in crate::nested) visits: u32,
        }

        #[derive(session_runtime::Session)]
        pub(crate) struct InCrate {
            pub(super) visits: u32,
        }
    }

    pub(crate) fn visits() -> u32 {
        let restricted = deeper::Restricted::default();
        let in_crate = deeper::InCrate::default();
        restricted.visits + in_crate.visits
    }
}

/// Fields with names that generated code might have used.
#[derive(Debug, Session)]
pub struct Names {
    self_: u8,
    cookie: u8,
    key: u8,
    default: u8,
    value: u8,
    slot: u8,
    state: u8,
    data: u8,
    fields: u8,
    get: u8,
    of: u8,
    ttl: u8,
    browser: u8,
    session: u8,
    id: u8,
    #[session(flash)]
    flash: u8,
    #[session(identity)]
    identity: Identity<u8>,
}

#[allow(deprecated)]
fn old() -> u32 {
    Old::default().visits + WithOldField::default().visits
}

fn main() {
    #[derive(Debug, Session)]
    struct Local {
        #[session(default = Self::START)]
        visits: u32,
    }

    impl Local {
        const START: u32 = 3;
    }

    assert_eq!(Local::default().visits, 3);
    assert_eq!(Local::COOKIE, "local");
    assert_eq!(by_macro::Made::COOKIE, "made");
    assert_eq!(by_macro::Made::default().visits, 42);
    assert_eq!(by_macro::Whole::COOKIE, "whole");
    assert_eq!(by_macro::Passed::SCHEMA.fields.len(), 1);
    assert_eq!(by_macro::Fixed::SCHEMA.fields.len(), 1);
    assert_eq!(Qualified::default().other, "x");
    assert_eq!(Raw::SCHEMA.fields.len(), 2);
    assert_eq!(Raw::default().r#type, "");
    assert_eq!(Configured::SCHEMA.fields.len(), 1);
    assert_eq!(Configured::default().always, 7);
    assert_eq!(Public::SCHEMA.fields.len(), 2);
    assert_eq!(Names::SCHEMA.fields.len(), 17);
    assert_eq!(Every::SCHEMA.fields.len(), 4);
    assert_eq!(Every::default().theme, 1);
    assert_eq!(
        [
            Every::SCHEMA.remember,
            by_macro::Marked::SCHEMA.remember,
            Names::SCHEMA.remember
        ],
        [true, true, false]
    );
    assert_eq!(old() + nested::visits(), 0);
}
