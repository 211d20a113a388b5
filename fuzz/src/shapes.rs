//! A session with a field of every shape that serde knows.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use session_runtime::test_kit::identity;
use session_runtime::{Identity, Session};

/// Whatever a session may hold.
#[derive(Session)]
#[session(cookie = "shop", remember, removed("gone"))]
pub struct Shapes {
    #[session(identity)]
    user: Identity<User>,
    #[session(browser, ttl = "30d")]
    theme: External,
    #[session(flash)]
    notice: Option<String>,
    flag: bool,
    small: i8,
    #[session(rename = "wire", alias = "old")]
    large: u64,
    huge: u128,
    real: f64,
    letter: char,
    text: String,
    borrowed: Cow<'static, str>,
    bytes: Bytes,
    nested: Option<Option<Box<Tree>>>,
    tuple: (u8, String, [u16; 3]),
    names: BTreeMap<String, u32>,
    numbers: BTreeMap<u32, BTreeSet<i16>>,
    address: Option<IpAddr>,
    external: External,
    internal: Internal,
    adjacent: Adjacent,
    untagged: Vec<Untagged>,
    flat: Flat,
    unit: Unit,
    newtype: Newtype,
}

/// A user.
#[derive(Clone, Serialize, Deserialize)]
pub struct User(u64);

/// A recursive type.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Tree {
    value: i32,
    children: Vec<Tree>,
}

/// A type that asks for bytes.
#[derive(Clone, Default)]
pub struct Bytes(Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Bytes;
            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("bytes")
            }
            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.to_vec()))
            }
        }
        deserializer.deserialize_bytes(Visitor)
    }
}

#[derive(Clone, Default, Serialize, Deserialize)]
pub enum External {
    #[default]
    Unit,
    Newtype(u32),
    Tuple(i64, String),
    Struct {
        a: bool,
        b: Option<f32>,
    },
    Deeper(Box<External>),
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum Internal {
    Empty,
    Full { address: IpAddr, bytes: Vec<u8> },
}

impl Default for Internal {
    fn default() -> Self {
        Self::Empty
    }
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "t", content = "c")]
pub enum Adjacent {
    Empty,
    Pair(u8, char),
    Named { inner: Box<Adjacent> },
}

impl Default for Adjacent {
    fn default() -> Self {
        Self::Empty
    }
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Untagged {
    Number(i64),
    Text(String),
    List(Vec<Untagged>),
    Map(BTreeMap<String, Untagged>),
}

#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Flat {
    own: u8,
    #[serde(flatten)]
    tree: Tree,
    #[serde(flatten)]
    rest: BTreeMap<String, Untagged>,
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Unit;

#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Newtype(Vec<(u8, i8)>);

impl Shapes {
    /// Reads every field, and writes one of each part.
    pub fn touch(session: &mut Session<Self>) -> usize {
        let text = session.text.len() + session.names.len() + session.theme_number();
        session.small = session.small.wrapping_add(1);
        session.theme = External::Newtype(1);
        session.notice = Some("touched".to_owned());
        text
    }

    fn theme_number(&self) -> usize {
        usize::from(matches!(self.theme, External::Newtype(1)))
    }

    /// Sessions that between them use every variant.
    pub fn samples() -> Vec<Self> {
        let empty = Self::default();
        let tree = Tree {
            value: -5,
            children: vec![Tree::default(), Tree::default()],
        };
        let full = Self {
            user: identity(User(7)),
            theme: External::Newtype(3),
            notice: Some("shown once".to_owned()),
            flag: true,
            small: -3,
            large: u64::MAX,
            huge: u128::MAX,
            real: 0.1,
            letter: 'ß',
            text: "text".to_owned(),
            borrowed: Cow::Borrowed("borrowed"),
            bytes: Bytes(vec![0, 255]),
            nested: Some(Some(Box::new(tree.clone()))),
            tuple: (1, "two".to_owned(), [3, 4, 5]),
            names: [("a".to_owned(), 1)].into(),
            numbers: [(7, [-1, 1].into())].into(),
            address: "::1".parse().ok(),
            external: External::Struct {
                a: true,
                b: Some(0.5),
            },
            internal: Internal::Full {
                address: IpAddr::from([127, 0, 0, 1]),
                bytes: vec![1, 2],
            },
            adjacent: Adjacent::Named {
                inner: Box::new(Adjacent::Pair(1, 'x')),
            },
            untagged: vec![
                Untagged::Number(1),
                Untagged::Text("t".to_owned()),
                Untagged::List(vec![Untagged::Number(-1)]),
                Untagged::Map([("k".to_owned(), Untagged::Number(0))].into()),
            ],
            flat: Flat {
                own: 1,
                tree,
                rest: [("extra".to_owned(), Untagged::Number(2))].into(),
            },
            unit: Unit,
            newtype: Newtype(vec![(1, -1)]),
        };
        let external = [
            External::Newtype(9),
            External::Tuple(-9, "nine".to_owned()),
            External::Deeper(Box::new(External::Unit)),
        ];
        let others = external.map(|external| Self {
            external,
            ..Self::default()
        });
        [empty, full].into_iter().chain(others).collect()
    }
}
