//! A part of the page lists: lists by key, and the order in which they go.
//!
//! The lists stand in slots that are chained in the order of their last use: one chain of those that were
//! asked for their first page only, one of the others. Every step costs the same, however many there are.

use std::{collections::HashMap, mem::size_of, sync::Arc};

use super::{CallerKey, LIFETIME_MS, ListKey, PageList, Part};

/// No slot.
const NONE: u32 = u32::MAX;

/// What a list costs beside its ids and scores: its slot, its entry in the two maps (which may be less than
/// half full, and so may the slots) and the heap's own bookkeeping for three blocks.
const OVERHEAD: usize = size_of::<PageList>()
    + size_of::<Part>()
    + 2 * size_of::<Slot>()
    + 5 * (size_of::<(ListKey, u32)>() + size_of::<(CallerKey, ListKey)>()) / 2
    + 5 * 16;

struct Slot {
    key: ListKey,
    caller: CallerKey,
    list: Option<Arc<PageList>>,
    used_ms: i64,
    later_page: bool,
    before: u32,
    after: u32,
}

/// The ends of a chain, the longest unused first.
#[derive(Clone, Copy)]
struct Chain {
    first: u32,
    last: u32,
}

/// Lists that had to make room or whose time was over.
#[derive(Default)]
pub(super) struct Removed {
    pub(super) lists: Vec<(ListKey, CallerKey)>,
    /// How many of them went before their time.
    pub(super) evicted: u64,
}

pub(super) struct Shard {
    max_bytes: usize,
    bytes: usize,
    places: HashMap<ListKey, u32>,
    slots: Vec<Slot>,
    free: Vec<u32>,
    /// Asked for the first page only, and asked for a later page.
    chains: [Chain; 2],
}

impl Shard {
    pub(super) fn new(max_bytes: usize) -> Shard {
        Shard {
            max_bytes,
            bytes: 0,
            places: HashMap::new(),
            slots: Vec::new(),
            free: Vec::new(),
            chains: [Chain { first: NONE, last: NONE }; 2],
        }
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn contains(&self, key: &ListKey) -> bool {
        self.places.contains_key(key)
    }

    pub(super) fn is_live(&self, key: &ListKey, now_ms: i64) -> bool {
        self.places.get(key).is_some_and(|place| !self.is_over(*place, now_ms))
    }

    /// The list, used now; and its caller, if its time was over and it is gone.
    pub(super) fn get(
        &mut self,
        key: &ListKey,
        now_ms: i64,
        later_page: bool,
    ) -> (Option<Arc<PageList>>, Option<CallerKey>) {
        let Some(&place) = self.places.get(key) else { return (None, None) };
        if self.is_over(place, now_ms) {
            return (None, Some(self.remove(place).1));
        }
        self.unchain(place);
        let slot = &mut self.slots[place as usize];
        slot.later_page |= later_page;
        slot.used_ms = slot.used_ms.max(now_ms);
        let list = slot.list.clone();
        self.chain(place);
        (list, None)
    }

    /// The list that is there already, used now; otherwise `list`, which is kept if there can be room for it.
    pub(super) fn get_or_put(
        &mut self,
        key: ListKey,
        caller: CallerKey,
        list: Arc<PageList>,
        now_ms: i64,
    ) -> (Arc<PageList>, Removed) {
        let mut removed = Removed::default();
        let (there, gone) = self.get(&key, now_ms, false);
        removed.lists.extend(gone.map(|caller| (key, caller)));
        if let (Some(there), Some(place)) = (there, self.places.get(&key)) {
            let before = std::mem::replace(&mut self.slots[*place as usize].caller, caller);
            if before != caller {
                removed.lists.push((key, before));
            }
            return (there, removed);
        }
        self.put(key, caller, Arc::clone(&list), now_ms, &mut removed);
        (list, removed)
    }

    fn put(
        &mut self,
        key: ListKey,
        caller: CallerKey,
        list: Arc<PageList>,
        now_ms: i64,
        removed: &mut Removed,
    ) {
        self.drop_over(now_ms, removed);
        let bytes = bytes_of(&list);
        if bytes > self.max_bytes {
            return;
        }
        while self.bytes + bytes > self.max_bytes {
            let [once, paged] = self.chains;
            let place = if once.first == NONE { paged.first } else { once.first };
            removed.lists.push(self.remove(place));
            removed.evicted += 1;
        }
        self.bytes += bytes;
        let list = Some(list);
        let slot = Slot { key, caller, list, used_ms: now_ms, later_page: false, before: NONE, after: NONE };
        let place = self.place(slot);
        self.places.insert(key, place);
        self.chain(place);
    }

    /// Removes the lists whose time is over and tells which they were.
    pub(super) fn expired(&mut self, now_ms: i64) -> Vec<(ListKey, CallerKey)> {
        let mut removed = Removed::default();
        self.drop_over(now_ms, &mut removed);
        removed.lists
    }

    fn is_over(&self, place: u32, now_ms: i64) -> bool {
        now_ms.saturating_sub(self.slots[place as usize].used_ms) >= LIFETIME_MS
    }

    /// Removes the lists whose time is over: they stand at the fronts of the chains.
    fn drop_over(&mut self, now_ms: i64, removed: &mut Removed) {
        for chain in 0..self.chains.len() {
            loop {
                let first = self.chains[chain].first;
                if first == NONE || !self.is_over(first, now_ms) {
                    break;
                }
                removed.lists.push(self.remove(first));
            }
        }
    }

    fn place(&mut self, slot: Slot) -> u32 {
        match self.free.pop() {
            Some(place) => {
                self.slots[place as usize] = slot;
                place
            }
            None => {
                self.slots.push(slot);
                (self.slots.len() - 1) as u32
            }
        }
    }

    fn remove(&mut self, place: u32) -> (ListKey, CallerKey) {
        self.unchain(place);
        let slot = &mut self.slots[place as usize];
        let (key, caller) = (slot.key, slot.caller);
        if let Some(list) = slot.list.take() {
            self.bytes -= bytes_of(&list);
        }
        self.places.remove(&key);
        self.free.push(place);
        if self.places.is_empty() {
            // Nothing points into the slots any more: the moment to give their memory back.
            self.slots = Vec::new();
            self.free = Vec::new();
            self.places.shrink_to_fit();
        }
        (key, caller)
    }

    /// Takes a slot out of its chain.
    fn unchain(&mut self, place: u32) {
        let slot = &self.slots[place as usize];
        let (before, after, chain) = (slot.before, slot.after, usize::from(slot.later_page));
        match before {
            NONE => self.chains[chain].first = after,
            _ => self.slots[before as usize].after = after,
        }
        match after {
            NONE => self.chains[chain].last = before,
            _ => self.slots[after as usize].before = before,
        }
    }

    /// Puts a slot at the end of its chain: it was used last.
    fn chain(&mut self, place: u32) {
        let chain = usize::from(self.slots[place as usize].later_page);
        let last = self.chains[chain].last;
        self.slots[place as usize].before = last;
        self.slots[place as usize].after = NONE;
        match last {
            NONE => self.chains[chain].first = place,
            _ => self.slots[last as usize].after = place,
        }
        self.chains[chain].last = place;
    }
}

/// What a list counts for.
pub(super) fn bytes_of(list: &PageList) -> usize {
    OVERHEAD + size_of_val(&*list.ids) + size_of_val(&*list.scores) + list.search_id.len() + list.rest.bytes()
}
