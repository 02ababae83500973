//! Suggestions that are kept for a while: most callers type the same few beginnings.
//!
//! An entry is the items of an answer for one keyword, without anything of the request that it was made for: no
//! address, no identifier, no time. It is good while the suggestions are of the same generation, until a time window of
//! something that was looked at opens or closes, and for a minute at most, because weights decay.
//!
//! The cache is cut into shards, each under a lock of its own that is held for one look-up. What makes room for
//! others is chosen by a clock: an entry that was used since the hand came by last stays.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::Arc,
};

use hashbrown::HashTable;
use parking_lot::Mutex;
use wire::suggestions::ReadyItems;

/// The longest that an entry is good, in milliseconds: by then the fastest decay, of six hours' half-life, has taken a
/// fifth of a percent from a weight.
const LONGEST_MS: i64 = 60_000;
/// Shards a thread that may ask at the same moment.
const SHARDS_PER_THREAD: usize = 4;
/// What an entry takes beside its keyword and its items, in bytes: the slot, its place in the table, two counts.
const ENTRY_BYTES: usize = size_of::<Slot>() + 24;

/// Answers by keyword.
pub(crate) struct AnswerCache {
    shards: Box<[Mutex<Shard>]>,
    hasher: RandomState,
}

/// When suggestions are asked, and which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AskedAt {
    /// The generation of the suggestions, read before they are asked.
    pub(crate) generation: u64,
    /// Unix milliseconds, likewise.
    pub(crate) now_ms: i64,
}

/// For whom an answer is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Good {
    generation: u64,
    from_ms: i64,
    until_ms: i64,
}

impl Good {
    /// `until`: the Unix second at which something of the answer comes or goes.
    fn new(asked: AskedAt, until: i64) -> Good {
        let AskedAt { generation, now_ms } = asked;
        let until_ms = until.saturating_mul(1_000).min(now_ms.saturating_add(LONGEST_MS));
        Good { generation, from_ms: now_ms, until_ms }
    }

    fn is_for(self, asked: AskedAt) -> bool {
        // A clock that was set back makes everything too old.
        self.generation == asked.generation && (self.from_ms..self.until_ms).contains(&asked.now_ms)
    }
}

#[derive(Default)]
struct Shard {
    /// Numbers of slots.
    table: HashTable<u32>,
    slots: Vec<Slot>,
    hand: usize,
    bytes: usize,
    most_bytes: usize,
}

struct Slot {
    hash: u64,
    keyword: Box<str>,
    items: Arc<ReadyItems>,
    good: Good,
    used: bool,
}

impl AnswerCache {
    /// A cache of at most `bytes`; `None` for none at all.
    pub(crate) fn new(bytes: u64) -> Option<AnswerCache> {
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        if bytes == 0 {
            return None;
        }
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let shards = (threads * SHARDS_PER_THREAD).next_power_of_two();
        let shard = || Mutex::new(Shard { most_bytes: bytes / shards, ..Shard::default() });
        Some(AnswerCache {
            shards: std::iter::repeat_with(shard).take(shards).collect(),
            hasher: RandomState::new(),
        })
    }

    /// The items for a keyword, if they are good now.
    pub(crate) fn get(&self, keyword: &str, asked: AskedAt) -> Option<Arc<ReadyItems>> {
        let hash = self.hasher.hash_one(keyword);
        self.shard(hash).lock().get(hash, keyword, asked)
    }

    /// Keeps the items for a keyword until that Unix second, if not shorter.
    pub(crate) fn put(&self, keyword: &str, items: &Arc<ReadyItems>, asked: AskedAt, until: i64) {
        let hash = self.hasher.hash_one(keyword);
        // Made before the lock is taken.
        let good = Good::new(asked, until);
        let slot = Slot { hash, keyword: keyword.into(), items: Arc::clone(items), good, used: false };
        self.shard(hash).lock().put(slot);
    }

    fn shard(&self, hash: u64) -> &Mutex<Shard> {
        // The table inside uses the lowest and the highest bits.
        &self.shards[(hash >> 32) as usize & (self.shards.len() - 1)]
    }
}

impl Slot {
    fn bytes(&self) -> usize {
        ENTRY_BYTES + self.keyword.len() + self.items.size()
    }
}

impl Shard {
    fn get(&mut self, hash: u64, keyword: &str, asked: AskedAt) -> Option<Arc<ReadyItems>> {
        let slots = &mut self.slots;
        let found = self.table.find(hash, |&number| *slots[number as usize].keyword == *keyword)?;
        let slot = &mut slots[*found as usize];
        if !slot.good.is_for(asked) {
            return None;
        }
        slot.used = true;
        Some(Arc::clone(&slot.items))
    }

