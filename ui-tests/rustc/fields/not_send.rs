use serde::{Deserialize, Serialize};
use session_runtime::Session;

#[derive(Session)]
struct S {
    #[session(default = NotSend::from(0))]
    a: NotSend,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "u8", into = "u8")]
struct NotSend(*const u8);

impl From<u8> for NotSend {
    fn from(_: u8) -> Self {
        Self(&0)
    }
}

impl From<NotSend> for u8 {
    fn from(_: NotSend) -> Self {
        0
    }
}

fn main() {}
