//! Which texts have their answers kept ready, and these answers.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;

use rayon::prelude::*;

use crate::answer::{Images, Request};
use crate::base::{Base, View};
use crate::image::Image;
use crate::ready::{self, Answer, KEPT, KEPT_RECENT, Kept, Written};
use crate::route::Settings;
use crate::typed::Typed;

use super::{CHUNK, Progress, Report, Stage};

/// Entries for which one answer is kept.
const ENTRIES_AN_ANSWER: usize = 16;
/// The answers that are kept of however few entries.
const FEWEST: usize = 64;
/// The most characters of a text: whoever typed more has seen what begins so.
const MOST_CHARACTERS: usize = 8;

/// The parts of the file with the best exact hits of what is typed most, and with the recent ones among them, by an image
/// that is whole but for them.
pub(super) fn ready(image: Image, settings: &Settings, report: Report<'_>) -> io::Result<[Vec<u8>; 2]> {
    let base = Base::from_image(image).map_err(io::Error::other)?;
    let view = base.view();
    let (slow, recent) = (Images::slow(base.view()), base.hot_view().map(|hot| Images::slow(hot.by_fast())));
    let asking = Asking { slow, recent, settings };
    let wanted = wanted(&view, view.len() / ENTRIES_AN_ANSWER + FEWEST);
    let mut answers = Vec::with_capacity(wanted.len());
    for chunk in wanted.chunks(CHUNK) {
        report(Progress { stage: Stage::Answers, done: answers.len() as u64, total: wanted.len() as u64 });
        let written = chunk.par_iter().map(|beginning| asking.answer(beginning.text(&view)));
        answers.extend(written.collect::<Vec<_>>());
    }
    Ok(ready::write(answers.into_iter().flatten().collect(), settings))
}

/// What the answers are made from.
struct Asking<'a> {
    slow: Images<'a>,
    recent: Option<Images<'a>>,
    settings: &'a Settings,
}

impl Asking<'_> {
    /// The answer to a text, if it can be kept.
    fn answer(&self, text: &str) -> Option<Written> {
        let typed = Typed::new(text);
        if typed.key != text {
            return None;
        }
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

/// The best exact hits, if they can be kept: while an entry is not shown its twin may be, and that would be missing.
fn kept(request: &Request<'_>) -> Option<Vec<Kept>> {
    let hits = request.exact_hits();
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

/// The beginnings that are typed most.
fn wanted(view: &View<'_>, most: usize) -> Vec<Beginning> {
    let mut best = BinaryHeap::with_capacity(most + 1);
    let mut offer = |beginning: Beginning| {
        best.push(Reverse(beginning));
        if best.len() > most {
            best.pop();
        }
    };
    // The beginnings of the last key, each with the sum of all weights before the first that begins so.
    let mut open: Vec<(Beginning, f64)> = Vec::new();
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
        sum += record.scores().slow.doublings().exp2();
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

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_is_typed_most_is_wanted(
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
            for entry in 0..view.len() as u32 {
                let record = view.record(entry);
                let key = record.key_text();
                let lengths = key.char_indices().map(|(at, character)| at + character.len_utf8());
                for length in lengths.take(MOST_CHARACTERS) {
                    *weights.entry(&key[..length]).or_default() += record.scores().slow.doublings().exp2();
                }
            }
            let found = wanted(&view, most);
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
