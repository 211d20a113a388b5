//! The fields that the guards of one request published.

use crate::data::FieldId;
use crate::value::EncodeError;

/// A moment in the changes of one session within one request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(u64);

#[derive(Default)]
pub(super) struct Publications {
    latest: Version,
    /// In the order of the struct.
    of_fields: Vec<(FieldId, Publication)>,
}

#[derive(Default)]
struct Publication {
    /// `None` if the field was only touched.
    changed_at: Option<Version>,
    /// The reason why the last change cannot be stored.
    failure: Option<EncodeError>,
    was_touched: bool,
}

impl Publications {
    pub(super) fn is_empty(&self) -> bool {
        self.of_fields.is_empty()
    }

    pub(super) fn latest(&self) -> Version {
        self.latest
    }

    /// Begins a new version, which no guard has seen yet.
    pub(super) fn advance(&mut self) -> Version {
        self.latest.0 += 1;
        self.latest
    }

    pub(super) fn note_change(&mut self, field: FieldId, failure: Option<EncodeError>) {
        let now = self.advance();
        let publication = self.of_field_mut(field);
        publication.changed_at = Some(now);
        publication.failure = failure;
    }

    fn of_field(&self, field: FieldId) -> Option<&Publication> {
        let at = self.position(field).ok()?;
        self.of_fields.get(at).map(|(_, publication)| publication)
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "it stands where it was found or inserted"
    )]
    fn of_field_mut(&mut self, field: FieldId) -> &mut Publication {
        let at = self.position(field).unwrap_or_else(|at| {
            self.of_fields.insert(at, (field, Publication::default()));
            at
        });
        &mut self.of_fields[at].1
    }

    fn position(&self, field: FieldId) -> Result<usize, usize> {
        self.of_fields
            .binary_search_by_key(&field, |(field, _)| *field)
    }

    pub(super) fn note_touch(&mut self, field: FieldId) {
        self.of_field_mut(field).was_touched = true;
    }

    /// Returns true if the field changed after this version.
    pub(super) fn has_changed_since(&self, field: FieldId, version: Version) -> bool {
        let publication = self.of_field(field);
        let changed_at = publication.and_then(|publication| publication.changed_at);
        changed_at.is_some_and(|changed_at| changed_at > version)
    }

    pub(super) fn was_touched(&self, field: FieldId) -> bool {
        let publication = self.of_field(field);
        publication.is_some_and(|publication| publication.was_touched)
    }

    /// A field whose last change cannot be stored.
    pub(super) fn failure(&self) -> Option<(FieldId, EncodeError)> {
        let mut all = self.of_fields.iter();
        all.find_map(|(field, publication)| Some((*field, publication.failure?)))
    }

    /// The published fields, in the order of the struct.
    pub(super) fn fields(&self) -> impl Iterator<Item = FieldId> {
        self.of_fields.iter().map(|(field, _)| *field)
    }

    /// Forgets the fields that ended with their session, and returns them.
    pub(super) fn forget(&mut self, is_over: impl Fn(FieldId) -> bool) -> Vec<FieldId> {
        let forgotten = self.fields().filter(|field| is_over(*field)).collect();
        self.of_fields.retain(|(field, _)| !is_over(*field));
        forgotten
    }
}
