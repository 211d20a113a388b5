//! The payloads as session types.

use harness::{Line, Theme};
use session_runtime::{Identity, Session};

use crate::Ours;

/// Implements [`Ours`] for a type with the fields of its payload. A field `user` is the identity.
macro_rules! ours {
    ($name:ident = $payload:path { $($field:ident),* } $(with $user:ident)?) => {
        impl Ours for $name {
            type Payload = $payload;

            fn begin(session: &mut Session<Self>, payload: $payload) {
                $(Session::log_in(session, payload.$user.expect("a user"));)?
                $(session.$field = payload.$field;)*
            }

            fn payload(&self) -> $payload {
                $payload {
                    $($user: *self.$user,)?
                    $($field: self.$field.clone(),)*
                }
            }

            fn visits(&self) -> u32 {
                self.visits
            }

            fn visit(&mut self) {
                self.visits += 1;
            }
        }
    };
}

#[derive(Session)]
#[session(cookie = "small")]
pub struct Small {
    visits: u32,
}

ours!(Small = harness::Small { visits });

#[derive(Session)]
#[session(cookie = "shop")]
pub struct Standard {
    #[session(identity)]
    user: Identity<u64>,
    visits: u32,
    theme: Theme,
    csrf: [u8; 16],
    cart: Vec<Line>,
    name: String,
    logged_in_at: u64,
}

ours!(Standard = harness::Standard { visits, theme, csrf, cart, name, logged_in_at } with user);

#[derive(Session)]
#[session(cookie = "shop")]
pub struct Large {
    #[session(identity)]
    user: Identity<u64>,
    visits: u32,
    theme: Theme,
    csrf: [u8; 16],
    cart: Vec<Line>,
    name: String,
    logged_in_at: u64,
    note: String,
}

ours!(Large = harness::Large { visits, theme, csrf, cart, name, logged_in_at, note } with user);

#[derive(Session)]
#[session(cookie = "note")]
pub struct Note {
    visits: u32,
    note: String,
}

ours!(Note = harness::Note { visits, note });