    fn put(&mut self, slot: Slot) {
        let bytes = slot.bytes();
        if bytes > self.most_bytes {
            return;
        }
        let slots = &self.slots;
        if let Some(&number) =
            self.table.find(slot.hash, |&number| slots[number as usize].keyword == slot.keyword)
        {
            let kept = &mut self.slots[number as usize];
            self.bytes = self.bytes - kept.bytes() + bytes;
            // A keyword that is asked for again and again stays.
            *kept = Slot { used: true, ..slot };
        } else {
            let number = self.slots.len() as u32;
            self.bytes += bytes;
            let slots = &self.slots;
            self.table.insert_unique(slot.hash, number, |&number| slots[number as usize].hash);
            self.slots.push(slot);
        }
        self.make_room();
    }

    /// Takes entries out until the rest fits. The newest one may be among them.
    fn make_room(&mut self) {
        while self.bytes > self.most_bytes {
            self.hand = if self.hand < self.slots.len() { self.hand } else { 0 };
            let slot = &mut self.slots[self.hand];
            if std::mem::take(&mut slot.used) {
                self.hand += 1;
            } else {
                self.remove(self.hand);
            }
        }
    }

    /// Takes a slot out; the last one moves to its place, and the hand looks at it next.
    fn remove(&mut self, at: usize) {
        let last = self.slots.len() - 1;
        let removed = self.slots.swap_remove(at);
        self.bytes -= removed.bytes();
        if let Ok(entry) = self.table.find_entry(removed.hash, |&number| number as usize == at) {
            entry.remove();
        }
        if at == last {
            return;
        }
        let moved = self.slots[at].hash;
        if let Some(number) = self.table.find_mut(moved, |&number| number as usize == last) {
            *number = at as u32;
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use wire::suggestions::ItemView;

    use super::*;

    const NOW: AskedAt = AskedAt { generation: 1, now_ms: 10_000 };

    fn items(text: &str) -> Arc<ReadyItems> {
        let item =
            ItemView { text: text.as_bytes(), flags: &[true], goods: false, placed: false, extra: b"" };
        Arc::new(ReadyItems::new([item]))
    }

    fn shard(most_bytes: usize) -> Shard {
        Shard { most_bytes, ..Shard::default() }
    }

    fn slot(hash: u64, keyword: &str) -> Slot {
        Slot {
            hash,
            keyword: keyword.into(),
            items: items(keyword),
            good: Good::new(NOW, i64::MAX),
            used: false,
        }
    }

    #[test]
    fn an_entry_is_good_for_a_while_and_a_generation() {
        let cache = AnswerCache::new(1 << 20).unwrap();
        cache.put("竹", &items("竹笋"), NOW, i64::MAX);
        let check = |keyword, generation, now_ms, expected: bool| {
            let found = cache.get(keyword, AskedAt { generation, now_ms });
            assert_eq!(found.is_some(), expected, "{keyword} {generation} {now_ms}");
        };
        check("竹", 1, 10_000, true);
        check("竹", 1, 69_999, true);
        check("竹", 1, 70_000, false);
        check("竹", 1, 9_999, false);
        check("竹", 2, 10_000, false);
        check("竹笋", 1, 10_000, false);
        cache.put("竹", &items("竹荪"), AskedAt { generation: 2, now_ms: 12_000 }, i64::MAX);
        check("竹", 2, 12_000, true);
        check("竹", 1, 10_000, false);
        cache.put("竹", &items("竹叶"), AskedAt { generation: 3, now_ms: 12_345 }, 14);
        check("竹", 3, 13_999, true);
        check("竹", 3, 14_000, false);
        cache.put("竹", &items("竹叶"), AskedAt { generation: 3, now_ms: 14_000 }, 14);
        check("竹", 3, 14_000, false);
    }

    #[test]
    fn no_bytes_is_no_cache() {
        assert!(AnswerCache::new(0).is_none());
        // Smaller than anything that could be kept.
        let cache = AnswerCache::new(10).unwrap();
        cache.put("竹", &items("竹笋"), NOW, i64::MAX);
        assert!(cache.get("竹", NOW).is_none());
    }

    #[test]
    fn what_is_used_stays_when_room_is_made() {
        let one = slot(0, "k0").bytes();
        let mut shard = shard(one * 4);
        // All in one chain of the table, so that equal hashes are told apart.
        for number in 0..4 {
            shard.put(slot(7, &format!("k{number}")));
        }
        assert!(shard.get(7, "k1", NOW).is_some());
        for number in 4..40 {
            assert!(shard.get(7, "k1", NOW).is_some(), "before k{number}");
            shard.put(slot(7, &format!("k{number}")));
            assert!(shard.bytes <= shard.most_bytes);
            assert_eq!(shard.bytes, shard.slots.iter().map(Slot::bytes).sum::<usize>());
            assert_eq!(shard.table.len(), shard.slots.len());
        }
        assert!(shard.slots.len() >= 3);
        for slot in 0..shard.slots.len() {
            let keyword = shard.slots[slot].keyword.clone();
            assert_eq!(*shard.get(7, &keyword, NOW).unwrap(), *items(&keyword));
        }
        assert!(shard.get(7, "k0", NOW).is_none());
    }
}
