//! A proxy that stands between a store and its server, and disturbs them.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

/// What happens between a client and its server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nobody listens: every connection breaks, and no other one is made.
    Refused,
    /// After so many questions, the connection of the next one breaks before the server has it.
    QuestionLost { after: usize },
    /// After so many answers, the connection of the next one breaks when the server has answered.
    AnswerLost { after: usize },
    /// Connections stay, and nothing passes.
    Silent,
    /// The connections that there are stay, and nothing passes on them. New ones work.
    Forgotten,
    /// Each answer comes so much later.
    Slow(Duration),
    /// An answer comes byte by byte, with this pause before each.
    Trickle(Duration),
}

/// A TCP proxy on a port of its own. It passes everything on until it is told to do otherwise.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    fault: Option<Fault>,
    /// The questions, or the answers, since the fault began.
    passed: usize,
    /// The fault has met something.
    has_struck: bool,
    connections: Vec<TcpStream>,
    /// The clients that have connected, each with a number.
    clients: usize,
    /// The clients with smaller numbers have connected before the fault began.
    new_clients: usize,
}

impl Proxy {
    /// A proxy in front of a server.
    pub fn new(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        thread::spawn({
            let state = state.clone();
            move || {
                for client in listener.incoming() {
                    serve(client.unwrap(), server, &state);
                }
            }
        });
        Self { address, state }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The number of connections that clients have made.
    pub fn clients(&self) -> usize {
        lock(&self.state).clients
    }

    /// Disturbs what passes from now on, also on the connections that there are.
    pub fn disturb(&self, fault: Fault) {
        let mut state = lock(&self.state);
        state.fault = Some(fault);
        state.passed = 0;
        state.has_struck = false;
        state.new_clients = state.clients;
        if fault == Fault::Refused {
            state.break_connections();
        }
    }

    /// Passes everything on again. Connections on which something may be held back break. Returns true if the fault
    /// has met something that was to pass.
    pub fn heal(&self) -> bool {
        let mut state = lock(&self.state);
        let holds_back = |fault| {
            use Fault::{Forgotten, Silent, Slow, Trickle};
            matches!(fault, Silent | Forgotten | Slow(_) | Trickle(_))
        };
        if state.fault.take().is_some_and(holds_back) {
            state.break_connections();
        }
        state.has_struck
    }
}

impl State {
    fn break_connections(&mut self) {
        for connection in self.connections.drain(..) {
            let _ = connection.shutdown(Shutdown::Both);
        }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap()
}

fn serve(client: TcpStream, server: SocketAddr, state: &Arc<Mutex<State>>) {
    let number = {
        let mut state = lock(state);
        if state.fault == Some(Fault::Refused) {
            state.has_struck = true;
            return;
        }
        state.clients += 1;
        state.clients - 1
    };
    let Ok(server) = TcpStream::connect(server) else {
        return;
    };
    for stream in [&client, &server] {
        stream.set_nodelay(true).unwrap();
        lock(state).connections.push(stream.try_clone().unwrap());
    }
    let (back, forth) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    for (from, to, what) in [
        (client, forth, What::Question),
        (server, back, What::Answer),
    ] {
        let state = state.clone();
        thread::spawn(move || {
            pump(&from, &to, (number, what), &state);
            for stream in [&from, &to] {
                let _ = stream.shutdown(Shutdown::Both);
            }
        });
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Question,
    Answer,
}

/// Passes on until a connection ends. A question of these clients is one packet on loopback, and so is its answer.
fn pump(mut from: &TcpStream, mut to: &TcpStream, packet: (usize, What), state: &Mutex<State>) {
    let mut buffer = vec![0; 65_536];
    loop {
        let Ok(length @ 1..) = from.read(&mut buffer) else {
            return;
        };
        let bytes = &buffer[..length];
        let passed = match decide(packet, state) {
            Passage::Pass => to.write_all(bytes).is_ok(),
            Passage::Break => false,
            Passage::Hold => true,
            Passage::After(pause) => {
                thread::sleep(pause);
                to.write_all(bytes).is_ok()
            }
            Passage::ByteByByte(pause) => bytes.iter().all(|byte| {
                thread::sleep(pause);
                to.write_all(&[*byte]).is_ok()
            }),
        };
        if !passed {
            return;
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Passage {
    Pass,
    Hold,
    Break,
    After(Duration),
    ByteByByte(Duration),
}

/// Decides on a packet of the client with this number.
fn decide((client, what): (usize, What), state: &Mutex<State>) -> Passage {
    let mut state = lock(state);
    let passage = state.passage(client, what);
    state.has_struck |= !matches!(passage, Passage::Pass);
    passage
}

impl State {
    fn passage(&mut self, client: usize, what: What) -> Passage {
        match (self.fault, what) {
            (Some(Fault::QuestionLost { after }), What::Question)
            | (Some(Fault::AnswerLost { after }), What::Answer) => {
                self.passed += 1;
                if self.passed == after + 1 {
                    Passage::Break
                } else {
                    Passage::Pass
                }
            }
            (Some(Fault::Silent), _) => Passage::Hold,
            (Some(Fault::Forgotten), _) if client < self.new_clients => Passage::Hold,
            (Some(Fault::Refused), _) => Passage::Break,
            (Some(Fault::Slow(pause)), What::Answer) => Passage::After(pause),
            (Some(Fault::Trickle(pause)), What::Answer) => Passage::ByteByByte(pause),
            _ => Passage::Pass,
        }
    }
}
