//! The code that all our types need.

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
