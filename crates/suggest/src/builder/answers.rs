//! Which texts have their answers kept ready, and these answers.
//!
//! Those are kept that spare most: what it takes to find an answer, times how often its text is typed.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;

use rayon::prelude::*;

use crate::answer::{Images, Request};
use crate::base::{Base, View};
use crate::image::Image;
use crate::ready::{self, Answer, KEPT, KEPT_RECENT, Kept, Written};
use crate::record::Record;
use crate::route::Settings;
use crate::typed::Typed;

use super::{CHUNK, Progress, Report, Stage};

/// Entries for which one answer is kept.
const ENTRIES_AN_ANSWER: usize = 16;
/// Texts that are looked at for each that is kept.
const LOOKED_AT: usize = 4;
/// The answers that are kept of however few entries.
const FEWEST: usize = 64;
/// The most characters of a text: whoever typed more has seen what begins so.
const MOST_CHARACTERS: usize = 8;

/// The parts of the file with the best exact hits of some texts, and with the recent ones among them, by an image that is
/// whole but for them.
pub(super) fn ready(image: Image, settings: &Settings, report: Report<'_>) -> io::Result<[Vec<u8>; 2]> {
    let base = Base::from_image(image).map_err(io::Error::other)?;
    let view = base.view();
    let (slow, recent) = (Images::slow(base.view()), base.hot_view().map(|hot| Images::slow(hot.by_fast())));
    let asking = Asking { slow, recent, settings };
    let most = view.len() / ENTRIES_AN_ANSWER + FEWEST;
    let looked_at = typed_most(&view, LOOKED_AT * most);
    let total = looked_at.len() + most.min(looked_at.len());
    let tell = |done: usize| {
        report(Progress { stage: Stage::Answers, done: done as u64, total: total as u64 });
    };
    let spared = in_chunks(&looked_at, tell, |beginning| asking.spared(beginning, &view));
    let wanted = best(&looked_at, &spared, most);
    let tell = |done| tell(looked_at.len() + done);
    let answers = in_chunks(&wanted, tell, |beginning| asking.answer(beginning.text(&view)));
    Ok(ready::write(answers.into_iter().flatten().collect(), settings))
}

/// What comes of each, in their order; before each chunk `tell` is told how many are done.
fn in_chunks<T: Send>(
    all: &[Beginning],
    tell: impl Fn(usize),
    of: impl Fn(&Beginning) -> T + Sync,
) -> Vec<T> {
    let mut made = Vec::with_capacity(all.len());
    for chunk in all.chunks(CHUNK) {
        tell(made.len());
        made.extend(chunk.par_iter().map(&of).collect::<Vec<_>>());
    }
    made
}

/// Those that spare most.
fn best(looked_at: &[Beginning], spared: &[f64], most: usize) -> Vec<Beginning> {
    let mut all: Vec<(f64, &Beginning)> = spared.iter().copied().zip(looked_at).collect();
    all.sort_unstable_by(|one, other| other.0.total_cmp(&one.0).then_with(|| other.1.cmp(one.1)));
    all.into_iter().take(most).map(|(_, beginning)| *beginning).collect()
}

/// What the answers are made from.
struct Asking<'a> {
    slow: Images<'a>,
    recent: Option<Images<'a>>,
    settings: &'a Settings,
}

impl Asking<'_> {
    /// What is spared if the answer to a text is kept.
    fn spared(&self, beginning: &Beginning, view: &View<'_>) -> f64 {
        // A space at the end belongs to no key: what cannot be kept spares nothing.
        let Some(typed) = as_typed(beginning.text(view)) else { return 0.0 };
        let (_, work) = Request::new(&typed, &self.slow, self.settings, KEPT).exact_hits();
        f64::from_bits(beginning.weight) * work as f64
    }

    /// The answer to a text, if it can be kept.
    fn answer(&self, text: &str) -> Option<Written> {
        let typed = as_typed(text)?;
        let request = Request::new(&typed, &self.slow, self.settings, KEPT);
        let hits = kept(&request)?;
        let recent = match &self.recent {
            Some(images) => kept(&Request::new(&typed, images, self.settings, KEPT_RECENT))?,
            None => Vec::new(),
        };
        let (has_whole_entry, has_ends) = (request.has_whole_entry(), request.has_ends());
        Written::new(text.as_bytes(), &Answer { hits, recent, has_whole_entry, has_ends })
    }
}

