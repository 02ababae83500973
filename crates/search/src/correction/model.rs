//! How likely a character is behind two others, by what was written before.
//!
//! Probabilities are interpolated by Witten and Bell's rule: what a pair was seen with counts as often as it was seen,
//! and as much again as it was seen with different things is left to what the second character of it is seen with.
//! Everything is worked out when the model is built and kept as a logarithm of 16 bits: 4 bytes a triple, 10 a pair.

use std::ops::Range;

use text::{normal::normal_form, script::is_hanzi, segment};

use super::{
    alphabet::{Alphabet, END, START, STOP},
    confusions::Confusions,
    counts::{Counts, Sorted, counted},
    weights::{SEEN, TRIPLES},
};

/// Added to how often each character was seen, so that none is impossible.
const NEVER_SEEN: f32 = 0.1;
/// How many characters there may be, in the same sense.
const CHARACTERS: f32 = 2_000.0;
/// Steps of a logarithm that is kept in 16 bits; down to e^-64.
const STEPS: f32 = 1_024.0;

/// Takes in texts and makes a [`Model`] of them.
pub struct ModelBuilder {
    alphabet: Alphabet,
    counts: Counts,
}

/// What people write, as far as it tells what was meant.
pub struct Model {
    pub(super) alphabet: Alphabet,
    pub(super) confusions: Confusions,
    /// By character.
    singles: Vec<Single>,
    pairs: Vec<Pair>,
    /// The second characters of all pairs: ordered within those of a first one.
    seconds: Vec<u16>,
    /// The third characters of all triples: ordered within those of a pair.
    thirds: Vec<u16>,
    /// By triple: the logarithm of its last character's probability.
    triples: Vec<Packed>,
}

/// A character: its probability, what is left to it for pairs that were not seen, where its pairs start.
#[derive(Clone, Copy, Default)]
struct Single {
    probability: f32,
    left: f32,
    pairs: u32,
}

/// A pair: the probability of its second character, what is left for triples that were not seen, where its
/// triples start.
#[derive(Clone, Copy)]
struct Pair {
    probability: Packed,
    left: Packed,
    triples: u32,
}

/// A logarithm of a probability.
#[derive(Clone, Copy)]
struct Packed(u16);

impl Packed {
    fn new(logarithm: f32) -> Self {
        Self((-logarithm * STEPS).round() as u16)
    }

    fn logarithm(self) -> f32 {
        f32::from(self.0) / -STEPS
    }
}

impl Default for ModelBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl ModelBuilder {
    /// A builder that has seen nothing.
    pub fn new() -> Self {
        Self { alphabet: Alphabet::new(), counts: Counts::new(TRIPLES) }
    }

    /// Takes in a title or a query.
    pub fn add(&mut self, text: &str) {
        let (mut first, mut second) = (START, START);
        for c in normal_form(text).chars() {
            let third = self.alphabet.take_in(c);
            self.counts.add([first, second, third]);
            (first, second) = (second, third);
        }
        if second != START {
            self.counts.add([first, second, END]);
            self.counts.add([second, END, STOP]);
        }
    }

    /// Makes the model. With a large alphabet this asks the dictionary for some ten million pairs, which takes about a
    /// second.
    pub fn build(self) -> Model {
        let Self { alphabet, counts } = self;
        Builder::new(alphabet, &counts.finish()).build()
    }
}

/// A model on its way.
struct Builder<'a> {
    counts: &'a Sorted,
    /// How often each character was seen.
    seen: Vec<u32>,
    model: Model,
}

impl<'a> Builder<'a> {
    fn new(alphabet: Alphabet, counts: &'a Sorted) -> Self {
        let mut seen = vec![0_u32; alphabet.len()];
        for ([_, _, third], count) in counts.iter().filter(|([_, _, third], _)| *third != STOP) {
            seen[usize::from(third)] += count;
        }
        let total: f32 = seen.iter().map(|&count| count as f32).sum();
        let single = |&count: &u32| Single {
            probability: ((count as f32 + NEVER_SEEN) / (total + CHARACTERS)).ln(),
            ..Single::default()
        };
        let model = Model {
            confusions: Confusions::new(&alphabet, |number| seen[usize::from(number)] >= SEEN),
            singles: seen.iter().map(single).collect(),
            pairs: Vec::new(),
            seconds: Vec::new(),
            thirds: Vec::with_capacity(counts.len()),
            triples: Vec::with_capacity(counts.len()),
            alphabet,
        };
        Self { counts, seen, model }
    }

    fn build(mut self) -> Model {
        self.lay_out_pairs();
        self.lay_out_triples();
        self.model
    }

