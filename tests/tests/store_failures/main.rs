//! What a visitor gets when the store of the sessions fails, and that the first request after it works again.

mod shop;
mod told;
