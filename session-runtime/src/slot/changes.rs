//! The changes of a guard, parted by an ending.

use crate::config::ErasedSchema;
use crate::data::FieldId;
use crate::encoded::{Change, Changes};
use crate::ending::Ending;

impl Changes {
    /// The fields among them that end with `ending` and have a value to lose. One that was taken, or set
    /// back, loses nothing.
    pub(super) fn ended_by(&self, ending: Ending, schema: &ErasedSchema) -> Vec<FieldId> {
        let is_lost = |change: &&Change| {
            schema[change.field].part.is_ended_by(ending) && schema.has_value(change)
        };
        let lost = self.fields.iter().filter(is_lost);
        lost.map(|change| change.field).collect()
    }

    /// Those of them that count after `ending`. What was said of remembering is said of what comes then.
    pub(super) fn outliving(&self, ending: Ending, schema: &ErasedSchema) -> Self {
        let outlives = |field: FieldId| !schema[field].part.is_ended_by(ending);
        let fields = self.fields.iter().cloned();
        let touched = self.touched.iter().copied();
        Self {
            fields: fields.filter(|change| outlives(change.field)).collect(),
            touched: touched.filter(|field| outlives(*field)).collect(),
            remember: None,
        }
    }

    pub(super) fn without_remember(&self) -> Self {
        Self {
            remember: None,
            ..self.clone()
        }
    }
}
