//! Notices that pages were given and left where they were. A page that shows one with `clone` in place
//! of `take` shows it again until its time is over, and nothing here can tell `clone` from not
//! looking. Three pages in a row are a sign of it, to a developer whose browser is the only one.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// As many pages as leave a notice before it looks as if they showed it.
const PAGES: u32 = 3;

/// The number of pages in a row that left the notice of each field.
#[derive(Default)]
pub(crate) struct Unread(Mutex<BTreeMap<&'static str, u32>>);

impl Unread {
    /// The notice was taken, or written anew.
    pub(crate) fn forget(&self, field: &'static str) {
        let mut pages = self.lock();
        if pages.get(field).is_some_and(|pages| *pages < PAGES) {
            pages.remove(field);
        }
    }

    /// Notes that a page left the notice. Whether that looks like a mistake is said once.
    pub(crate) fn is_left_again(&self, field: &'static str) -> bool {
        let mut pages = self.lock();
        let pages = pages.entry(field).or_default();
        *pages = pages.saturating_add(1);
        *pages == PAGES
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<&'static str, u32>> {
        // No entry is left half written: nothing between lock and unlock panics.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
