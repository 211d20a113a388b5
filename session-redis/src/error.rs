//! The failures of Redis, by who can mend them.
//!
//! A text has nothing of a command: the server repeats arguments in some of its errors, and the driver answers.

use redis::{ErrorKind, RedisError};
use session_runtime::store::{StoreError, StoreErrorKind};

pub(crate) fn store_error(error: &RedisError) -> StoreError {
    let kind = match error.code() {
        Some(code) => kind_of_code(code),
        None => kind_of_failure(error),
    };
    StoreError::new(kind, cause(error))
}

/// An answer that no server gives to such a command.
pub(crate) fn unexpected_answer() -> StoreError {
    StoreError::new(
        StoreErrorKind::Other,
        "the server answers a command of session-redis with something else than Redis does; \
         look for a proxy in between, or for a server that is not compatible",
    )
}

fn kind_of_code(code: &str) -> StoreErrorKind {
    match code {
        "LOADING" | "CLUSTERDOWN" | "MASTERDOWN" | "TRYAGAIN" | "NOREPLICAS" => {
            StoreErrorKind::Unreachable
        }
        "BUSY" => StoreErrorKind::Timeout,
        "OOM" | "MISCONF" => StoreErrorKind::Full,
        "READONLY" => StoreErrorKind::ReadOnly,
        "MOVED" | "ASK" | "CROSSSLOT" | "NOPERM" => StoreErrorKind::NotSetUp,
        _ => StoreErrorKind::Other,
    }
}

fn kind_of_failure(error: &RedisError) -> StoreErrorKind {
    match error.kind() {
        _ if error.is_timeout() => StoreErrorKind::Timeout,
        ErrorKind::Io
        | ErrorKind::ClusterConnectionNotFound
        | ErrorKind::MasterNameNotFoundBySentinel
        | ErrorKind::NoValidReplicasFoundBySentinel => StoreErrorKind::Unreachable,
        _ => StoreErrorKind::Other,
    }
}

fn cause(error: &RedisError) -> String {
    match error.code() {
        Some("MOVED" | "ASK") => "the server is a node of a cluster, and the connection is one to a single server; \
                                  give the store a `ClusterConnection`, with the feature `cluster` of session-redis"
            .to_owned(),
        Some("CROSSSLOT") => "the connections are those to a cluster, and do not say so; \
                              write `const IS_CLUSTER: bool = true` where you implement `Connections`"
            .to_owned(),
        Some("NOPERM") => "NOPERM, the user of the connection lacks a right; run `ACL SETUSER` with \
                           `+hgetall +hmget +zrangebyscore +zrem +eval +evalsha +type +exists +hset +hdel +unlink \
                           +pexpireat +zadd +zrevrange +zremrangebyscore +info` and `~` with the prefix of the store"
            .to_owned(),
        Some(code) => {
            let detail = error.detail().map(without_arguments).unwrap_or_default();
            format!("{code} {detail}").trim_end().to_owned()
        }
        None if error.is_io_error() => error.to_string(),
        None => error.category().to_owned(),
    }
}

/// The server's words up to its first quotation: it quotes what it was sent. The apostrophe of `can't` is none.
fn without_arguments(detail: &str) -> &str {
    let mut before = ' ';
    let is_quote = |c: char| {
        let is_apostrophe = c == '\'' && before.is_alphanumeric();
        let is_quote = matches!(c, '\'' | '"' | '`') && !is_apostrophe;
        before = c;
        is_quote
    };
    let said = detail.split(is_quote).next().unwrap_or_default();
    said.trim_end()
}

#[cfg(test)]
mod tests {
    use redis::Value;

    use super::*;

    fn refused(line: &str) -> StoreError {
        let answer = redis::parse_redis_value(format!("-{line}\r\n").as_bytes());
        store_error(&answer.and_then(Value::extract_error).unwrap_err())
    }

    #[test]
    fn an_error_of_the_server_has_the_kind_that_says_who_can_mend_it() {
        use StoreErrorKind::{Full, NotSetUp, Other, ReadOnly, Timeout, Unreachable};
        for (line, kind) in [
            (
                "OOM command not allowed when used memory > 'maxmemory'.",
                Full,
            ),
            ("MISCONF Errors writing to the AOF file", Full),
            (
                "READONLY You can't write against a read only replica.",
                ReadOnly,
            ),
            (
                "LOADING Redis is loading the dataset in memory",
                Unreachable,
            ),
            ("MASTERDOWN Link with MASTER is down", Unreachable),
            ("CLUSTERDOWN The cluster is down", Unreachable),
            (
                "BUSY Redis is busy running a script. You can only call SCRIPT KILL",
                Timeout,
            ),
            (
                "NOPERM this user has no permissions to run the 'evalsha' command",
                NotSetUp,
            ),
            ("MOVED 3999 127.0.0.1:6381", NotSetUp),
            ("NOAUTH Authentication required.", Other),
            ("ERR unknown command", Other),
        ] {
            assert_eq!(refused(line).kind(), kind, "{line}");
        }
    }

    #[test]
    fn an_error_repeats_nothing_of_a_command() {
        let error = refused(
            "ERR unknown command 'EVALSHA', with args beginning with: 'session:v1:row:0f0f' ",
        );
        assert_eq!(error.to_string(), "the store failed: ERR unknown command");
        assert!(
            !refused("MOVED 3999 10.0.0.7:6381")
                .to_string()
                .contains("10.0.0.7")
        );
    }

    #[test]
    fn an_apostrophe_is_no_quotation() {
        let error = refused("READONLY You can't write against a read only replica.");
        let told = "READONLY You can't write against a read only replica.";
        assert!(error.to_string().contains(told), "{error}");
    }

    #[test]
    fn the_readme_lists_the_rights_that_an_error_names() {
        let error = refused("NOPERM this user has no permissions").to_string();
        let rights = error.split('`').find(|quoted| quoted.starts_with('+'));
        let readme = include_str!("../README.md").split_whitespace();
        let readme = readme.collect::<Vec<_>>().join(" ");
        assert!(readme.contains(&format!(" -@all {} ```", rights.unwrap())));
    }

    #[test]
    fn a_broken_connection_is_unreachable_and_a_slow_one_a_timeout() {
        let broken = RedisError::from(std::io::Error::from(std::io::ErrorKind::BrokenPipe));
        assert_eq!(store_error(&broken).kind(), StoreErrorKind::Unreachable);
        let slow = RedisError::from(std::io::Error::from(std::io::ErrorKind::TimedOut));
        assert_eq!(store_error(&slow).kind(), StoreErrorKind::Timeout);
    }
}
