//! The memory of answers, used again and again: fresh memory of an answer's size is memory that no cache of the processor
//! has, and an allocator hands out what was freed long ago before what was freed just now.

use std::cell::RefCell;

use axum::body::{Body, Bytes};

/// Buffers that a thread keeps: as many as answers of it wait to be written at once, mostly.
const MOST: usize = 16;
/// The room of a new one: a page of ten items or a full list of suggestions. A smaller one is no help to the next answer.
const USUAL_BYTES: usize = 16 << 10;
/// A larger one is not kept: a long answer is rare.
const MOST_BYTES: usize = 64 << 10;

thread_local! {
    static KEPT: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// An empty buffer to write an answer to, the one that was given back last.
pub(crate) fn take() -> Vec<u8> {
    KEPT.with_borrow_mut(Vec::pop).unwrap_or_else(|| Vec::with_capacity(USUAL_BYTES))
}

/// An answer's body, whose memory is kept for another one when it is written.
pub(super) fn body(bytes: Vec<u8>) -> Body {
    Body::from(Bytes::from_owner(Lent(bytes)))
}

/// The bytes of an answer until it is written.
struct Lent(Vec<u8>);

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.0);
        if !(USUAL_BYTES..=MOST_BYTES).contains(&bytes.capacity()) {
            return;
        }
        bytes.clear();
        // A thread that ends has no use for it, and frees it here.
        let _ = KEPT.try_with(|kept| {
            let mut kept = kept.borrow_mut();
            if kept.len() < MOST {
                kept.push(bytes);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept() -> usize {
        KEPT.with_borrow(Vec::len)
    }

    #[test]
    fn what_was_written_is_memory_for_the_next_answer() {
        let mut first = take();
        first.extend_from_slice(b"first");
        let place = first.as_ptr();
        drop(body(first));
        let second = take();
        assert_eq!((second.as_ptr(), second.len(), kept()), (place, 0, 0));
    }

    #[test]
    fn neither_many_buffers_are_kept_nor_those_of_unusual_sizes() {
        drop(body(Vec::with_capacity(MOST_BYTES + 1)));
        drop(body(b"refused".to_vec()));
        assert_eq!(kept(), 0);
        let answer = || {
            let mut bytes = take();
            bytes.push(b'{');
            body(bytes)
        };
        drop((0..MOST + 3).map(|_| answer()).collect::<Vec<_>>());
        assert_eq!(kept(), MOST);
    }
}
