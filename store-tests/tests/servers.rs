//! The servers themselves: they start, crash, freeze and end with the test.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use store_tests::{Server, Signal, redis};

fn ask(server: &Server) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(server.address())?;
    stream.set_read_timeout(Some(Duration::from_millis(300)))?;
    stream.write_all(b"PING\r\n")?;
    let mut answer = [0; 7];
    stream.read_exact(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
fn a_server_answers_until_it_is_frozen_crashed_or_dropped_and_again_when_it_runs_on() {
    let mut server = redis::redis(&[]);
    assert_eq!(ask(&server).unwrap(), "+PONG\r\n");
    server.signal(Signal::Stop);
    assert!(ask(&server).is_err());
    server.signal(Signal::Continue);
    assert_eq!(ask(&server).unwrap(), "+PONG\r\n");
    server.crash();
    assert!(ask(&server).is_err());
    server.run();
    assert_eq!(ask(&server).unwrap(), "+PONG\r\n");
    let (address, folder) = (server.address(), server.folder().to_owned());
    drop(server);
    assert!(TcpStream::connect(address).is_err());
    assert!(!folder.exists());
}

#[test]
#[cfg_attr(no_valkey, ignore = "there is no valkey-server")]
fn valkey_answers_as_redis_does() {
    assert_eq!(ask(redis::shared_valkey()).unwrap(), "+PONG\r\n");
}
