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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use store::QueryTotal;
    use suggest::{BuildOptions, Builder, Snapshot};

    use super::*;
    use crate::suggestions::takedowns::SeenItem;

    const NOW: i64 = 1_790_000_000;

    /// A base of change 10 that knows: a query, a phrase of three documents, goods that are a phrase too.
    fn base() -> Base {
        let mut builder = Builder::new(BuildOptions { sequence: 10, at: NOW, ..BuildOptions::default() });
        builder.push(&Candidate::new("红茶", Evidence::submitted(9)));
        builder.push(&Candidate::new("绿茶", Evidence::of_documents(3)));
        builder.push(&Candidate::new("白茶", Evidence::of_documents(3)));
        builder.push(&Candidate { class: 1, ..Candidate::new("白茶", Evidence::of_entry(2)) });
        builder.build()
    }

    fn asked(text: &str, count: i64) -> Option<Asked> {
        let hours = vec![(NOW / 3600, count)];
        Asked::of(QueryTotal {
            key: text.to_owned(),
            surface: text.to_owned(),
            hours,
            ..QueryTotal::default()
        })
    }

    fn touched(number: u64, asked: Option<Asked>, entries: Vec<EntryRecord>) -> Touched {
        Touched { number, asked, entries }
    }

    /// What is suggested for 茶's readings, text and class, in any order.
    fn shown(ledger: &mut Ledger, base: Base) -> Vec<(String, u8)> {
        let overlay = ledger.overlay(&base, NOW);
        let snapshot = Snapshot { overlay: overlay.into(), ..Snapshot::of_base(base) };
        let typed = ["红", "绿", "白", "乌"];
        typed
            .iter()
            .flat_map(|typed| snapshot.suggest(typed, 15, NOW).items)
            .map(|item| (item.text, item.class))
            .collect()
    }

    fn all() -> Vec<(String, u8)> {
        [("红茶", 0), ("绿茶", 0), ("白茶", 1), ("白茶", 0)]
            .map(|(text, class)| (text.to_owned(), class))
            .into()
    }

    fn without(text: &str, class: u8) -> Vec<(String, u8)> {
        all().into_iter().filter(|one| *one != (text.to_owned(), class)).collect()
    }

    #[test]
    fn an_empty_ledger_changes_nothing() {
        assert_eq!(shown(&mut Ledger::default(), base()), all());
    }

    #[test]
    fn a_new_query_is_shown_and_one_that_is_taken_back_goes() {
        let mut ledger = Ledger::default();
        ledger.touch("乌龙茶".to_owned(), touched(1, asked("乌龙茶", 5), vec![]));
        assert_eq!(shown(&mut ledger, base()).last().unwrap().0, "乌龙茶");
        ledger.touch("乌龙茶".to_owned(), touched(2, None, vec![]));
        ledger.touch("红茶".to_owned(), touched(3, None, vec![]));
        assert_eq!(shown(&mut ledger, base()), without("红茶", 0));
    }

    #[test]
    fn a_query_that_is_taken_back_stays_as_a_phrase() {
        let mut ledger = Ledger::default();
        ledger.touch("绿茶".to_owned(), touched(1, None, vec![]));
        assert_eq!(shown(&mut ledger, base()), all());
    }

    #[test]
    fn goods_that_go_leave_the_phrase() {
        let mut ledger = Ledger::default();
        ledger.touch("白茶".to_owned(), touched(1, None, vec![]));
        assert_eq!(shown(&mut ledger, base()), without("白茶", 1));
    }

    #[test]
    fn a_key_without_effect_is_forgotten_unless_a_base_is_built() {
        let mut ledger = Ledger { building: true, ..Ledger::default() };
        ledger.touch("花茶".to_owned(), touched(5, None, vec![]));
        ledger.overlay(&base(), NOW);
        assert_eq!(ledger.touched.len(), 1);
        let mut builder = Builder::new(BuildOptions { sequence: 20, at: NOW, ..BuildOptions::default() });
        builder.push(&Candidate::new("花茶", Evidence::submitted(9)));
        let next = builder.build();
        ledger.forget(4, &next);
        assert_eq!(
            ledger.overlay(&next, NOW).hidden_len(),
            1,
            "taken back after the rows of the new base were read"
        );
        ledger.forget(5, &next);
        assert!(ledger.touched.is_empty());
    }

    #[test]
    fn a_phrase_goes_with_its_documents() {
        let base = base();
        let mut ledger = Ledger::default();
        let see = |ledger: &mut Ledger, group_id, sequence, found_before, online: bool| {
            let offline = (!online).then(|| ("杂谈".to_owned(), vec!["绿茶".to_owned(), "白茶".to_owned()]));
            assert!(ledger.takedowns.see(SeenItem { group_id, sequence, found_before, offline }, &base));
            ledger.overlay(&base, NOW).hidden_len()
        };
        assert_eq!(see(&mut ledger, 1, 9, true, false), 0, "the base knows");
        assert_eq!(see(&mut ledger, 1, 11, false, false), 0, "it was offline before");
        assert_eq!(see(&mut ledger, 2, 12, false, true), 0);
        assert_eq!(see(&mut ledger, 2, 13, true, false), 0, "it came after the base");
        assert_eq!(see(&mut ledger, 1, 14, true, false), 1, "the phrase that is goods too stays");
        assert_eq!(
            see(&mut ledger, 1, 15, true, true),
            0,
            "it is back, though its removal was not committed yet"
        );
        assert_eq!(see(&mut ledger, 1, 16, true, false), 1);
        ledger.touch("绿茶".to_owned(), touched(1, asked("绿茶", 5), vec![]));
        assert_eq!(ledger.overlay(&base, NOW).hidden_len(), 0, "it is searched for");
    }
}
