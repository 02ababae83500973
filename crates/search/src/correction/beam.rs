//! The search for what was meant: the likeliest readings of a keyword, from its beginning on.

use text::normal::normal_form;

use super::{
    Model, Repair,
    alphabet::{END, START, UNKNOWN},
    confusions::Candidate,
    weights::{BEAM, LONGEST, RAREST, RARITY, REPAIRS, SAME_END, UNSEEN, USUAL},
};
use crate::syntax::{self, Clause};

/// A reading of the keyword up to some character.
#[derive(Clone, Copy)]
struct Reading {
    score: f32,
    previous: u16,
    last: u16,
    /// Where the model has the pair of these two.
    pair: Option<usize>,
    /// The reading that this one goes on from.
    from: usize,
}

/// A character that may come next, behind one last character.
struct Next {
    number: u16,
    cost: f32,
    /// The logarithm of its probability behind the last character alone.
    probability: f32,
    pair: Option<usize>,
}

/// What may stand at one place of the keyword.
struct Place {
    candidates: Vec<Candidate>,
    /// The candidates that are tried behind a character even if they were never seen there.
    unseen: Vec<bool>,
}

impl Model {
    /// What `keyword` may have been meant as, the likeliest first, at most [`REPAIRS`]. Nothing where the likeliest
    /// does not gain more than `threshold`, which is one of [`weights`](super::weights); the others only have to be
    /// likelier than what was typed.
    pub fn repairs(&self, keyword: &str, threshold: f32) -> Vec<Repair> {
        let mut found = self.likeliest(keyword);
        if found.first().is_none_or(|first| first.gain <= threshold) {
            found.clear();
        }
        found.retain(|repair| repair.gain > 0.0);
        found
    }

    /// The readings of `keyword` other than itself that are likeliest, whatever they gain.
    fn likeliest(&self, keyword: &str) -> Vec<Repair> {
        let normal = normal_form(keyword);
        // Who puts quotes or excludes something means what is typed.
        if syntax::clauses(&normal).iter().any(|clause| !matches!(clause, Clause::Plain(_))) {
            return Vec::new();
        }
        let typed: Vec<char> = normal.chars().take(LONGEST + 1).collect();
        if !(2..=LONGEST).contains(&typed.len()) {
            return Vec::new();
        }
        let places: Vec<Place> = typed.iter().map(|&c| self.place(c)).collect();
        if places.iter().all(|place| place.candidates.len() == 1) {
            return Vec::new();
        }
        let own = self.score(typed.iter().map(|&c| self.alphabet.number(c)));
        self.best(&places)
            .into_iter()
            .map(|(score, numbers)| Repair { text: self.spelled(&numbers, &typed), gain: score - own })
            .filter(|repair| repair.text != normal)
            .take(REPAIRS)
            .collect()
    }

    fn place(&self, c: char) -> Place {
        let own = self.alphabet.number(c);
        // Slips put common characters in place of others: who types a rare one means it.
        let rarity = RARITY * ((-self.single(own)).min(RAREST) - USUAL);
        let mut candidates = self.confusions.of(&self.alphabet, c);
        for candidate in candidates.iter_mut().filter(|candidate| candidate.number != own) {
            candidate.cost += rarity;
        }
        let mut order: Vec<usize> = (0..candidates.len()).collect();
        let likelihood = |place: usize| self.single(candidates[place].number) - candidates[place].cost;
        if order.len() > UNSEEN {
            order
                .select_nth_unstable_by(UNSEEN, |&one, &other| likelihood(other).total_cmp(&likelihood(one)));
            order.truncate(UNSEEN);
        }
        let mut unseen: Vec<bool> = candidates.iter().map(|candidate| candidate.number == own).collect();
        order.into_iter().for_each(|place| unseen[place] = true);
        Place { candidates, unseen }
    }

    /// The logarithm of the probability of a whole text.
    fn score(&self, numbers: impl Iterator<Item = u16>) -> f32 {
        let (mut first, mut second, mut score) = (START, START, 0.0);
        for third in numbers.chain([END]) {
            score += self.triple_logarithm(self.place_of(first, second), second, third);
            (first, second) = (second, third);
        }
        score
    }