/// A text as it is typed, if it is its own key.
fn as_typed(text: &str) -> Option<Typed> {
    let typed = Typed::new(text);
    (typed.key == text).then_some(typed)
}

/// The best exact hits, if they can be kept: while an entry is not shown its twin may be, and that would be missing.
fn kept(request: &Request<'_>) -> Option<Vec<Kept>> {
    let (hits, _) = request.exact_hits();
    let is_lasting = hits.iter().all(|hit| !hit.record.has_window());
    is_lasting.then(|| hits.iter().map(|hit| (hit.posting, hit.route)).collect())
}

/// So many first bytes of an entry's key, ordered by how often they are typed: as often as all that begins so together.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Beginning {
    /// A weight, which is never negative: as bits it sorts as it does as a number.
    weight: u64,
    entry: u32,
    length: u32,
}

impl Beginning {
    fn text<'a>(&self, view: &View<'a>) -> &'a str {
        view.record(self.entry).key_text().get(..self.length as usize).unwrap_or_default()
    }
}

/// How often entries are wanted: half of it as they were submitted at any time, half as they are by now. The score alone
/// forgets within weeks, and what was wanted once comes back.
struct Demand {
    queries: f64,
    weight: f64,
}

impl Demand {
    /// The demand for all entries together, by which that for each is measured.
    fn of_all(view: &View<'_>) -> Self {
        let entries = (0..view.len() as u32).map(|entry| view.record(entry));
        entries.fold(Self { queries: 0.0, weight: 0.0 }, |all, record| {
            let Self { queries, weight } = Self::of(&record);
            Self { queries: all.queries + queries, weight: all.weight + weight }
        })
    }

    fn of(record: &Record<'_>) -> Self {
        let details = record.details();
        Self { queries: details.queries as f64, weight: details.scores.slow.doublings().exp2() }
    }

    /// The part of this demand that an entry has.
    fn part(&self, record: &Record<'_>) -> f64 {
        let Self { queries, weight } = Self::of(record);
        let part = |one: f64, all: f64| if all > 0.0 { one / all } else { 0.0 };
        part(queries, self.queries) + part(weight, self.weight)
    }
}

/// The beginnings that are typed most.
fn typed_most(view: &View<'_>, most: usize) -> Vec<Beginning> {
    let mut best = BinaryHeap::with_capacity(most + 1);
    let mut offer = |beginning: Beginning| {
        best.push(Reverse(beginning));
        if best.len() > most {
            best.pop();
        }
    };
    // The beginnings of the last key, each with the sum of all weights before the first that begins so.
    let mut open: Vec<(Beginning, f64)> = Vec::new();
    let demand = Demand::of_all(view);
    let (mut last, mut sum): (&[u8], f64) = (&[], 0.0);
    for place in 0..view.normal.len() {
        let entry = view.normal.posting(place).entry();
        let record = view.record(entry);
        let shared = last.iter().zip(record.key).take_while(|(one, other)| one == other).count();
        close(&mut open, shared, sum, &mut offer);
        let from = open.last().map_or(0, |(longest, _)| longest.length as usize);
        for (at, character) in record.key_text().char_indices().take(MOST_CHARACTERS) {
            let length = at + character.len_utf8();
            if length > from {
                open.push((Beginning { weight: 0, entry, length: length as u32 }, sum));
            }
        }
        sum += demand.part(&record);
        last = record.key;
    }
    close(&mut open, 0, sum, &mut offer);
    best.into_iter().map(|Reverse(beginning)| beginning).collect()
}

