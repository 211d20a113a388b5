//! The user who is logged in, as a field that only a login and a logout change.

use std::fmt;
use std::ops::Deref;

use serde::{Serialize, Serializer};

/// The user who is logged in: the type of the field that is marked `#[session(identity)]`.
///
/// [`Session::log_in`](crate::Session::log_in) and [`Session::log_out`](crate::Session::log_out)
/// change it, and nothing else does:
///
/// ```
/// use session_runtime::{Identity, Session};
///
/// #[derive(Session)]
/// struct Shop {
///     #[session(identity)]
///     user: Identity<u64>,
///     cart: Vec<u64>,
/// }
///
/// async fn log_in(mut session: Session<Shop>) {
///     Session::log_in(&mut session, 7);
/// }
///
/// async fn log_out(mut session: Session<Shop>) {
///     Session::log_out(&mut session);
/// }
/// ```
///
/// It reads as an `Option`, which is `None` while nobody is logged in:
///
/// ```
/// # use session_runtime::{Identity, Session};
/// # #[derive(Session)]
/// # struct Shop { #[session(identity)] user: Identity<u64>, cart: Vec<u64> }
/// async fn greet(session: Session<Shop>) -> String {
///     match *session.user {
///         Some(user) => format!("Hello, {user}!"),
///         None => "Hello, stranger!".to_owned(),
///     }
/// }
///
/// async fn is_admin(session: Session<Shop>) -> String {
///     (session.user == Some(1)).to_string()
/// }
/// ```
///
/// Two users are one if they are stored as the same bytes. So an enum whose variants are stored without their names, by
/// `#[serde(untagged)]`, is no id: `Guest(7)` and `Member(7)` would be one user.
///
/// A login is an event: it starts the session over when another user was logged in, and starts `max`
/// again. An assignment could not say whether it is one, so this type cannot be cloned or made, and
/// what is moved into it from another session grants nothing. In a test,
/// `session_runtime::test_kit::identity(7)` makes one.
pub struct Identity<T> {
    inner: Inner<T>,
}

/// A wrapper that has no name outside. rustc would suggest the field of a tuple struct, or one that
/// holds an `Option`, to whoever calls a method of `Option` that needs it mutable.
struct Inner<T>(Option<T>);

impl<T> Deref for Identity<T> {
    type Target = Option<T>;

    fn deref(&self) -> &Option<T> {
        &self.inner.0
    }
}

impl<T: PartialEq> PartialEq for Identity<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Eq> Eq for Identity<T> {}

impl<T: PartialEq> PartialEq<Option<T>> for Identity<T> {
    fn eq(&self, other: &Option<T>) -> bool {
        **self == *other
    }
}

impl<T: PartialEq> PartialEq<Identity<T>> for Option<T> {
    fn eq(&self, other: &Identity<T>) -> bool {
        *self == **other
    }
}

/// As the `Option` that it reads as.
impl<T: fmt::Debug> fmt::Debug for Identity<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

/// As the `Option` that it reads as: for templates and JSON.
impl<T: Serialize> Serialize for Identity<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

/// The functions by which generated code makes and stores an identity. It has no methods: rustc would suggest them to
/// whoever looks for a way to make one.
#[diagnostic::on_unimplemented(
    message = "an identity is an `Identity<…>`, and `{Self}` is none",
    label = "not an `Identity`",
    note = "write `Identity<{Self}>`: it reads as `Option<{Self}>`, and `Session::log_in` and \
            `Session::log_out` change it"
)]
pub trait IsIdentity: Sized {
    /// The type that it holds for a user who is logged in.
    type Id;

    /// Nobody is logged in.
    const NOBODY: Self;

    /// The `Option` that it reads as.
    const READ: fn(&Self) -> &Option<Self::Id>;

    /// The identity that reads as this.
    const MAKE: fn(Option<Self::Id>) -> Self;
}

#[diagnostic::do_not_recommend]
impl<T> IsIdentity for Identity<T> {
    type Id = T;

    const NOBODY: Self = make(None);
    const READ: fn(&Self) -> &Option<T> = |identity| identity;
    const MAKE: fn(Option<T>) -> Self = make;
}

const fn make<T>(user: Option<T>) -> Identity<T> {
    Identity { inner: Inner(user) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_reads_as_an_option() {
        let ann = make(Some("Ann".to_owned()));
        assert_eq!(ann.as_deref(), Some("Ann"));
        assert_eq!(ann.clone(), Some("Ann".to_owned()), "the option's clone");
        assert_eq!(ann, Some("Ann".to_owned()));
        assert_eq!(Some("Ann".to_owned()), ann);
        assert_eq!(Identity::<u64>::NOBODY, None);
    }

    #[test]
    fn two_are_alike_where_their_users_are() {
        let (seven, eight, nobody) = (make(Some(7)), make(Some(8)), make(None));
        assert!(seven == make(Some(7)) && nobody == make(None));
        assert!(seven != eight && seven != nobody);
        assert!(seven == Some(7) && seven != Some(8) && seven != None);
        assert!(Some(7) == seven && Some(8) != seven && None != seven);
    }

    #[test]
    fn it_is_shown_and_serialized_as_one() {
        let (ann, nobody) = (make(Some(7)), make(None::<u64>));
        assert_eq!(format!("{ann:?} {nobody:?}"), "Some(7) None");
        assert_eq!(serde_json::to_string(&[ann, nobody]).unwrap(), "[7,null]");
    }
}