    /// The best readings, best first.
    fn best(&self, places: &[Place]) -> Vec<(f32, Vec<u16>)> {
        let nothing =
            Reading { score: 0.0, previous: START, last: START, pair: self.place_of(START, START), from: 0 };
        let mut steps: Vec<Vec<Reading>> = vec![vec![nothing]];
        for place in places {
            let next = steps.last().map_or_else(Vec::new, |readings| self.step(readings, place));
            steps.push(next);
        }
        let mut ended: Vec<(f32, usize)> = steps
            .last()
            .into_iter()
            .flatten()
            .enumerate()
            .map(|(at, reading)| (reading.score + self.triple_logarithm(reading.pair, reading.last, END), at))
            .collect();
        ended.sort_by(|one, other| other.0.total_cmp(&one.0));
        ended.into_iter().take(REPAIRS + 1).map(|(score, at)| (score, trace(&steps, at))).collect()
    }

    /// The readings that go on with a candidate, best first, as many as are followed.
    fn step(&self, readings: &[Reading], place: &Place) -> Vec<Reading> {
        let mut order: Vec<usize> = (0..readings.len()).collect();
        order.sort_unstable_by_key(|&at| readings[at].last);
        let mut found: Vec<Reading> = Vec::new();
        for group in order.chunk_by(|&one, &other| readings[one].last == readings[other].last) {
            let nexts = self.nexts(readings[group[0]].last, place);
            for &at in group {
                self.go_on(&readings[at], at, &nexts, &mut found);
            }
        }
        followed(found)
    }

    /// The candidates that are tried behind `last`, by number.
    fn nexts(&self, last: u16, place: &Place) -> Vec<Next> {
        let (mut seconds, mut start) = self.behind(last);
        let mut nexts = Vec::with_capacity(place.candidates.len());
        for (candidate, &unseen) in place.candidates.iter().zip(&place.unseen) {
            let Candidate { number, cost } = *candidate;
            let before = seconds.partition_point(|&second| second < number);
            (seconds, start) = (&seconds[before..], start + before);
            let (probability, pair) = if seconds.first() == Some(&number) {
                (self.pair_at(start), Some(start))
            } else if unseen {
                (self.left_behind(last) + self.single(number), None)
            } else {
                continue;
            };
            nexts.push(Next { number, cost, probability, pair });
        }
        nexts
    }

    /// Adds what `reading`, the one at `from`, goes on as.
    fn go_on(&self, reading: &Reading, from: usize, nexts: &[Next], found: &mut Vec<Reading>) {
        let (mut thirds, mut start) = reading.pair.map_or((&[][..], 0), |pair| self.behind_pair(pair));
        let left = reading.pair.map_or(0.0, |pair| self.left_behind_pair(pair));
        for next in nexts {
            let before = thirds.partition_point(|&third| third < next.number);
            (thirds, start) = (&thirds[before..], start + before);
            let probability = if thirds.first() == Some(&next.number) {
                self.triple_at(start)
            } else {
                left + next.probability
            };
            found.push(Reading {
                score: reading.score + probability - next.cost,
                previous: reading.last,
                last: next.number,
                pair: next.pair,
                from,
            });
        }
    }

    fn spelled(&self, numbers: &[u16], typed: &[char]) -> String {
        let spell = |(&number, &c): (&u16, &char)| {
            if number == UNKNOWN { c } else { self.alphabet.character(number).unwrap_or(c) }
        };
        numbers.iter().zip(typed).map(spell).collect()
    }
}

/// The best of the readings, best first, few of which end alike.
fn followed(mut readings: Vec<Reading>) -> Vec<Reading> {
    let better = |one: &Reading, other: &Reading| other.score.total_cmp(&one.score);
    // Those that end alike fill the beam early; so many are enough in nearly every case.
    let room = BEAM * (SAME_END + 1);
    if readings.len() > room {
        readings.select_nth_unstable_by(room, better);
        readings.truncate(room);
    }
    readings.sort_by(better);
    let mut kept: Vec<Reading> = Vec::with_capacity(BEAM);
    for reading in readings {
        let end = (reading.previous, reading.last);
        if kept.iter().filter(|other| (other.previous, other.last) == end).count() < SAME_END {
            kept.push(reading);
        }
        if kept.len() == BEAM {
            break;
        }
    }
    kept
}

