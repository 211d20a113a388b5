//! A user's row as the application reads it, where no visitor brings a ticket along.

use super::opening::accept;
use super::row::View;
use super::row_fields::RowFields;
use crate::config::{Config, Rows};
use crate::keys::KeyId;
use crate::part::Part;
use crate::record::{Records, Tag};
use crate::store::{Row, RowKey};
use crate::time::Timestamp;
use crate::token::{EntryCipher, Flags, Label, LoginId, Opened, Plaintext};

/// The values of a session that a user is logged in with.
pub(crate) struct ListedValues {
    pub(crate) records: Records,
    /// The time at which the newest of them was written.
    pub(crate) written_at: Option<Timestamp>,
}

/// The values of a row that is alive; `None` if this release does not read them as those of this user.
pub(crate) fn read_listed(
    config: &Config,
    rows: &Rows,
    (key, row): (RowKey, Row),
    label: &Label,
    user: &[u8],
    now: Timestamp,
) -> Option<ListedValues> {
    let mut cipher = EntryCipher::new(rows.entry_keys.load(), label.secret.clone(), key, now);
    let fields = View::of_alive(row).open(config, &mut cipher);
    let opened = Opened {
        plaintext: plaintext(label, fields.records(config), now),
        // No ticket was opened. Only what seals a ticket anew asks for its key.
        key: KeyId([0; KeyId::BYTES]),
    };
    let written_at = |tag| fields.written_at(tag).unwrap_or(now);
    let loaded = accept(config, Part::Main, opened, written_at, now).ok()?;
    (loaded.user.as_deref() == Some(user)).then(|| ListedValues {
        records: loaded.opened.plaintext.records,
        written_at: last_written(&fields),
    })
}

fn plaintext(label: &Label, records: Records, now: Timestamp) -> Plaintext {
    Plaintext {
        flags: Flags::default(),
        created_at: label.began,
        renewed_at: now,
        login: Some(LoginId::default()),
        written_at: None,
        records,
    }
}

fn last_written(fields: &RowFields) -> Option<Timestamp> {
    let tags = fields.tags().map(|tag| Tag(tag.to_bytes()));
    tags.filter_map(|tag| fields.written_at(tag)).max()
}