/// Weighs the beginnings that go on further than the next key has them.
fn close(open: &mut Vec<(Beginning, f64)>, shared: usize, sum: f64, offer: &mut impl FnMut(Beginning)) {
    while let Some((beginning, before)) = open.pop_if(|(beginning, _)| beginning.length as usize > shared) {
        offer(Beginning { weight: (sum - before).max(0.0).to_bits(), ..beginning });
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;
    use crate::{BuildOptions, Builder, Candidate, Evidence};

    #[test]
    fn those_that_spare_most_are_kept() {
        let beginning = |entry| Beginning { weight: 1, entry, length: 3 };
        let looked_at = [0, 1, 2, 3].map(beginning);
        let entries =
            |most| best(&looked_at, &[2.0, 9.5, 0.0, 2.0], most).iter().map(|one| one.entry).collect();
        let (two, all): (Vec<u32>, Vec<u32>) = (entries(2), entries(9));
        assert_eq!((two, all), (vec![1, 3], vec![1, 3, 0, 2]));
    }

    #[test]
    fn an_answer_that_takes_more_work_to_find_spares_more() {
        let mut builder = Builder::new(BuildOptions { ready: None, ..BuildOptions::default() });
        for number in 0..3_000 {
            builder.push(&Candidate::new(format!("长裙{number}"), Evidence::submitted(1)));
            builder.push(&Candidate::new(format!("西{number}天长"), Evidence::submitted(1)));
        }
        builder.push(&Candidate::new("rtx 5090", Evidence::submitted(1)));
        let base = builder.build();
        let (view, settings) = (base.view(), Settings::default());
        let asking = Asking { slow: Images::slow(base.view()), recent: None, settings: &settings };
        let spared = |text: &str, weight: f64| {
            let entry = (0..view.len() as u32).find(|&entry| view.key(entry).starts_with(text.as_bytes()));
            let length = text.len() as u32;
            asking.spared(&Beginning { weight: weight.to_bits(), entry: entry.unwrap_or(0), length }, &view)
        };
        // Entries enough begin with the first; few begin with the second, so its words are looked for.
        assert!(spared("长裙", 1.0) > 0.0 && spared("长裙2999", 1.0) > spared("长裙", 1.0));
        assert_eq!(spared("长裙", 3.0), 3.0 * spared("长裙", 1.0));
        assert_eq!(spared("rtx ", 1.0), 0.0, "it cannot be kept");
    }

    #[test]
    fn demand_is_half_of_all_times_and_half_of_now() {
        let mut builder = Builder::new(BuildOptions { ready: None, ..BuildOptions::default() });
        builder.push(&Candidate::new("连衣裙", Evidence { slow: 1.0, ..Evidence::submitted(30) }));
        builder.push(&Candidate::new("西安", Evidence { slow: 3.0, ..Evidence::submitted(10) }));
        let base = builder.build();
        let view = base.view();
        let demand = Demand::of_all(&view);
        let of = |key| view.find(key).map(|record| demand.part(&record)).sum::<f64>();
        assert!((of("连衣裙") - 1.0).abs() < 0.01 && (of("西安") - 1.0).abs() < 0.01);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_is_typed_most_is_found(
            entries in prop::collection::hash_map("[连衣裙长a ]{1,10}", 1..90u64, 1..120),
            most in 1..60usize,
        ) {
            let mut builder = Builder::new(BuildOptions { ready: None, ..BuildOptions::default() });
            for (text, count) in &entries {
                builder.push(&Candidate::new(text, Evidence::submitted(*count)));
            }
            let base = builder.build();
            let view = base.view();
            let mut weights: HashMap<&str, f64> = HashMap::new();
            let demand = Demand::of_all(&view);
            for entry in 0..view.len() as u32 {
                let record = view.record(entry);
                let key = record.key_text();
                let lengths = key.char_indices().map(|(at, character)| at + character.len_utf8());
                for length in lengths.take(MOST_CHARACTERS) {
                    *weights.entry(&key[..length]).or_default() += demand.part(&record);
                }
            }
            let found = typed_most(&view, most);
            prop_assert_eq!(found.len(), most.min(weights.len()));
            let mut expected: Vec<f64> = weights.values().copied().collect();
            expected.sort_by(|one, other| other.total_cmp(one));
            let mut texts: Vec<&str> = found.iter().map(|beginning| beginning.text(&view)).collect();
            let mut sums: Vec<f64> = texts.iter().map(|text| weights[text]).collect();
            sums.sort_by(|one, other| other.total_cmp(one));
            // Sums come about by subtraction, so equal ones may differ by a little and change places.
            prop_assert!(sums.iter().zip(&expected).all(|(one, other)| (one / other - 1.0).abs() < 1e-9));
            texts.sort_unstable();
            texts.dedup();
            prop_assert_eq!(texts.len(), found.len(), "each once");
        }
    }
}
