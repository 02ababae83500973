//! Replays a dated query log: learns on the days before, tests on the next, for several days.
//!
//! A test day's queries are typed letter by letter, once as they are written and once in pinyin, against a base
//! built from everything before that day, with the evidence as of the day's beginning. Beside it stands
//! [`Completion`] with several half-lives, on the same split and the same prefixes.
//!
//! - A query counts at a prefix length if it has that many characters (letters, in pinyin), as often as it was
//!   submitted that day. Typed is the compared form: small letters, simplified, without spaces.
//! - A query that nobody submitted before can be suggested by neither side; it counts as not found.
//! - Pinyin is the first reading of the text; texts without hanzi are not typed in pinyin.

use std::collections::HashMap;
use std::sync::Arc;

use suggest::{BuildOptions, Builder, Candidate, Evidence, Settings, Snapshot, Weights};

use super::LIST;
use super::completion::Completion;
use super::decayed::Decayed;
use super::figures::Figures;
use super::log::{Event, HOUR, Log, day_start};

/// Prefix lengths that are looked at.
pub const LENGTHS: usize = 6;

/// How the queries are typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typing {
    /// As they are written.
    Written,
    /// In pinyin letters.
    Pinyin,
}

impl Typing {
    /// Both ways.
    pub const ALL: [Self; 2] = [Self::Written, Self::Pinyin];

    /// The name in a report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Written => "hanzi",
            Self::Pinyin => "pinyin",
        }
    }
}

/// What is replayed.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The days that are tested.
    pub days: Vec<i64>,
    /// Half-lives in seconds of the most popular completion; `None` is all history alike.
    pub half_lives: Vec<Option<f64>>,
    /// The weights of ours.
    pub weights: Weights,
    /// The routes of ours.
    pub settings: Settings,
}

impl Plan {
    /// The days, with the weights in force and the usual half-lives beside them.
    pub fn new(days: Vec<i64>, settings: Settings) -> Self {
        let hours =
            [28 * 24, 14 * 24, 7 * 24, 3 * 24, 24, 12, 6].map(|hours| Some(hours as f64 * HOUR as f64));
        let half_lives = std::iter::once(None).chain(hours).collect();
        Self { days, half_lives, weights: Weights::DEFAULT, settings }
    }

    /// Sets one weight by its name, for trying; false if there is none of that name.
    pub fn set_weight(&mut self, name: &str, value: f64) -> bool {
        let weights = &mut self.weights;
        match name {
            "slow_half_life" => weights.slow_half_life = value,
            "fast_half_life" => weights.fast_half_life = value,
            "fast" => weights.fast = value,
            "free_length" => weights.free_length = value as u32,
            "length_penalty" => weights.length_penalty = value,
            _ => return false,
        }
        true
    }
}

/// Figures by prefix length, from 1.
pub type ByLength = [Figures; LENGTHS];

/// What a replay found.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Queries of the test days.
    pub queries: f64,
    /// Those of them that somebody had submitted before.
    pub known: f64,
    /// Entries of the last base.
    pub entries: usize,
    /// Ours, for each of [`Typing::ALL`].
    pub ours: [ByLength; 2],
    /// The most popular completion, for each half-life of the plan.
    pub completion: Vec<[ByLength; 2]>,
}

impl Outcome {
    /// The best mean reciprocal rank of any completion at that length (from 1).
    pub fn best_completion(&self, typing: Typing, length: usize) -> f64 {
        let ranks = self.completion.iter().map(|by| by[typing as usize][length - 1].mean_reciprocal_rank());
        ranks.fold(0.0, f64::max)
    }

    /// Whether ours is at least the best completion at that length (from 1).
    pub fn is_at_least_the_best(&self, typing: Typing, length: usize) -> bool {
        let ours = self.ours[typing as usize][length - 1].mean_reciprocal_rank();
        ours >= self.best_completion(typing, length) - f64::EPSILON
    }
}

/// Replays a sorted log. `report` is told before each test day how many are done.
pub fn replay(log: &Log, plan: &Plan, report: &mut dyn FnMut(usize)) -> Outcome {
    let mut days = plan.days.clone();
    days.sort_unstable();
    days.dedup();
    let mut state = State::new(log, plan);
    let mut rest = log.events();
    for (done, &day) in days.iter().enumerate() {
        report(done);
        let (before, after) = rest.split_at(rest.partition_point(|event| event.day() < day));
        state.learn(before, day_start(day));
        let of_day = after.partition_point(|event| event.day() <= day);
        state.test(&after[..of_day], day_start(day));
        rest = after;
    }
    state.outcome
}

