//! One ranked list, the end of which may be put in order later.

use std::sync::OnceLock;

use parking_lot::Mutex;

/// Items' identities, best first, and their relevance in the same order, which may be empty.
pub type Part = (Box<[i64]>, Box<[f32]>);

/// A ranked list.
#[derive(Debug, Default)]
pub struct PageList {
    /// The items' identities, best first, as far as they are in order.
    pub ids: Box<[i64]>,
    /// Their relevance in the same order; may be empty.
    pub scores: Box<[f32]>,
    /// The caller's name for this search, which every page of it answers with.
    pub search_id: Box<str>,
    /// What stands behind these.
    pub rest: Rest,
}

/// The end of a list, which is put in order when somebody gets there; the same for everybody from then on.
#[derive(Default)]
pub struct Rest {
    bytes: usize,
    make: Mutex<Option<Box<dyn FnOnce() -> Part + Send>>>,
    made: OnceLock<Part>,
}

impl Rest {
    /// An end that takes up at most so many bytes, before it is made and after.
    pub fn new(bytes: usize, make: impl FnOnce() -> Part + Send + 'static) -> Rest {
        Rest { bytes, make: Mutex::new(Some(Box::new(make))), made: OnceLock::new() }
    }

    /// The bytes that it counts for.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    fn part(&self) -> &Part {
        self.made.get_or_init(|| {
            let make = self.make.lock().take();
            make.map(|make| make()).unwrap_or_default()
        })
    }
}

impl PageList {
    /// The item at a position and its relevance, 0 where none was worked out.
    pub fn get(&self, position: usize) -> Option<(i64, f32)> {
        let in_rest = position.checked_sub(self.ids.len());
        let (ids, scores, at) = match in_rest {
            None => (&self.ids, &self.scores, position),
            Some(at) => {
                let (ids, scores) = self.rest.part();
                (ids, scores, at)
            }
        };
        Some((*ids.get(at)?, scores.get(at).copied().unwrap_or(0.0)))
    }

    /// The items from a position on. The end is put in order when it is reached, not before.
    pub fn ids_from(&self, position: usize) -> impl Iterator<Item = i64> + '_ {
        (position..).map_while(|position| self.get(position)).map(|(id, _)| id)
    }

    /// How many positions there are, as far as one has to know: `enough` where there are so many or more.
    pub fn len_within(&self, enough: usize) -> usize {
        if enough <= self.ids.len() { enough } else { enough.min(self.ids.len() + self.rest.part().0.len()) }
    }
}

impl std::fmt::Debug for Rest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Rest")
            .field("bytes", &self.bytes)
            .field("made", &self.made)
            .finish_non_exhaustive()
    }
}
