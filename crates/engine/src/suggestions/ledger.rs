//! The overlay's book: what was touched since the base in force was built, and what the base says of it.

use std::collections::{HashMap, HashSet};

use store::EntryRecord;
use suggest::{Base, Candidate, Evidence, Overlay, Weights};

use super::{
    MINIMUM_DOCUMENTS,
    candidates::{self, Asked},
    takedowns::Takedowns,
};

/// All classes.
pub(super) const CLASSES: [u8; 2] = [0, 1];
/// Keys without any effect that are kept while a base is built, see [`Ledger::building`].
const MOST_WITHOUT_EFFECT: usize = 100_000;

/// What was touched since the base in force was built.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    touched: HashMap<String, Touched>,
    pub(super) takedowns: Takedowns,
    /// Whether a base is being built. It may hold what was taken back since its rows were read, so that a key
    /// without effect on the base in force is not forgotten now.
    pub(super) building: bool,
}

/// Everything that the store holds of a key, as read after it was touched.
#[derive(Debug)]
pub(super) struct Touched {
    /// The number of the touch.
    pub(super) number: u64,
    /// The query, if it counts as one.
    pub(super) asked: Option<Asked>,
    /// The operators' entries, one for each class at most.
    pub(super) entries: Vec<EntryRecord>,
}

/// What the overlay shows of a key.
#[derive(Debug, Default, PartialEq)]
struct Shown {
    candidates: Vec<Candidate>,
    /// Nothing supports what the base has.
    hidden: bool,
}

impl Ledger {
    /// Takes up what the store holds of a key now.
    pub(super) fn touch(&mut self, key: String, touched: Touched) {
        self.touched.insert(key, touched);
    }

    /// Forgets what a new base holds: what was touched up to `mark`.
    pub(super) fn forget(&mut self, mark: u64, base: &Base) {
        self.touched.retain(|_, touched| touched.number > mark);
        self.takedowns.forget(base);
        self.building = false;
    }

    /// The overlay over `base` at the moment `now`; keys without effect are forgotten on the way.
    pub(super) fn overlay(&mut self, base: &Base, now: i64) -> Overlay {
        self.takedowns.count(base);
        let (mut shown, mut hidden) = (Vec::new(), HashSet::new());
        let keep_all = self.building && self.touched.len() <= MOST_WITHOUT_EFFECT;
        let takedowns = &self.takedowns;
        self.touched.retain(|key, touched| {
            let of_key = touched.shown(key, base, takedowns.lost(key), now);
            let has_effect = of_key.hidden || !of_key.candidates.is_empty();
            shown.extend(of_key.candidates);
            if of_key.hidden {
                hidden.insert(key.clone());
            }
            has_effect || keep_all
        });
        for key in self.takedowns.hidden() {
            if !self.touched.contains_key(key) {
                hidden.insert(key.clone());
            }
        }
        Overlay::new(&shown, hidden, base.at(), now, &Weights::DEFAULT)
    }
}

impl Touched {
    /// `lost`: how many of the documents that the base counts for it are offline now.
    ///
    /// What supports a class goes into the overlay whole, as it does into a base. Only documents cannot: nobody
    /// knows them but the base, so its entry stays, unless it has to go for another class.
    fn shown(&self, key: &str, base: &Base, lost: u64, now: i64) -> Shown {
        let in_base = CLASSES.map(|class| base.evidence(key, class));
        let left = in_base[0].map_or(0, |evidence| evidence.documents).saturating_sub(lost);
        let documents = if left < u64::from(MINIMUM_DOCUMENTS) { 0 } else { left };
        let of_documents = Evidence::of_documents(documents);
        let mut candidates: Vec<Candidate> =
            self.entries.iter().cloned().filter_map(candidates::of_entry).collect();
        let supported = |candidates: &[Candidate], class: u8| candidates.iter().any(|one| one.class == class);
        if let Some(asked) = &self.asked {
            let candidate = asked.candidate(now);
            candidates.push(Candidate { evidence: candidate.evidence.with(of_documents), ..candidate });
        } else if documents > 0
            && let Some(entry) = self.entries.iter().find(|entry| entry.class == 0)
        {
            candidates.push(Candidate::new(entry.text.as_str(), of_documents));
        }
        let gone = |class: u8| in_base[usize::from(class)].is_some() && !supported(&candidates, class);
        let hidden = gone(1) || (gone(0) && documents == 0);
        if hidden && documents > 0 && gone(0) {
            candidates.push(Candidate::new(key, of_documents));
        }
        Shown { candidates, hidden }
    }
}
