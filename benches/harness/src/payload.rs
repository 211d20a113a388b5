//! The sessions that are measured.

use std::fmt::Debug;

use serde::{Deserialize, Serialize};

/// The data of a session, for candidates that keep any type that serde writes and reads.
pub trait Payload:
    Clone + Debug + Default + Serialize + for<'a> Deserialize<'a> + Send + Sync + 'static
{
    /// The data of a new session.
    fn begin(size: usize) -> Self;

    fn visits(&self) -> u32;

    /// The change of a request that writes.
    fn visit(&mut self);

    /// Everything in the session, so that candidates can be compared.
    fn digest(&self) -> String {
        format!("{self:?}")
    }
}

/// A counter alone.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Small {
    pub visits: u32,
}

impl Payload for Small {
    fn begin(_: usize) -> Self {
        Self { visits: 1 }
    }

    fn visits(&self) -> u32 {
        self.visits
    }

    fn visit(&mut self) {
        self.visits += 1;
    }
}

/// What a shop keeps of a user.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Standard {
    pub user: Option<u64>,
    pub visits: u32,
    pub theme: Theme,
    pub csrf: [u8; 16],
    pub cart: Vec<Line>,
    pub name: String,
    pub logged_in_at: u64,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub enum Theme {
    #[default]
    System,
    Dark,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Line {
    pub sku: u32,
    pub qty: u16,
}

impl Payload for Standard {
    fn begin(_: usize) -> Self {
        Self {
            user: Some(815_162),
            visits: 1,
            theme: Theme::Dark,
            csrf: [0xa5; 16],
            cart: cart([100_001, 200_002, 300_003]),
            name: "Alice Liddell".to_owned(),
            logged_in_at: 1_800_000_000,
        }
    }

    fn visits(&self) -> u32 {
        self.visits
    }

    fn visit(&mut self) {
        self.visits += 1;
    }
}

fn cart(skus: impl IntoIterator<Item = u32>) -> Vec<Line> {
    let skus = skus.into_iter();
    skus.map(|sku| Line { sku, qty: 2 }).collect()
}

/// [`Standard`] with a full cart and a note.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Large {
    pub user: Option<u64>,
    pub visits: u32,
    pub theme: Theme,
    pub csrf: [u8; 16],
    pub cart: Vec<Line>,
    pub name: String,
    pub logged_in_at: u64,
    pub note: String,
}

impl Payload for Large {
    fn begin(_: usize) -> Self {
        let Standard {
            user,
            visits,
            theme,
            csrf,
            name,
            logged_in_at,
            ..
        } = Standard::begin(0);
        Self {
            user,
            visits,
            theme,
            csrf,
            cart: cart((1..=60).map(|line| 2_000 * line)),
            name,
            logged_in_at,
            note: "n".repeat(600),
        }
    }

    fn visits(&self) -> u32 {
        self.visits
    }

    fn visit(&mut self) {
        self.visits += 1;
    }
}

/// A text of `size` bytes beside a number.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Note {
    pub visits: u32,
    pub note: String,
}

impl Payload for Note {
    fn begin(size: usize) -> Self {
        Self {
            visits: 1,
            note: "n".repeat(size),
        }
    }

    fn visits(&self) -> u32 {
        self.visits
    }

    fn visit(&mut self) {
        self.visits += 1;
    }
}

include!(concat!(env!("OUT_DIR"), "/fields.rs"));
