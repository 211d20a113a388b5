//! The options without a value, asked for together because their order counts.

use syn::Ident;

use super::table::Mark;

/// The marks of one struct or field, in the order in which they are written. They may contradict one another.
pub(crate) struct Marks(pub(super) Vec<Ident>);

impl Marks {
    pub(crate) fn has(&self, mark: &Mark) -> bool {
        self.get(mark).is_some()
    }

    /// The mark as it is written, if it is there.
    pub(crate) fn get(&self, mark: &Mark) -> Option<&Ident> {
        self.0.get(self.position(mark)?)
    }

    /// The later of two marks as it is written, if both are there.
    pub(crate) fn later(&self, one: &Mark, other: &Mark) -> Option<&Ident> {
        let later = self.position(one)?.max(self.position(other)?);
        self.0.get(later)
    }

    fn position(&self, mark: &Mark) -> Option<usize> {
        self.0.iter().position(|found| found == mark.spec.name)
    }
}
