//! An identity is whatever the application knows its users by.
#![deny(
    warnings,
    clippy::pedantic,
    missing_docs,
    unused_qualifications,
    clippy::absolute_paths
)]
#![forbid(unsafe_code)]

use axum::Router;
use axum::middleware::from_extractor;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use session_runtime::{
    HasIdentity, Identity, Keyring, LoggedIn, NotLoggedIn, Session, SessionData, SessionError,
    SessionField, SessionLayer,
};

/// A user of a shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserId(u64);

/// A user of one of several kinds.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Actor {
    /// With a name.
    Customer(String),
    /// With a number and a till.
    Staff {
        /// The number.
        number: u32,
        /// The till.
        till: u8,
    },
    /// Without anything.
    Guest,
}

/// Known by a struct.
#[derive(Debug, Session)]
pub struct Shop {
    #[session(identity)]
    user: Identity<UserId>,
    cart: Vec<u64>,
}

impl Shop {
    /// A method that reads the identity.
    fn greeting(&self) -> String {
        match *self.user {
            Some(UserId(user)) => format!("Hello, user {user}!"),
            None => "Hello!".to_owned(),
        }
    }

    fn is(&self, user: UserId) -> bool {
        self.user == Some(user)
    }
}

/// Known by an enum.
#[derive(Debug, Session)]
pub struct Till {
    #[session(identity)]
    actor: Identity<Actor>,
}

/// Known by a name.
#[derive(Debug, Session)]
pub struct Named {
    #[session(identity, rename = "uid", alias = "name")]
    user: Identity<String>,
}

impl Named {
    fn name(&self) -> &str {
        self.user.as_deref().unwrap_or("nobody")
    }

    fn length(&self) -> usize {
        match &*self.user {
            Some(name) => name.len(),
            None => 0,
        }
    }
}

/// Known by a number.
#[derive(Debug, Session)]
#[session(remember)]
pub struct Numbered {
    #[session(identity)]
    user: Identity<u64>,
}

/// Its paths are written out.
pub mod written_out {
    /// Known by several things.
    #[derive(Debug, session_runtime::Session)]
    pub struct Tenants {
        #[session(identity)]
        pub(crate) user: session_runtime::Identity<(u32, super::UserId, [u8; 4])>,
    }
}

use written_out::Tenants;

/// Another type of the same name.
pub mod other {
    use serde::{Deserialize, Serialize};

    /// The data that a page shows.
    #[derive(Debug, Serialize, Deserialize)]
    #[non_exhaustive]
    pub struct Identity<T>(pub Option<T>);
}

/// Known by a parameter.
#[derive(Debug, Session)]
pub struct Generic<U> {
    #[session(identity)]
    user: Identity<U>,
    #[session(default = other::Identity(None))]
    shown: other::Identity<U>,
    visits: u32,
}

/// Known by a parameter's own type.
#[derive(Debug, Session)]
pub struct Associated<A: Accounts> {
    #[session(identity)]
    user: Identity<A::Id>,
}

/// A source of users.
pub trait Accounts {
    /// The id of a user.
    type Id;
}

/// From nowhere in particular.
#[derive(Debug)]
#[non_exhaustive]
pub struct Local;

impl Accounts for Local {
    type Id = UserId;
}

/// Shown in a template as it is.
#[derive(Debug, Session, Serialize)]
pub struct Page {
    #[session(identity)]
    user: Identity<UserId>,
    title: String,
}

mod private {
    use serde::{Deserialize, Serialize};
    use session_runtime::{Identity, Session};

    #[derive(Serialize, Deserialize)]
    struct UserId(u64);

    #[derive(Session)]
    struct Shop {
        #[session(identity)]
        user: Identity<UserId>,
    }

    pub(crate) fn is_anybody() -> bool {
        matches!(*Shop::default().user, Some(UserId(1..)))
    }
}

macro_rules! known_by {
    ($name:ident, $user:ty, $field:ty) => {
        /// Known by what a macro says.
        #[derive(Debug, Session)]
        pub struct $name {
            #[session(identity)]
            user: $field,
        }

        impl $name {
            fn log_in(session: &mut Session<Self>, user: $user) {
                Session::log_in(session, user);
            }
        }
    };
}

known_by!(InMacro, u64, Identity<u64>);

fn log_out<T: HasIdentity>(session: &mut Session<T>) {
    Session::log_out(session);
}