    /// Puts every pair that was seen or is a word in its place.
    fn lay_out_pairs(&mut self) {
        let words = Words::new(&self.model.alphabet, &self.seen);
        let seen: Vec<([u16; 2], u32, u32)> = self.counts.by_pair().map(pair).collect();
        let mut rest = seen.as_slice();
        for first in 0..self.model.singles.len() as u16 {
            let own = rest.partition_point(|(pair, ..)| pair[0] == first);
            let (seen, behind) = rest.split_at(own);
            rest = behind;
            self.lay_out_pairs_of(first, seen, &words.behind(first));
        }
        self.model.pairs.shrink_to_fit();
        self.model.seconds.shrink_to_fit();
    }

    /// The same for one first character. `seen` has each pair with how often and with how many different third
    /// characters it was seen.
    fn lay_out_pairs_of(&mut self, first: u16, seen: &[([u16; 2], u32, u32)], words: &[u16]) {
        // That a text begins is no news.
        let real = seen.iter().filter(|(pair, ..)| pair[1] != START);
        let total = real.clone().map(|(_, count, _)| *count as f32).sum::<f32>();
        let kinds = real.count() as f32;
        let model = &mut self.model;
        let single = &mut model.singles[usize::from(first)];
        single.pairs = model.seconds.len() as u32;
        single.left = left(total, kinds);
        let unseen =
            words.iter().filter(|second| seen.binary_search_by(|(pair, ..)| pair[1].cmp(second)).is_err());
        let unseen = unseen.map(|&second| ([first, second], 0, 0));
        let mut all: Vec<_> = seen.iter().copied().chain(unseen).collect();
        all.sort_unstable();
        for ([_, second], count, different) in all {
            let word = f32::from(u8::from(words.binary_search(&second).is_ok()));
            let alone = model.singles.get(usize::from(second)).map_or(0.0, |single| single.probability.exp());
            let probability =
                (count as f32 + word + (kinds + word) * alone) / (total + kinds + 2.0 * word).max(1.0);
            model.seconds.push(second);
            model.pairs.push(Pair {
                probability: Packed::new(probability.ln()),
                left: Packed::new(left(count as f32, different as f32)),
                triples: different,
            });
        }
    }

    /// Puts every triple in its place; until then a pair holds how many it has.
    fn lay_out_triples(&mut self) {
        let model = &mut self.model;
        let mut start = 0;
        for pair in &mut model.pairs {
            (pair.triples, start) = (start, start + pair.triples);
        }
        for of_pair in self.counts.by_pair() {
            let (_, total, kinds) = pair(of_pair);
            for ([_, second, third], count) in of_pair.iter().map(|&key| counted(key)) {
                let shorter = if third == STOP { 1.0 } else { model.pair_logarithm(second, third).exp() };
                let probability = (count as f32 + kinds as f32 * shorter) / (total as f32 + kinds as f32);
                model.thirds.push(third);
                model.triples.push(Packed::new(probability.ln()));
            }
        }
    }
}

/// A pair, how often it was seen, and with how many different third characters.
fn pair(triples: &[u64]) -> ([u16; 2], u32, u32) {
    let first = triples.first().map_or([0; 3], |&key| counted(key).0);
    let total = triples.iter().map(|&key| counted(key).1).sum();
    ([first[0], first[1]], total, triples.len() as u32)
}

/// The logarithm of the part of the probability that is left to what was not seen.
fn left(total: f32, kinds: f32) -> f32 {
    if kinds == 0.0 { 0.0 } else { (kinds / (total + kinds)).ln() }
}

/// The usual hanzi of an alphabet in the order of their numbers, to tell which of them make words.
struct Words {
    usual: Vec<(u16, char)>,
}

impl Words {
    fn new(alphabet: &Alphabet, seen: &[u32]) -> Self {
        let is_usual = |&(number, c): &(u16, char)| is_hanzi(c) && seen[usize::from(number)] >= SEEN;
        Self { usual: alphabet.iter().filter(is_usual).collect() }
    }

    /// The characters that make a word of two behind `first`, ordered.
    fn behind(&self, first: u16) -> Vec<u16> {
        let Ok(at) = self.usual.binary_search_by_key(&first, |usual| usual.0) else { return Vec::new() };
        let first = self.usual[at].1;
        let mut word = String::with_capacity(8);
        let mut makes_word = |second: char| {
            word.clear();
            word.extend([first, second]);
            segment::is_word(&word)
        };
        self.usual.iter().filter(|(_, second)| makes_word(*second)).map(|(number, _)| *number).collect()
    }
}