/// The characters of the reading at `at` of the last step.
fn trace(steps: &[Vec<Reading>], mut at: usize) -> Vec<u16> {
    let mut numbers: Vec<u16> = Vec::with_capacity(steps.len());
    for step in steps[1..].iter().rev() {
        numbers.push(step[at].last);
        at = step[at].from;
    }
    numbers.reverse();
    numbers
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{
        ModelBuilder,
        weights::{THRESHOLD, THRESHOLD_IF_FOUND},
    };
    use super::*;

    fn model() -> Model {
        let mut builder = ModelBuilder::new();
        for title in [
            "上海美食推荐",
            "美食探店",
            "周末美食去哪里",
            "牛肉面的做法",
            "红烧牛肉面",
            "未来已来",
            "我们的未来",
            "腊梅开了，梅花也开了",
            "食品安全",
            "柔道比赛",
            "末班车几点",
        ] {
            builder.add(title);
        }
        builder.build()
    }

    fn meant(model: &Model, typed: &str) -> Option<String> {
        model.repairs(typed, THRESHOLD_IF_FOUND).into_iter().next().map(|repair| repair.text)
    }

    #[test]
    fn sounds_and_shapes_are_repaired() {
        let model = model();
        for (typed, expected) in [("梅食", "美食"), ("末来", "未来"), ("牛柔面", "牛肉面")] {
            assert_eq!(
                meant(&model, typed).as_deref(),
                Some(expected),
                "{typed} {:?}",
                model.likeliest(typed)
            );
        }
    }

    #[test]
    fn what_gains_less_than_the_threshold_is_left_out() {
        let model = model();
        assert_eq!(model.repairs("末来", THRESHOLD), []);
        let found = model.repairs("梅食", THRESHOLD);
        assert!(found[0].gain > THRESHOLD && found.iter().all(|repair| repair.gain > 0.0), "{found:?}");
    }

    #[test]
    fn what_is_written_stays() {
        let model = model();
        for typed in ["美食", "未来", "牛肉面", "梅花", "", "梅", "meishi", "rtx 5090", "🙂🙂", "か"]
        {
            assert_eq!(model.repairs(typed, THRESHOLD_IF_FOUND), [], "{typed}");
        }
    }

    #[test]
    fn letters_and_signs_stay_and_width_does_not_count() {
        assert_eq!(model().likeliest("ＶＬＯＧ 梅食！")[0].text, "vlog 美食!");
    }

    #[test]
    fn long_keywords_are_not_repaired() {
        let model = model();
        let long = |length: usize| format!("梅食{}", "去".repeat(length - 2));
        assert!(!model.likeliest(&long(LONGEST)).is_empty());
        assert!(model.likeliest(&long(LONGEST + 1)).is_empty());
    }

    #[test]
    fn a_model_of_nothing_repairs_nothing() {
        let mut builder = ModelBuilder::new();
        builder.add("");
        assert_eq!(builder.build().repairs("梅食", 0.0), []);
    }

    proptest! {
        #[test]
        fn a_repair_has_the_length_of_what_was_typed(typed in "[美食梅未末来牛柔肉面, a7🙂を]{0,40}|\\PC{0,40}") {
            thread_local! { static MODEL: Model = model(); }
            let (found, again) = MODEL.with(|model| (model.likeliest(&typed), model.likeliest(&typed)));
            prop_assert_eq!(&found, &again);
            let normal = normal_form(&typed);
            for repair in &found {
                prop_assert_eq!(repair.text.chars().count(), normal.chars().count());
                prop_assert_ne!(&repair.text, &normal);
            }
            prop_assert!(found.len() <= REPAIRS && found.is_sorted_by(|one, other| one.gain >= other.gain));
        }
    }
}
