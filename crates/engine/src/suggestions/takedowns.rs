//! Items that went offline since the base was built, and the phrases that lost a document by it.

use std::collections::{HashMap, HashSet};

use suggest::{Base, mine};

use super::MINIMUM_DOCUMENTS;

/// How many items are followed of those that were taken down, and how many of those that came; past either a new
/// base is built.
const MOST: usize = 20_000;

/// What the indexer saw of an item.
#[derive(Debug)]
pub(crate) struct SeenItem {
    pub(crate) group_id: i64,
    /// The change's number.
    pub(crate) sequence: i64,
    /// Whether it could be found before this change.
    pub(crate) found_before: bool,
    /// Title and tags of an item that is offline now; `None` for one that is online.
    pub(crate) offline: Option<(String, Vec<String>)>,
}

/// The items that the base in force counts and that are offline now.
#[derive(Debug, Default)]
pub(super) struct Takedowns {
    down: HashMap<i64, Down>,
    /// Items that can be found since the base was built, with the number of the change: the base does not count
    /// them, so nothing is lost when they go again.
    come: HashMap<i64, i64>,
    /// Items that were down and are back, with the number of the change: the base counts them, though the index may
    /// not have them again yet when they go once more.
    back: HashMap<i64, i64>,
    /// By phrase, how many of those items had it.
    lost: HashMap<String, u64>,
    hidden: HashSet<String>,
    stale: bool,
}

#[derive(Debug)]
struct Down {
    sequence: i64,
    /// The keys of the phrases of its title and tags.
    keys: Vec<String>,
}

impl Takedowns {
    /// Takes up what the indexer saw. False: there is no more room, and only a new base will be right.
    pub(super) fn see(&mut self, item: SeenItem, base: &Base) -> bool {
        if item.sequence <= base.sequence() {
            return true;
        }
        let Some((title, tags)) = item.offline else { return self.comes(&item) };
        let counted = item.found_before || self.back.contains_key(&item.group_id);
        if !counted || self.come.remove(&item.group_id).is_some() {
            return true;
        }
        if self.down.len() >= MOST {
            return false;
        }
        self.back.remove(&item.group_id);
        let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
        let phrases = mine::phrases_of(&title, &tags);
        let keys: HashSet<String> = phrases.iter().map(|phrase| text::normal::key(phrase)).collect();
        self.down.insert(item.group_id, Down { sequence: item.sequence, keys: keys.into_iter().collect() });
        self.stale = true;
        true
    }

    fn comes(&mut self, item: &SeenItem) -> bool {
        if self.down.remove(&item.group_id).is_some() {
            self.stale = true;
            if self.back.len() >= MOST {
                return false;
            }
            self.back.insert(item.group_id, item.sequence);
        } else if !item.found_before {
            if self.come.len() >= MOST && !self.come.contains_key(&item.group_id) {
                return false;
            }
            self.come.insert(item.group_id, item.sequence);
        }
        true
    }

    /// Forgets what a new base knows.
    pub(super) fn forget(&mut self, base: &Base) {
        self.down.retain(|_, down| down.sequence > base.sequence());
        self.come.retain(|_, sequence| *sequence > base.sequence());
        self.back.retain(|_, sequence| *sequence > base.sequence());
        self.stale = true;
    }

    /// Whether anything changed since [`Takedowns::count`].
    pub(super) fn is_stale(&self) -> bool {
        self.stale
    }

    /// Works out what the items that are offline now took with them, if that has changed.
    pub(super) fn count(&mut self, base: &Base) {
        if !std::mem::take(&mut self.stale) {
            return;
        }
        self.lost.clear();
        for key in self.down.values().flat_map(|down| &down.keys) {
            *self.lost.entry(key.clone()).or_default() += 1;
        }
        let is_hidden = |(key, lost): &(&String, &u64)| {
            base.evidence(key, 0).is_some_and(|evidence| {
                let left = evidence.documents.saturating_sub(**lost);
                let bare =
                    evidence.queries == 0 && evidence.entry == 0 && left < u64::from(MINIMUM_DOCUMENTS);
                // What is hidden is hidden for every class.
                bare && base.evidence(key, 1).is_none()
            })
        };
        self.hidden = self.lost.iter().filter(is_hidden).map(|(key, _)| key.clone()).collect();
    }

    /// How many of the base's documents with this phrase are offline now.
    pub(super) fn lost(&self, key: &str) -> u64 {
        self.lost.get(key).copied().unwrap_or_default()
    }

    /// The phrases that nothing but documents spoke for, and that too few of them are left for.
    pub(super) fn hidden(&self) -> &HashSet<String> {
        &self.hidden
    }
}

#[cfg(test)]
mod tests {
    use suggest::{BuildOptions, Builder};

    use super::*;

    #[test]
    fn an_item_that_is_back_may_go_before_the_index_has_it() {
        let base = Builder::new(BuildOptions { sequence: 10, ..BuildOptions::default() }).build();
        let mut takedowns = Takedowns::default();
        let mut see = |sequence, found_before, online: bool| {
            let offline = (!online).then(|| (String::new(), vec!["绿茶".to_owned()]));
            assert!(takedowns.see(SeenItem { group_id: 1, sequence, found_before, offline }, &base));
            takedowns.count(&base);
            takedowns.lost("绿茶")
        };
        assert_eq!(see(11, true, false), 1);
        assert_eq!(see(12, false, true), 0);
        assert_eq!(see(13, false, false), 1);
    }

    #[test]
    fn an_item_too_many_is_told() {
        let base = Builder::new(BuildOptions { sequence: 10, ..BuildOptions::default() }).build();
        let come = |group_id| SeenItem { group_id, sequence: 11, found_before: false, offline: None };
        let mut takedowns = Takedowns::default();
        for group_id in 0..MOST as i64 {
            assert!(takedowns.see(come(group_id), &base));
        }
        assert!(!takedowns.see(come(-1), &base));
        assert!(takedowns.see(come(0), &base), "one that is followed already");
    }
}