impl Model {
    /// Bytes of memory.
    pub fn bytes(&self) -> usize {
        self.singles.capacity() * size_of::<Single>()
            + self.pairs.capacity() * size_of::<Pair>()
            + self.seconds.capacity() * size_of::<u16>()
            + self.thirds.capacity() * size_of::<u16>()
            + self.triples.capacity() * size_of::<Packed>()
            + self.alphabet.bytes()
            + self.confusions.bytes()
    }

    /// The logarithm of the probability of a character.
    pub(super) fn single(&self, number: u16) -> f32 {
        self.singles[usize::from(number)].probability
    }

    /// The second characters of the pairs that begin with `first`, and the place of the first of these pairs.
    pub(super) fn behind(&self, first: u16) -> (&[u16], usize) {
        let start = self.singles[usize::from(first)].pairs as usize;
        let end =
            self.singles.get(usize::from(first) + 1).map_or(self.seconds.len(), |next| next.pairs as usize);
        (&self.seconds[start..end], start)
    }

    /// The logarithm of the probability of the second character of the pair at `place`.
    pub(super) fn pair_at(&self, place: usize) -> f32 {
        self.pairs[place].probability.logarithm()
    }

    /// The logarithm that is left for each character that was not seen behind `first`, its own not counted.
    pub(super) fn left_behind(&self, first: u16) -> f32 {
        self.singles[usize::from(first)].left
    }

    /// The third characters of the triples that begin with the pair at `place`, and the place of the first of these.
    pub(super) fn behind_pair(&self, place: usize) -> (&[u16], usize) {
        let range = self.triples_of(place);
        (&self.thirds[range.clone()], range.start)
    }

    /// The logarithm of the probability of the third character of the triple at `place`.
    pub(super) fn triple_at(&self, place: usize) -> f32 {
        self.triples[place].logarithm()
    }

    /// The logarithm that is left for what was not seen behind the pair at `place`, its own not counted.
    pub(super) fn left_behind_pair(&self, place: usize) -> f32 {
        self.pairs[place].left.logarithm()
    }

    /// Where the pair of two characters is, if there is one.
    pub(super) fn place_of(&self, first: u16, second: u16) -> Option<usize> {
        let (seconds, start) = self.behind(first);
        seconds.binary_search(&second).ok().map(|place| start + place)
    }

    /// The logarithm of the probability of `third` behind a pair, which is at `place` if there is one.
    pub(super) fn triple_logarithm(&self, place: Option<usize>, second: u16, third: u16) -> f32 {
        let Some(place) = place else { return self.pair_logarithm(second, third) };
        let (thirds, start) = self.behind_pair(place);
        match thirds.binary_search(&third) {
            Ok(at) => self.triple_at(start + at),
            Err(_) => self.left_behind_pair(place) + self.pair_logarithm(second, third),
        }
    }

    fn pair_logarithm(&self, first: u16, second: u16) -> f32 {
        match self.place_of(first, second) {
            Some(place) => self.pair_at(place),
            None => self.left_behind(first) + self.single(second),
        }
    }

    fn triples_of(&self, pair: usize) -> Range<usize> {
        let start = self.pairs[pair].triples as usize;
        let end = self.pairs.get(pair + 1).map_or(self.thirds.len(), |next| next.triples as usize);
        start..end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_follow_adds_up_to_one() {
        let mut builder = ModelBuilder::new();
        for text in ["上海美食推荐", "美食探店", "周末美食", "美食美食"] {
            builder.add(text);
        }
        let model = builder.build();
        let number = |c: char| model.alphabet.number(c);
        for (first, second) in [(START, START), (START, number('美')), (number('美'), number('食'))] {
            let place = model.place_of(first, second);
            assert!(place.is_some());
            let all = (0..model.alphabet.len() as u16).filter(|&number| number != START);
            let sum: f32 = all.map(|third| model.triple_logarithm(place, second, third).exp()).sum();
            // Words count once more, and what no text holds has a share.
            assert!((0.75..1.25).contains(&sum), "{first} {second}: {sum}");
        }
    }

    #[test]
    fn what_was_seen_more_often_is_likelier() {
        let mut builder = ModelBuilder::new();
        for text in ["美食推荐", "美食推荐", "美食探店"] {
            builder.add(text);
        }
        let model = builder.build();
        let [beautiful, food, push, look] = ['美', '食', '推', '探'].map(|c| model.alphabet.number(c));
        let place = model.place_of(beautiful, food);
        let of = |third: u16| model.triple_logarithm(place, food, third);
        assert!(of(push) > of(look) && of(look) > of(beautiful));
        assert!(model.bytes() > 0);
    }
}
