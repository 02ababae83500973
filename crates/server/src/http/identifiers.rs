//! Names of calls: bytes that nobody can guess and that no other call gets.

use std::{
    cell::RefCell,
    sync::atomic::{AtomicU64, Ordering},
};

/// Bytes that a thread makes at once.
const BATCH: usize = 1_024;

/// Makes the identifiers of a process: a keyed hash of a counter, so that no call waits for the operating system's
/// randomness. A thread takes a batch at a time; the hash gives many bytes for little more than a few.
pub(crate) struct Identifiers {
    seed: [u8; 32],
    next_batch: AtomicU64,
}

struct Batch {
    bytes: [u8; BATCH],
    taken: usize,
}

thread_local! {
    static BATCHES: RefCell<Batch> = const { RefCell::new(Batch { bytes: [0; BATCH], taken: BATCH }) };
}

impl Identifiers {
    /// Identifiers that follow from random bytes.
    pub(crate) fn new(seed: [u8; 32]) -> Identifiers {
        Identifiers { seed, next_batch: AtomicU64::new(0) }
    }

    /// Bytes that were given to nobody else.
    pub(crate) fn take<const BYTES: usize>(&self) -> [u8; BYTES] {
        const { assert!(BYTES <= BATCH) };
        BATCHES.with_borrow_mut(|batch| {
            if batch.taken + BYTES > BATCH {
                self.fill(&mut batch.bytes);
                batch.taken = 0;
            }
            let mut identifier = [0; BYTES];
            let taken = &mut batch.bytes[batch.taken..batch.taken + BYTES];
            identifier.copy_from_slice(taken);
            // What a caller got is nowhere else.
            taken.fill(0);
            batch.taken += BYTES;
            identifier
        })
    }

    fn fill(&self, bytes: &mut [u8; BATCH]) {
        let number = self.next_batch.fetch_add(1, Ordering::Relaxed);
        let mut hasher = blake3::Hasher::new_keyed(&self.seed);
        hasher.update(&number.to_le_bytes());
        hasher.finalize_xof().fill(bytes);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_identifier_is_given_twice() {
        let identifiers = Identifiers::new([7; 32]);
        let taken = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| (0..500).map(|_| identifiers.take::<16>()).collect::<Vec<_>>()))
                .collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect::<Vec<_>>()
        });
        assert_eq!(taken.len(), 2_000);
        assert_eq!(taken.iter().collect::<HashSet<_>>().len(), 2_000);
        // They follow from the seed, and from nothing that anybody knows.
        assert_ne!(Identifiers::new([8; 32]).take::<48>(), Identifiers::new([7; 32]).take::<48>());
    }
}
