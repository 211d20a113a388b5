//! What a session that is kept in its cookie costs, beside others: `cookies [small | standard | large] [--short]`.

use std::env;
use std::sync::Arc;

use harness::{Candidate, Contents, Effort, Local, Player, Scenario, play, remote};
use ours::Ours;
use peers::{Json, Postcard};
use session_runtime::KeptInCookie;
use tokio::runtime::Runtime;

const OURS: &str = "ours";
const PURE: &str = "ours, pure Rust";

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (flags, wanted): (Vec<_>, Vec<_>) =
        arguments.iter().partition(|word| word.starts_with("--"));
    let effort = Effort::of(flags.iter().any(|flag| *flag == "--short"));
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|other| *other == name);
    if is_wanted("small") {
        run::<ours::Small>("small", effort);
    }
    if is_wanted("standard") {
        run::<ours::Standard>("standard", effort);
    }
    if is_wanted("large") {
        run::<ours::Large>("large", effort);
    }
}

fn run<T: Ours + KeptInCookie>(payload: &str, effort: Effort) {
    let runtime = Arc::new(Runtime::new().expect("a runtime"));
    let contents = Contents::of::<T::Payload>(0);
    let local = candidates::<T>(&runtime).map(|candidate| -> Box<dyn Player> {
        Box::new(Local::new(candidate, &runtime, 100, &contents))
    });
    let pure = remote::start("pure", &[payload], 1, |name| match name {
        "bare router" => name.to_owned(),
        _ => PURE.to_owned(),
    });
    let mut players: Vec<_> = local.into_iter().chain(pure).collect();
    let table = play(&mut players, &Scenario::USUAL, effort);
    println!(
        "### Cookies, {payload}: µs added to a request\n\n{}",
        table.added()
    );
    let rivals = table.names().filter(|name| *name != OURS);
    let ratios = table.ratios(rivals.map(|rival| (OURS, rival)));
    println!("### Cookies, {payload}: ratios\n\n{ratios}");
}

fn candidates<T: Ours + KeptInCookie>(runtime: &Runtime) -> [Candidate; 8] {
    let store = peers::MemoryStore::default();
    let axum_session = peers::axum_session::<T::Payload>("axum_session, cookies always", 0);
    [
        Candidate::bare(),
        peers::floor::<T::Payload>("the floor", 0),
        ours::candidate::<T>(OURS, 0),
        peers::seshcookie::<T::Payload>("seshcookie", 0),
        peers::private_jar::<Json, T::Payload>("PrivateCookieJar, JSON", 0),
        peers::private_jar::<Postcard, T::Payload>("PrivateCookieJar, postcard", 0),
        peers::tower_sessions::<T::Payload>("tower-sessions, memory", store, 0),
        runtime.block_on(axum_session),
    ]
}
