//! The scripts: one for each operation that writes, and each touches one key.
//!
//! A server runs a script as one step. It remembers scripts by their hash until it is restarted or told to forget
//! them, so a call sends the hash, and the text only if the server does not know it.

use std::borrow::Cow;
use std::sync::LazyLock;

use redis::aio::ConnectionLike;
use redis::{Cmd, ErrorKind, RedisResult, Script, ServerErrorKind, Value, cmd};

macro_rules! scripts {
    ($($(#[$about:meta])* $name:ident: $file:literal),* $(,)?) => {$(
        $(#[$about])*
        pub(crate) static $name: LazyLock<Text> = LazyLock::new(|| {
            Text::new(concat!(include_str!("lua/row.lua"), include_str!($file)))
        });
    )*};
}

scripts! {
    CREATE: "lua/create.lua",
    COMMIT: "lua/commit.lua",
    END: "lua/end.lua",
    /// Puts a row into the set of its owner, and trims the set.
    INDEX: "lua/index.lua",
}

/// The text of a script, with its hash.
pub(crate) struct Text {
    code: &'static str,
    hash: String,
}

impl Text {
    fn new(code: &'static str) -> Self {
        let hash = Script::new(code).get_hash().to_owned();
        Self { code, hash }
    }
}

/// One run of a script.
pub(crate) struct Call<'a> {
    script: &'static Text,
    key: String,
    arguments: Vec<Cow<'a, [u8]>>,
}

impl<'a> Call<'a> {
    /// Every script has the time as its first argument.
    pub(crate) fn new(script: &'static Text, key: String, now: u64) -> Self {
        let arguments = Vec::new();
        let mut call = Self {
            script,
            key,
            arguments,
        };
        call.number(now);
        call
    }

    pub(crate) fn bytes(&mut self, bytes: impl Into<Cow<'a, [u8]>>) {
        self.arguments.push(bytes.into());
    }

    pub(crate) fn number(&mut self, number: u64) {
        self.bytes(number.to_string().into_bytes());
    }

    /// As nothing, an empty argument.
    pub(crate) fn none(&mut self) {
        self.bytes(&[][..]);
    }

    pub(crate) async fn run(&self, connection: &mut impl ConnectionLike) -> RedisResult<Value> {
        match self.by_hash().query_async(connection).await {
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                let by_text = self.command("EVAL", self.script.code);
                by_text.query_async(connection).await
            }
            answer => answer,
        }
    }

    /// A server that has forgotten the script refuses it.
    pub(crate) fn by_hash(&self) -> Cmd {
        self.command("EVALSHA", &self.script.hash)
    }

    fn command(&self, name: &'static str, script: &str) -> Cmd {
        let mut command = cmd(name);
        command.arg(script).arg(1).arg(&self.key);
        for argument in &self.arguments {
            command.arg(&**argument);
        }
        command
    }
}

#[cfg(test)]
mod tests {
    /// Lua does not say in which order it fills a table.
    #[test]
    fn a_commit_takes_one_argument_in_a_line() {
        let lines = include_str!("lua/commit.lua").lines();
        let takes = lines.map(|line| (line.matches("take()").count(), line));
        let crowded: Vec<_> = takes.filter(|(count, _)| *count > 1).collect();
        assert_eq!(crowded, []);
    }
}
