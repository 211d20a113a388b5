//! Every case in both orders and with both responses: one run each, through the real cookies.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};
use std::sync::LazyLock;
use std::thread;
use std::time::SystemTime;

use axum::http::StatusCode;
use session_runtime::Clock;
use tests::{Answer, App, MovableClock};

use super::said::{Said, said};
use super::shop::{OPERATIONS, seconds, shop};

/// Two operations on one session.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Case {
    /// The user who is logged in, or `v` for a visitor; also the mark of what the session holds.
    pub(super) start: char,
    pub(super) a: &'static str,
    pub(super) b: &'static str,
    pub(super) acts: Order,
    pub(super) drops: Order,
    pub(super) fails: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Order {
    Ab,
    Ba,
}

pub(super) const ORDERS: [Order; 2] = [Order::Ab, Order::Ba];

pub(super) const STARTS: [char; 2] = ['1', 'v'];

/// The end of the session, or that it goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Outcome {
    pub(super) user: char,
    pub(super) cart: char,
    pub(super) name: char,
    pub(super) notice: char,
    pub(super) theme: char,
    pub(super) main: MainCookie,
    /// The effect of the response on the cookies of main, flash and browser: `S` or `X`.
    pub(super) cookies: [char; 3],
}

/// The main cookie that the browser has: whether it survives that the browser is closed, and whether
/// its session began before the case or with it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct MainCookie {
    pub(super) kept: char,
    pub(super) age: char,
}

#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) outcome: Outcome,
    /// The view of each guard before both were dropped; empty if it was destroyed.
    pub(super) seen: [String; 2],
    pub(super) said: BTreeSet<Said>,
}

pub(super) type Runs = BTreeMap<Case, Run>;

pub(super) static RUNS: LazyLock<Runs> = LazyLock::new(|| {
    let threads = STARTS.map(|start| thread::spawn(move || runs_from(start)));
    let runs = threads.into_iter().map(|thread| thread.join().unwrap());
    runs.flatten().collect()
});

fn runs_from(start: char) -> Runs {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(async {
        let mut runs = Runs::new();
        for (a, b) in pairs() {
            let mut visit = Visit::begin(start).await;
            for case in cases(start, a, b) {
                runs.insert(case, visit.run(case).await);
            }
        }
        runs
    })
}

fn pairs() -> impl Iterator<Item = (&'static str, &'static str)> {
    OPERATIONS
        .into_iter()
        .flat_map(|a| OPERATIONS.map(|b| (a, b)))
}

fn cases(start: char, a: &'static str, b: &'static str) -> impl Iterator<Item = Case> {
    let orders = ORDERS.map(|acts| ORDERS.map(|drops| (acts, drops)));
    orders.into_iter().flatten().flat_map(move |(acts, drops)| {
        [false, true].map(|fails| Case {
            start,
            a,
            b,
            acts,
            drops,
            fails,
        })
    })
}

/// A browser with the session that cases start with. Each case begins there again.
struct Visit {
    app: App,
    clock: MovableClock,
    jar: Jar,
    began: SystemTime,
}

impl Visit {
    async fn begin(start: char) -> Self {
        let clock = MovableClock::new();
        let mut app = shop(clock.clone());
        let began = clock.now();
        let mut jar = Jar::default();
        jar.keep(&app.get_with(&format!("/begin/{start}"), "").await);
        assert_eq!(jar.0.len(), 3, "{jar:?}");
        clock.advance(60);
        Self {
            app,
            clock,
            jar,
            began,
        }
    }

    async fn run(&mut self, case: Case) -> Run {
        let logged = self.app.log().text().len();
        let mut jar = self.jar.clone();
        let answer = self.app.get_with(&case.path(), jar.header()).await;
        assert_eq!(answer.status, case.status());
        let cookies = jar.keep(&answer);
        let said = said(&self.app.log().text()[logged..]);
        let shown = self.app.get_with("/show", jar.header()).await;
        assert_eq!(shown.set_cookies(), [""; 0]);
        let (a, b) = answer.body.split_once(' ').unwrap();
        Run {
            outcome: self.outcome(&shown.body, &jar, cookies),
            seen: [a.to_owned(), b.to_owned()],
            said,
        }
    }

    fn outcome(&self, shown: &str, jar: &Jar, cookies: [char; 3]) -> Outcome {
        let (fields, began) = shown.split_once(' ').unwrap();
        let [user, cart, name, notice, theme] = *fields.chars().collect::<Vec<_>>() else {
            panic!("five fields: {fields}");
        };
        let age = match began.parse().unwrap() {
            0 => '-',
            began if began == seconds(self.began) => 'o',
            began => {
                assert_eq!(began, seconds(self.clock.now()));
                'n'
            }
        };
        Outcome {
            user,
            cart,
            name,
            notice,
            theme,
            main: MainCookie {
                kept: jar.keeps_main(),
                age,
            },
            cookies,
        }
    }
}

/// The cookies of a browser, and whether they survive that it is closed.
#[derive(Clone, Default, Debug)]
struct Jar(BTreeMap<String, (String, bool)>);

const COOKIES: [&str; 3] = ["__Host-shop", "__Host-shop.flash", "__Host-shop.browser"];

impl Jar {
    /// The effect of the response on each cookie.
    fn keep(&mut self, answer: &Answer) -> [char; 3] {
        let mut done = ['.'; 3];
        for line in answer.set_cookies() {
            let (pair, attributes) = line.split_once("; ").unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            let at = COOKIES.iter().position(|cookie| *cookie == name).unwrap();
            assert_eq!(done[at], '.', "one line for each cookie");
            if attributes.contains("Max-Age=0") {
                assert!(self.0.remove(name).is_some(), "{name} was not there");
                done[at] = 'X';
            } else {
                let is_kept = attributes.contains("Max-Age=");
                assert!(is_kept || at == 0, "{name} has a time of its own");
                self.0.insert(name.to_owned(), (value.to_owned(), is_kept));
                done[at] = 'S';
            }
        }
        done
    }

    fn header(&self) -> String {
        let pairs = self.0.iter();
        let pairs = pairs.map(|(name, (value, _))| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }

    fn keeps_main(&self) -> char {
        match self.0.get(COOKIES[0]) {
            Some((_, true)) => 'p',
            Some((_, false)) => 's',
            None => '-',
        }
    }
}

impl Case {
    fn path(self) -> String {
        let Self {
            start,
            a,
            b,
            acts,
            drops,
            ..
        } = self;
        let status = self.status();
        format!("/both/{start}/{a}/{b}/{acts}/{drops}/{}", status.as_u16())
    }

    fn status(self) -> StatusCode {
        if self.fails {
            StatusCode::INTERNAL_SERVER_ERROR
        } else {
            StatusCode::OK
        }
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ab => "ab",
            Self::Ba => "ba",
        })
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            user,
            cart,
            name,
            notice,
            theme,
            main: MainCookie { kept, age },
            cookies,
        } = self;
        write!(f, "{user}{cart}{name}{notice}{theme} {kept}{age} ")?;
        cookies.iter().try_for_each(|cookie| f.write_char(*cookie))
    }
}
