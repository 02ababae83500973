//! The route test: types entries by every rule and counts how many come back.

use suggest::Route;

use super::LIST;
use super::typing::{Entry, Homophones, RULES, Random, Rule, Share};

/// What one rule found.
#[derive(Debug, Clone)]
pub struct Recall {
    /// The rule.
    pub rule: Rule,
    /// How much was typed.
    pub share: Share,
    /// Entries that were typed.
    pub typed: usize,
    /// Entries that the rule does not apply to.
    pub left_out: usize,
    /// Entries that were among the first fifteen.
    pub found: usize,
    /// Some that were not: what was typed, and what was wanted.
    pub missed: Vec<(String, String)>,
}

impl Recall {
    /// The part of the typed entries that were among the first fifteen; 1 if none was typed.
    pub fn at_15(&self) -> f64 {
        if self.typed == 0 { 1.0 } else { self.found as f64 / self.typed as f64 }
    }
}

/// Misses that are kept for looking at, a rule.
const KEPT: usize = 20;

/// Types every entry by every rule in every share. `ask` gives the texts suggested for a keyword, best first.
pub fn recall(
    texts: &[String],
    shares: &[Share],
    homophones: &Homophones,
    seed: u64,
    ask: &mut dyn FnMut(&str) -> Vec<String>,
) -> Vec<Recall> {
    let entries: Vec<Entry> = texts.iter().map(|text| Entry::new(text)).collect();
    let mut found = Vec::new();
    for &share in shares {
        for rule in RULES {
            found.push(recall_of(rule, share, &entries, homophones, seed, ask));
        }
    }
    found
}

fn recall_of(
    rule: Rule,
    share: Share,
    entries: &[Entry],
    homophones: &Homophones,
    seed: u64,
    ask: &mut dyn FnMut(&str) -> Vec<String>,
) -> Recall {
    let mut recall = Recall { rule, share, typed: 0, left_out: 0, found: 0, missed: Vec::new() };
    for entry in entries {
        let Some(typed) = rule.typed(entry, share, homophones, seed) else {
            recall.left_out += 1;
            continue;
        };
        recall.typed += 1;
        let items = ask(&typed);
        if items.iter().take(LIST).any(|text| text::normal::key(text) == entry.key) {
            recall.found += 1;
        } else if recall.missed.len() < KEPT {
            recall.missed.push((typed, entry.key.clone()));
        }
    }
    recall
}

/// The recall of a route over all its rules, for the shares that are equal to `share`.
pub fn of_route(found: &[Recall], route: Route, share: Share) -> f64 {
    let of_route = || found.iter().filter(|recall| recall.rule.route == route && recall.share == share);
    let typed: usize = of_route().map(|recall| recall.typed).sum();
    let hit: usize = of_route().map(|recall| recall.found).sum();
    if typed == 0 { 1.0 } else { hit as f64 / typed as f64 }
}

/// A seeded sample of `count` out of the texts, in their order.
pub fn sample(texts: &[String], count: usize, seed: u64) -> Vec<String> {
    let mut places: Vec<usize> = (0..texts.len()).collect();
    Random::new(seed).shuffle(&mut places);
    places.truncate(count);
    places.sort_unstable();
    places.into_iter().map(|place| texts[place].clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use suggest::{BuildOptions, Builder, Candidate, Evidence, Snapshot};

    const TEXTS: [&str; 4] = ["连衣裙长款搭配", "重庆火锅底料", "未来科技展", "macbook pro"];

    fn texts() -> Vec<String> {
        TEXTS.map(str::to_owned).to_vec()
    }

    #[test]
    fn everything_comes_back_from_a_small_base() {
        let mut builder = Builder::new(BuildOptions::default());
        for text in TEXTS {
            builder.push(&Candidate::new(text, Evidence::submitted(3)));
        }
        let snapshot = Snapshot::of_base(builder.build());
        let mut ask = |typed: &str| -> Vec<String> {
            snapshot.suggest(typed, LIST, 0).items.into_iter().map(|item| item.text).collect()
        };
        let homophones = Homophones::of(TEXTS.into_iter().chain(["莲一群联练未为位微科课"]));
        let shares = [Share::Full, Share::Part(0.6)];
        let found = recall(&texts(), &shares, &homophones, 5, &mut ask);
        assert_eq!(found.len(), shares.len() * RULES.len());
        for recall in &found {
            assert_eq!(recall.typed + recall.left_out, TEXTS.len());
        }
        for route in Route::ALL.into_iter().filter(|route| !route.is_repair()) {
            assert_eq!(of_route(&found, route, Share::Full), 1.0, "{route:?} {found:?}");
        }
    }

    #[test]
    fn misses_are_counted_and_kept() {
        let found = recall(&texts(), &[Share::Full], &Homophones::default(), 5, &mut |_| Vec::new());
        let prefix = &found[0];
        assert_eq!((prefix.typed, prefix.found, prefix.missed.len()), (4, 0, 4));
        assert_eq!(prefix.at_15(), 0.0);
        assert_eq!(of_route(&found, Route::Homophone, Share::Full), 1.0);
    }

    #[test]
    fn a_sample_depends_on_its_seed_alone() {
        let texts: Vec<String> = (0..100).map(|number| number.to_string()).collect();
        assert_eq!(sample(&texts, 10, 3), sample(&texts, 10, 3));
        assert_ne!(sample(&texts, 10, 3), sample(&texts, 10, 4));
        assert_eq!(sample(&texts, 1000, 3).len(), 100);
    }
}
