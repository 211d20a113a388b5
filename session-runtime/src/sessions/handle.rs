use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The name of one session of a user, as text that may travel through a form, a link or JSON.
///
/// It is sealed under the application's keys and bound to the user for whom it was made, so
/// [`Sessions::end`](crate::Sessions::end) ends nothing where another user sends it. It has letters, digits, `-` and `_`
/// only, and it is another text in every list. It names the session for as long as that lives, also over a renewal.
///
/// ```
/// use session_runtime::SessionHandle;
///
/// #[derive(serde::Deserialize)]
/// struct Form {
///     device: SessionHandle,
/// }
///
/// fn button(device: &SessionHandle) -> String {
///     format!("<button name=device value={device}>Log out</button>")
/// }
/// # let form: Form = serde_json::from_str(r#"{"device": "x"}"#).unwrap();
/// # assert_eq!(button(&form.device), "<button name=device value=x>Log out</button>");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct SessionHandle(String);

impl SessionHandle {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// What came back from a visitor. A text that is no handle ends nothing.
impl From<String> for SessionHandle {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// Whatever the text is, it breaks out of no attribute and no element of HTML.
impl fmt::Display for SessionHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_ours = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        self.0
            .chars()
            .filter(is_ours)
            .try_for_each(|c| fmt::Write::write_char(f, c))
    }
}

/// The type's name only: a log is no place for what ends a session.
impl fmt::Debug for SessionHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionHandle")
    }
}

impl Serialize for SessionHandle {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for SessionHandle {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}
