//! Mail that the shop sends. It goes to the terminal.

use std::fmt::Write as _;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

#[derive(Clone)]
pub(crate) struct Mail(UnboundedSender<Letter>);

pub(crate) struct Letter {
    pub(crate) to: String,
    pub(crate) text: String,
}

impl Mail {
    pub(crate) fn new() -> (Self, UnboundedReceiver<Letter>) {
        let (sender, letters) = unbounded_channel();
        (Self(sender), letters)
    }

    pub(crate) fn to_terminal() -> Self {
        let (mail, mut letters) = Self::new();
        tokio::spawn(async move {
            while let Some(Letter { to, text }) = letters.recv().await {
                eprintln!("A mail to {to:?}: {text}");
            }
        });
        mail
    }

    pub(crate) fn send_code(&self, to: &str, code: &str) {
        let mut text = String::new();
        let _ = write!(text, "Your code is {code}. It is good for ten minutes.");
        // A test that reads no mail has dropped the other end.
        let _ = self.0.send(Letter {
            to: to.to_owned(),
            text,
        });
    }
}