/// Everything a log teaches, as of the beginning of the day after its last, and that moment.
pub fn learned(log: &Log, plan: &Plan) -> (Snapshot, i64) {
    let now = log.days().map_or(0, |(_, last)| day_start(last + 1));
    let mut state = State::new(log, plan);
    state.learn(log.events(), now);
    (state.snapshot(now), now)
}

/// A text as it is typed, cut once into its characters.
struct Typed<'a> {
    text: &'a str,
    /// Where each character ends.
    ends: Vec<usize>,
}

impl<'a> Typed<'a> {
    fn new(text: &'a str) -> Self {
        let ends = text.char_indices().map(|(at, character)| at + character.len_utf8()).collect();
        Self { text, ends }
    }

    fn prefix(&self, length: usize) -> &'a str {
        &self.text[..self.ends[length - 1]]
    }
}

struct State<'a> {
    log: &'a Log,
    plan: &'a Plan,
    /// For each of [`Typing::ALL`].
    texts: [Completion; 2],
    queries: Vec<u64>,
    slow: Decayed,
    fast: Decayed,
    completion: Vec<Decayed>,
    outcome: Outcome,
}

impl<'a> State<'a> {
    fn new(log: &'a Log, plan: &'a Plan) -> Self {
        let count = log.entries().len();
        let keys = || log.entries().iter().map(|entry| entry.key.as_str());
        let written = keys().map(str::to_owned);
        let spelled = keys().map(|key| text::pinyin::full(&text::pinyin::reading(key)));
        Self {
            log,
            plan,
            texts: [Completion::new(written), Completion::new(spelled)],
            queries: vec![0; count],
            slow: Decayed::new(Some(plan.weights.slow_half_life), count),
            fast: Decayed::new(Some(plan.weights.fast_half_life), count),
            completion: plan.half_lives.iter().map(|&half_life| Decayed::new(half_life, count)).collect(),
            outcome: Outcome {
                queries: 0.0,
                known: 0.0,
                entries: 0,
                ours: Default::default(),
                completion: vec![Default::default(); plan.half_lives.len()],
            },
        }
    }

    fn learn(&mut self, events: &[Event], now: i64) {
        for sum in [&mut self.slow, &mut self.fast].into_iter().chain(&mut self.completion) {
            sum.advance(now);
            for event in events {
                sum.add(event.entry as usize, event.time(), event.count as f64);
            }
        }
        for event in events {
            self.queries[event.entry as usize] += event.count.unsigned_abs();
        }
    }

    fn test(&mut self, events: &[Event], now: i64) {
        let mut submitted: HashMap<u32, f64> = HashMap::new();
        for event in events {
            *submitted.entry(event.entry).or_default() += event.count as f64;
        }
        let mut submitted: Vec<_> = submitted.into_iter().collect();
        submitted.sort_unstable_by_key(|&(entry, _)| entry);
        let mut ours = Ours::new(self.snapshot(now), now);
        self.outcome.entries = ours.snapshot.base.len();
        for (entry, count) in submitted {
            self.test_one(entry as usize, count, &mut ours);
        }
    }

    fn snapshot(&self, now: i64) -> Snapshot {
        // A day's queries are fewer than the answers that would be kept ready for them.
        let options =
            BuildOptions { at: now, weights: self.plan.weights, ready: None, ..BuildOptions::default() };
        let mut builder = Builder::new(options);
        for (entry, known) in self.log.entries().iter().enumerate() {
            if self.queries[entry] == 0 {
                continue;
            }
            let evidence = Evidence {
                queries: self.queries[entry],
                slow: self.slow.of(entry),
                fast: self.fast.of(entry),
                ..Evidence::default()
            };
            builder.push(&Candidate::new(known.text.as_str(), evidence));
        }
        Snapshot {
            base: Arc::new(builder.build()),
            settings: Arc::new(self.plan.settings.clone()),
            ..Snapshot::default()
        }
    }

