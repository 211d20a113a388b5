//! Our cookies as players.

use std::sync::Arc;

use harness::{Candidate, Contents, Local, remote};
use session_runtime::KeptInCookie;
use tokio::runtime::Runtime;

use crate::{Large, Ours, Small, Standard};

const VISITORS: usize = 100;

/// Serves those of these payloads to another program, or all of them if there are none.
pub fn serve(payloads: &[String]) {
    let runtime = Arc::new(Runtime::new().expect("a runtime"));
    let all = ["small", "standard", "large"].map(str::to_owned);
    let payloads = if payloads.is_empty() { &all } else { payloads };
    let bare = Local::new(
        Candidate::bare(),
        &runtime,
        VISITORS,
        &Contents::of::<harness::Small>(0),
    );
    let ours = payloads.iter().map(|payload| player(payload, &runtime));
    remote::serve([bare].into_iter().chain(ours).collect());
}

/// Our cookie with this payload.
pub fn player(payload: &str, runtime: &Arc<Runtime>) -> Local {
    match payload {
        "small" => of::<Small>(runtime, "small"),
        "standard" => of::<Standard>(runtime, "standard"),
        "large" => of::<Large>(runtime, "large"),
        other => panic!("there is no payload {other}"),
    }
}

fn of<T: Ours + KeptInCookie>(runtime: &Arc<Runtime>, name: &str) -> Local {
    let candidate = crate::candidate::<T>(name, 0);
    Local::new(candidate, runtime, VISITORS, &Contents::of::<T::Payload>(0))
}
