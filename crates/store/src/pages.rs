//! Page lists: the ranked list of a search, kept in memory so that its pages are slices of one list.
//!
//! A list lives ten minutes after its last use, and all of them together stay within a number of bytes. When
//! these run out, lists of which nobody asked a second page go first, the longest unused of them first; only
//! then those that somebody pages through. Bytes and order are those of a shard, into which a list comes by the hash
//! of its key: as keys are spread evenly, so are the lists of either kind. No SQL and no clock in here: the time comes from the caller.

mod list;
mod shard;

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use parking_lot::Mutex;

pub use list::{PageList, Part, Rest};
use shard::Shard;

/// How long a list is kept after its last use.
pub const LIFETIME_MS: i64 = 600_000;

/// Shards at the most, each with its own lock and its part of the bytes.
const SHARDS: usize = 16;
/// A shard is not made smaller than this, so that it holds some lists of full length.
const SHARD_BYTES: usize = 256 * 1024;

/// Which list: 128 bits of a hash over (partner, user, search id, keyword, types), made by the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ListKey(pub u128);

/// Whose lists: 128 bits of a hash over (partner, user, keyword, types), made by the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CallerKey(pub u128);

/// What the lists take up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PageFigures {
    /// Lists that are kept.
    pub lists: usize,
    /// The bytes that they take up, bookkeeping included.
    pub bytes: usize,
    /// Lists that had to go before their time since the start.
    pub evicted: u64,
}

/// The lists of all callers.
pub struct PageLists {
    shards: Box<[Mutex<Shard>]>,
    callers: Box<[Mutex<HashMap<CallerKey, ListKey>>]>,
    evicted: AtomicU64,
}

impl PageLists {
    /// Room for lists of `max_bytes` together, bookkeeping included.
    pub fn new(max_bytes: usize) -> PageLists {
        let shards = (max_bytes / SHARD_BYTES).clamp(1, SHARDS);
        PageLists {
            shards: (0..shards).map(|_| Mutex::new(Shard::new(max_bytes / shards))).collect(),
            callers: (0..shards).map(|_| Mutex::default()).collect(),
            evicted: AtomicU64::new(0),
        }
    }

    /// The list of that key, which counts as a use; `later_page` says that it is not the first page that is
    /// asked for. `None` when there is none any more.
    pub fn get(&self, key: &ListKey, now_ms: i64, later_page: bool) -> Option<Arc<PageList>> {
        let mut shard = self.shard(key).lock();
        let (found, gone) = shard.get(key, now_ms, later_page);
        if let Some(caller) = gone {
            self.forget(caller, *key);
        }
        found
    }

    /// Keeps a list as the latest of its caller and hands it back to be read from. If a list of that key is
    /// there by now, that one stays and is handed back instead: of two that were made at once, every page
    /// comes from the same. A list that is larger than a shard is not kept.
    pub fn put(&self, key: ListKey, caller: CallerKey, list: PageList, now_ms: i64) -> Arc<PageList> {
        let mut shard = self.shard(&key).lock();
        let (list, removed) = shard.get_or_put(key, caller, Arc::new(list), now_ms);
        let kept = shard.contains(&key);
        self.evicted.fetch_add(removed.evicted, Ordering::Relaxed);
        for (key, caller) in removed.lists {
            self.forget(caller, key);
        }
        if kept {
            self.caller(&caller).lock().insert(caller, key);
        }
        list
    }

    /// Lets go of the lists whose time is over, with what they keep. They go by themselves where others come; this is
    /// for when none do.
    pub fn expire(&self, now_ms: i64) {
        for shard in &self.shards {
            let mut shard = shard.lock();
            for (key, caller) in shard.expired(now_ms) {
                self.forget(caller, key);
            }
        }
    }

    /// The caller's latest list, if it is still kept. Not a use of the list.
    pub fn latest(&self, caller: &CallerKey, now_ms: i64) -> Option<ListKey> {
        let key = self.caller(caller).lock().get(caller).copied()?;
        self.shard(&key).lock().is_live(&key, now_ms).then_some(key)
    }

    /// What the lists take up now.
    pub fn figures(&self) -> PageFigures {
        let mut figures =
            PageFigures { evicted: self.evicted.load(Ordering::Relaxed), ..PageFigures::default() };
        for shard in &self.shards {
            let shard = shard.lock();
            figures.lists += shard.len();
            figures.bytes += shard.bytes();
        }
        figures
    }

    /// A list is gone; if it was its caller's latest, the caller has none. A shard's lock is always taken
    /// before a caller's, never after it.
    fn forget(&self, caller: CallerKey, key: ListKey) {
        let mut callers = self.caller(&caller).lock();
        if callers.get(&caller) == Some(&key) {
            callers.remove(&caller);
            if callers.capacity() > 64 && callers.len() < callers.capacity() / 4 {
                callers.shrink_to_fit();
            }
        }
    }

    fn shard(&self, key: &ListKey) -> &Mutex<Shard> {
        &self.shards[(key.0 % self.shards.len() as u128) as usize]
    }

    fn caller(&self, caller: &CallerKey) -> &Mutex<HashMap<CallerKey, ListKey>> {
        &self.callers[(caller.0 % self.callers.len() as u128) as usize]
    }
}