    fn test_one(&mut self, entry: usize, count: f64, ours: &mut Ours) {
        let is_known = self.queries[entry] > 0;
        let key = self.log.entries()[entry].key.as_str();
        self.outcome.queries += count;
        self.outcome.known += if is_known { count } else { 0.0 };
        for typing in Typing::ALL {
            if typing == Typing::Pinyin && !key.chars().any(text::script::is_hanzi) {
                continue;
            }
            let texts = &self.texts[typing as usize];
            let typed = Typed::new(texts.text(entry));
            let whole = typed.ends.len();
            for length in 1..=whole.min(LENGTHS) {
                let prefix = typed.prefix(length);
                let rank = if is_known { ours.rank(prefix, key) } else { None };
                self.outcome.ours[typing as usize][length - 1].add(rank, length, whole, count);
                for (counts, found) in self.completion.iter().zip(&mut self.outcome.completion) {
                    let rank = if is_known { texts.rank(prefix, entry, counts) } else { None };
                    found[typing as usize][length - 1].add(rank, length, whole, count);
                }
            }
        }
    }
}

/// The suggestions of one test day; every prefix is asked once.
struct Ours {
    snapshot: Snapshot,
    now: i64,
    asked: HashMap<String, Vec<String>>,
}

impl Ours {
    fn new(snapshot: Snapshot, now: i64) -> Self {
        Self { snapshot, now, asked: HashMap::new() }
    }

    fn rank(&mut self, prefix: &str, key: &str) -> Option<usize> {
        if !self.asked.contains_key(prefix) {
            let found = self.snapshot.suggest(prefix, LIST, self.now).items;
            let keys = found.iter().map(|item| text::normal::key(&item.text)).collect();
            self.asked.insert(prefix.to_owned(), keys);
        }
        let place = self.asked.get(prefix)?.iter().position(|found| found == key);
        place.map(|place| place + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::log::DAY;

    /// Three days: 美食 is old and frequent, 美女 new; tested is the fourth.
    fn log() -> Log {
        let mut log = Log::default();
        let mut add = |text: &str, day: i64, count: i64| log.add(text, day_start(day), count);
        add("美食", 100, 3);
        add("美女", 102, 1);
        add("口红", 101, 1);
        add("美女", 103, 1);
        add("美妆", 103, 1);
        log.sort();
        log
    }

    fn plan() -> Plan {
        let half_lives = vec![None, Some(DAY as f64 / 2.0)];
        Plan { half_lives, ..Plan::new(vec![103], Settings::default()) }
    }

    #[test]
    fn figures_of_a_small_log_by_hand() {
        let outcome = replay(&log(), &plan(), &mut |_| {});
        assert_eq!((outcome.queries, outcome.known, outcome.entries), (2.0, 1.0, 3));
        // 美: by all history 美食 stands before 美女, by the last day behind. 美妆 is unknown to both.
        let rank = |by: &[ByLength; 2], typing: Typing, length: usize| {
            by[typing as usize][length - 1].mean_reciprocal_rank()
        };
        assert_eq!(rank(&outcome.completion[0], Typing::Written, 1), 0.25);
        assert_eq!(rank(&outcome.completion[1], Typing::Written, 1), 0.5);
        assert_eq!(rank(&outcome.ours, Typing::Written, 1), 0.5);
        assert_eq!(rank(&outcome.ours, Typing::Written, 2), 0.5);
        assert_eq!(outcome.ours[0][1].asked(), 2.0);
        assert_eq!(outcome.ours[0][2].asked(), 0.0);
        assert_eq!(outcome.ours[0][0].keystrokes_saved(), 0.25);
        assert_eq!(rank(&outcome.ours, Typing::Pinyin, 4), 0.5);
        assert!((1..=4).all(|length| outcome.is_at_least_the_best(Typing::Written, length)));
    }

    #[test]
    fn nothing_of_the_test_day_is_learned() {
        let mut first = plan();
        first.days = vec![100];
        let outcome = replay(&log(), &first, &mut |_| {});
        assert_eq!((outcome.queries, outcome.known, outcome.entries), (3.0, 0.0, 0));
        assert_eq!(outcome.ours[0][0].success(), 0.0);
    }

    #[test]
    fn several_days_sum_up() {
        let mut both = plan();
        both.days = vec![103, 101];
        let outcome = replay(&log(), &both, &mut |_| {});
        assert_eq!((outcome.queries, outcome.known), (3.0, 1.0));
    }
}