fn log_in_user<T: HasIdentity<Id = UserId>>(session: &mut Session<T>, user: u64) {
    Session::log_in(session, UserId(user));
}

fn log_in_any<T: HasIdentity>(session: &mut Session<T>, user: T::Id) {
    Session::log_in(session, user);
}

async fn log_in(
    mut shop: Session<Shop>,
    mut till: Session<Till>,
    mut named: Session<Named>,
    mut numbered: Session<Numbered>,
    mut generic: Session<Generic<String>>,
    mut associated: Session<Associated<Local>>,
) {
    Session::log_in(&mut shop, UserId(7));
    Session::log_in(&mut till, Actor::Staff { number: 7, till: 1 });
    Session::log_in(&mut named, "Ann".to_owned());
    Session::log_in(&mut numbered, 7);
    Session::log_in(&mut generic, "Ann".into());
    Session::log_in(&mut associated, UserId(7));
    log_in_user(&mut shop, 7);
    log_in_user(&mut associated, 7);
    log_in_any(&mut till, Actor::Guest);
    shop.cart.push(1);
    generic.visits += 1;
}

async fn log_in_to_a_tenant(mut tenants: Session<Tenants>) {
    Session::log_in(&mut tenants, (1, UserId(7), [0; 4]));
}

async fn log_in_by_macro(mut one: Session<InMacro>) {
    InMacro::log_in(&mut one, 7);
}

async fn log_in_of_parameter<U: SessionField + Send + 'static>(
    mut session: Session<Generic<U>>,
    user: U,
) {
    Session::log_in(&mut session, user);
}

async fn log_out_of_all(mut shop: Session<Shop>, mut till: Session<Till>) -> String {
    log_out(&mut shop);
    log_out(&mut till);
    shop.greeting()
}

async fn users_only(LoggedIn(user): LoggedIn<Shop>, who: LoggedIn<Named>) -> String {
    let UserId(user) = user;
    format!("{user} {}", who.len())
}

async fn anybody(user: Option<LoggedIn<Shop>>, session: Option<Session<Shop>>) -> String {
    let user = user.map(|LoggedIn(UserId(user))| user);
    let greeting = session.map(|session| session.greeting());
    format!("{user:?} {greeting:?}")
}

async fn with_reason(
    user: Result<LoggedIn<Shop>, NotLoggedIn>,
    session: Result<Session<Shop>, SessionError>,
) -> Result<String, NotLoggedIn> {
    let LoggedIn(UserId(user)) = user?;
    Ok(format!("{user} {}", session.is_ok()))
}

async fn of_any_session<T: HasIdentity>(LoggedIn(user): LoggedIn<T>) -> String
where
    T::Id: ToString,
{
    user.to_string()
}

fn router() -> Router {
    Router::new()
        .route("/user", get(users_only))
        .route("/any", get(of_any_session::<Numbered>))
        .route_layer(from_extractor::<LoggedIn<Shop>>())
        .route("/", get(anybody).post(log_in).delete(log_out_of_all))
        .route("/tenant", get(log_in_to_a_tenant))
        .route("/reason", get(with_reason))
        .layer(SessionLayer::<Shop>::new(Keyring::ephemeral()))
}

fn known_by<T: HasIdentity<Id = I>, I>() -> usize {
    T::SCHEMA.fields.len()
}

fn main() {
    let _ = (router, log_in_by_macro, log_in_of_parameter::<u8>);
    assert_eq!(Shop::default().greeting(), "Hello!");
    assert!(!Shop::default().is(UserId(7)));
    assert!(Shop::default().cart.is_empty());
    assert_eq!(Till::default().actor, None);
    assert_eq!(Named::default().name(), "nobody");
    assert_eq!(Named::default().length(), 0);
    assert_eq!(None, Numbered::default().user);
    assert!(Tenants::default().user.is_none());
    let generic = Generic::<String>::default();
    assert_eq!((generic.user.as_ref(), generic.shown.0), (None, None));
    assert!(Associated::<Local>::default().user.is_none());
    let Page { user, title } = Page::default();
    assert_eq!((user.is_some(), title.as_str()), (false, ""));
    assert!(!private::is_anybody());
    assert_eq!(InMacro::default().user, None);
    assert_eq!(known_by::<Shop, UserId>(), 2);
    assert_eq!(known_by::<Associated<Local>, UserId>(), 1);
    assert_eq!(known_by::<Generic<Actor>, Actor>(), 3);
    assert_eq!(<Till as SessionData>::COOKIE, "till");
}
