//! What a session allocates: `allocations`. It counts, so once is enough.

use std::sync::Arc;

use allocation_counter::{AllocationInfo, measure};
use axum::Router;
use harness::{Candidate, Contents, Local, Payload, Scenario, header, send};
use ours::Ours;
use peers::{Json, Postcard};
use session_runtime::KeptInCookie;
use tokio::runtime::Runtime;

fn main() {
    let runtime = Arc::new(Runtime::new().expect("a runtime"));
    let bench = Bench { runtime };
    bench.run::<ours::Small>("small");
    bench.run::<ours::Standard>("standard");
    bench.run::<ours::Large>("large");
}

struct Bench {
    runtime: Arc<Runtime>,
}

impl Bench {
    fn run<T: Ours + KeptInCookie>(&self, payload: &str) {
        println!("### Allocations, {payload}: how many a session adds to a request\n");
        print!("{}", header(Scenario::USUAL.map(Scenario::name)));
        let bare = self.requests::<T::Payload>(Candidate::bare());
        for candidate in self.candidates::<T>() {
            print!("| {} |", candidate.name);
            let counts = self.requests::<T::Payload>(candidate);
            for (count, bare) in counts.into_iter().zip(bare) {
                print!(" {:.1} |", count - bare);
            }
            println!();
        }
        println!("\n### Memory, {payload}: bytes that the server keeps of an idle session\n");
        print!("{}", header(["bytes"]));
        for candidate in self.candidates::<T>() {
            println!(
                "| {} | {:.0} |",
                candidate.name,
                self.kept(candidate.router)
            );
        }
        println!();
    }

    fn candidates<T: Ours + KeptInCookie>(&self) -> [Candidate; 7] {
        let store = peers::MemoryStore::default();
        let axum_session = peers::axum_session::<T::Payload>("axum_session", 0);
        [
            peers::floor::<T::Payload>("the floor", 0),
            ours::candidate::<T>("ours", 0),
            peers::seshcookie::<T::Payload>("seshcookie", 0),
            peers::private_jar::<Json, T::Payload>("PrivateCookieJar, JSON", 0),
            peers::private_jar::<Postcard, T::Payload>("PrivateCookieJar, postcard", 0),
            peers::tower_sessions::<T::Payload>("tower-sessions, memory", store, 0),
            self.runtime.block_on(axum_session),
        ]
    }

    /// The allocations of a request.
    fn requests<T: Payload>(&self, candidate: Candidate) -> [f64; 4] {
        let contents = Contents::of::<T>(0);
        let mut player = Local::new(candidate, &self.runtime, 10, &contents);
        Scenario::USUAL.map(|scenario| {
            let mut count = |requests| {
                let serve = || player.serve_here(scenario, requests);
                count(measure(serve))
            };
            count(100);
            // What happens before and after the requests is in both.
            let (few, many) = (count(100), count(200));
            (many - few) / 100.0
        })
    }

    /// The bytes that stay when a session has begun.
    fn kept(&self, mut router: Router) -> f64 {
        const SESSIONS: u32 = 10_000;
        let mut begin = |sessions| {
            let runtime = &self.runtime;
            let begun = measure(|| {
                for _ in 0..sessions {
                    runtime.block_on(send(&mut router, "/begin", None));
                }
            });
            begun.bytes_current
        };
        begin(1);
        #[expect(clippy::cast_precision_loss, reason = "it is a few megabytes")]
        let bytes = begin(SESSIONS) as f64;
        bytes / f64::from(SESSIONS)
    }
}

fn count(AllocationInfo { count_total, .. }: AllocationInfo) -> f64 {
    f64::from(u32::try_from(count_total).expect("few allocations"))
}
