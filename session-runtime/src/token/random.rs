//! Random bytes of the operating system.

/// `None` if the operating system gives none.
pub(crate) fn fill(bytes: &mut [u8]) -> Option<()> {
    #[cfg(test)]
    if repeatable::fill(bytes) {
        return Some(());
    }
    getrandom::fill(bytes).ok()
}

/// Bytes that come in the same order again, for tests that run one request many times.
#[cfg(test)]
pub(crate) mod repeatable {
    use std::cell::Cell;

    thread_local! {
        static STATE: Cell<Option<u64>> = const { Cell::new(None) };
    }

    /// Runs `work` with the bytes of this seed in place of random ones. Another seed gives others.
    pub(crate) fn with_seed<T>(seed: u64, work: impl FnOnce() -> T) -> T {
        STATE.set(Some(seed));
        let done = work();
        STATE.set(None);
        done
    }

    pub(super) fn fill(bytes: &mut [u8]) -> bool {
        let Some(mut state) = STATE.get() else {
            return false;
        };
        for chunk in bytes.chunks_mut(8) {
            let next = next(&mut state).to_le_bytes();
            chunk.copy_from_slice(&next[..chunk.len()]);
        }
        STATE.set(Some(state));
        true
    }

    /// The generator `SplitMix64`.
    fn next(state: &mut u64) -> u64 {
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
