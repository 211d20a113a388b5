//! The sessions that are measured.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The data of a session, for candidates that keep any type that serde writes and reads.
pub trait Payload: Default + Serialize + for<'a> Deserialize<'a> + Send + Sync + 'static {
    /// Fills a new session.
    fn fill(&mut self, size: usize);

    /// The change of a request that writes.
    fn visit(&mut self);

    fn visits(&self) -> u32;

    /// Everything in the session, so that candidates can be compared.
    fn digest(&self) -> String;
}

/// What a shop keeps of a user.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Standard {
    pub user: Option<u64>,
    pub visits: u32,
    pub theme: Theme,
    pub csrf: [u8; 16],
    pub cart: Vec<Line>,
    pub name: String,
    pub logged_in_at: u64,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub enum Theme {
    #[default]
    System,
    Dark,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Line {
    pub sku: u32,
    pub qty: u16,
}

impl Standard {
    pub const USER: u64 = 4_711;

    pub fn cart() -> Vec<Line> {
        let skus = [100_001, 200_002, 300_003];
        skus.map(|sku| Line { sku, qty: 2 }).into()
    }
}

impl Payload for Standard {
    fn fill(&mut self, _: usize) {
        *self = Self {
            user: Some(Self::USER),
            visits: 1,
            theme: Theme::Dark,
            csrf: [0xa5; 16],
            cart: Self::cart(),
            name: "Alice Liddell".to_owned(),
            logged_in_at: 1_800_000_000,
        };
    }

    fn visit(&mut self) {
        self.visits += 1;
    }

    fn visits(&self) -> u32 {
        self.visits
    }

    fn digest(&self) -> String {
        format!("{self:?}")
    }
}

/// A text of `size` bytes beside a number.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Note {
    pub visits: u32,
    pub note: String,
}

impl Payload for Note {
    fn fill(&mut self, size: usize) {
        self.visits = 1;
        self.note = "n".repeat(size);
    }

    fn visit(&mut self) {
        self.visits += 1;
    }

    fn visits(&self) -> u32 {
        self.visits
    }

    fn digest(&self) -> String {
        format!("{self:?}")
    }
}

/// `size` numbers under a name each, the first of which counts visits.
#[derive(Default, Serialize, Deserialize)]
pub struct Counters(BTreeMap<String, u32>);

impl Counters {
    /// The number at a place when the session begins.
    pub fn first(place: usize) -> u32 {
        1 + u32::try_from(place).expect("few fields")
    }
}

impl Payload for Counters {
    fn fill(&mut self, size: usize) {
        let numbers = (0..size).map(|place| (format!("field_{place:04}"), Self::first(place)));
        self.0 = numbers.collect();
    }

    fn visit(&mut self) {
        if let Some(visits) = self.0.get_mut("field_0000") {
            *visits += 1;
        }
    }

    fn visits(&self) -> u32 {
        self.0.get("field_0000").copied().unwrap_or(0)
    }

    fn digest(&self) -> String {
        format!("{:?}", self.0.values())
    }
}
