//! Traits by which rustc explains a mistake in our words, with what to write, and constants by which an editor explains
//! [`options`]. An application names none of them.
//!
//! Some of the traits are implemented for all that is right. The others stand for what other libraries have and this one
//! has not, and nothing implements them.

pub mod options;

pub use crate::data::StoredValue;
pub use crate::identity::IsIdentity;
use crate::keys::Key;
pub use crate::keys::KeyList;
pub use crate::layer::EmptyBody;

/// The body of a function whose bounds nothing fulfils.
pub(crate) fn refused<R>() -> R {
    unreachable!("nothing implements a bound of this function")
}

/// A struct with `#[derive(Session)]`.
#[diagnostic::on_unimplemented(
    message = "`SessionData` is implemented by `#[derive(Session)]` and by nothing else",
    label = "not derived",
    note = "write `#[derive(Session)]` on `{Self}`, and no `impl SessionData`"
)]
pub trait Derived: Default + Send + 'static {}

/// A type that becomes a key by a conversion of the application.
#[diagnostic::on_unimplemented(
    message = "a key is random, and is not made of a text or of any bytes",
    label = "not a way to make a key",
    note = "the keys of a program come from outside: `Keyring::from_env(\"SESSION_KEYS\")?`",
    note = "`Key::generate()` makes a new one, `.parse::<Key>()` reads what `reveal` wrote, and `Key::from_bytes` takes 32 \
            random bytes"
)]
pub trait MakesKey {
    #[doc(hidden)]
    fn make_key(self) -> Key;
}

#[diagnostic::do_not_recommend]
impl<B> MakesKey for B
where
    Key: From<B>,
{
    fn make_key(self) -> Key {
        <Key as From<B>>::from(self)
    }
}

/// A session that is made without a request.
#[diagnostic::on_unimplemented(
    message = "a session is made by its layer, for a request",
    label = "no session without a request",
    note = "a handler takes it as an argument: `async fn page(mut session: Session<Shop>)`",
    note = "a test takes it from `TestRequest` or `TestKit` in `session_runtime::test_kit`, behind the feature `test-kit`"
)]
pub trait MadeWithoutRequest {}

/// A session that is a copy of another.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` cannot be cloned",
    label = "cannot be cloned",
    note = "to keep a value, clone the field: `session.cart.clone()`",
    note = "to have the session elsewhere, take it there, as an extractor: each guard sees what the others have published"
)]
pub trait Copied {}

/// A session as the response of a handler.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` is not a response",
    label = "not a response",
    note = "leave it out of what the handler returns: it is saved when it is dropped"
)]
pub trait Returned {}

/// A layer on which `Secure` is set.
#[diagnostic::on_unimplemented(
    message = "session cookies are `Secure`",
    label = "there is nothing to set",
    note = "for plain http, in development, write `.insecure_http()`"
)]
pub trait SecureIsSet {}

/// A layer on which `HttpOnly` is set.
#[diagnostic::on_unimplemented(
    message = "session cookies are `HttpOnly`",
    label = "there is nothing to set",
    note = "a page has what it shows from its handler, and no script reads the cookie"
)]
pub trait HttpOnlyIsSet {}

/// A layer on which the name of the cookie is set.
#[diagnostic::on_unimplemented(
    message = "the cookie's name stands on the struct",
    label = "not set on the layer",
    note = "write `#[session(cookie = \"sid\")]` on it; the layer adds a prefix"
)]
pub trait NameIsSet {}

/// A layer on which a lifetime is set.
#[diagnostic::on_unimplemented(
    message = "how long a session lasts stands on the struct",
    label = "not set on the layer",
    note = "write `#[session(idle = \"14d\", max = \"90d\")]` on it, and `remember` for a session that survives the \
            browser being closed"
)]
pub trait LifetimeIsSet {}

/// A layer on which it is set when a session is saved.
#[diagnostic::on_unimplemented(
    message = "a session is saved by itself when a value has changed",
    label = "there is nothing to set",
    note = "a session that is only read sends no cookie, except now and then to note that it is in use"
)]
pub trait SavingIsSet {}

/// A layer on which it is set that a session is encrypted.
#[diagnostic::on_unimplemented(
    message = "every session is encrypted and authenticated",
    label = "there is nothing to set",
    note = "the keys are given to the layer when it is made: `SessionLayer::<Shop>::new(keys)`"
)]
pub trait EncryptionIsSet {}
