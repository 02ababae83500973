//! Whether the words of a gram belong together, and whether it stands free among its neighbours.

use super::corpus::{Corpus, NONE};
use super::levels::Level;
use super::limits::Limits;

/// For each gram of `levels[index]` whether it passes: single words do, longer ones need association and freedom.
pub(super) fn pass(
    corpus: &Corpus,
    neighbours: &[u32],
    levels: &[Level],
    index: usize,
    limits: &Limits,
) -> Vec<bool> {
    let level = &levels[index];
    if index == 0 {
        return vec![true; level.first.len()];
    }
    let words = index + 1;
    let before = freedoms(level, |at| at.checked_sub(1).map_or(NONE, |before| neighbours[before]));
    let after = freedoms(level, |at| neighbours[at + words]);
    let is_free = |gram: usize| before[gram].min(after[gram]) >= limits.freedom;
    let is_associated = |gram| association(corpus, levels, index, gram) >= limits.association;
    (0..level.first.len()).map(|gram| is_free(gram) && is_associated(gram)).collect()
}

/// The association of the two parts of a gram at the place where it is weakest: normalised pointwise mutual
/// information.
///
/// The probability of a gram is the number of titles it stands in over the number of words read.
fn association(corpus: &Corpus, levels: &[Level], index: usize, gram: usize) -> f64 {
    let total = corpus.sequence().len() as f64;
    let at = levels[index].first[gram];
    let information = |titles: u32| (total / f64::from(titles)).log2();
    let part = |words: usize, at: u32| {
        let level = &levels[words - 1];
        // Each part of a frequent gram is frequent itself.
        level.gram(at).map_or(0.0, |gram| information(level.titles[gram as usize]))
    };
    let whole = information(levels[index].titles[gram]);
    let words = index + 1;
    let apart = |left: usize| part(left, at) + part(words - left, at + left as u32);
    let weakest = (1..words).map(apart).fold(f64::INFINITY, f64::min);
    (weakest - whole) / whole
}

/// For each gram the entropy, in bits, of its neighbours on one side.
///
/// The border of a run of words is another neighbour each time: what stands alone is free, even if it does so once.
fn freedoms(level: &Level, neighbour: impl Fn(usize) -> u32) -> Vec<f64> {
    let pair = |gram: u32, word: u32| u64::from(gram) << 32 | u64::from(word);
    let mut pairs: Vec<u64> =
        level.places.iter().map(|place| pair(place.gram, neighbour(place.at as usize))).collect();
    pairs.sort_unstable();
    pairs.chunk_by(|left, right| left >> 32 == right >> 32).map(entropy).collect()
}

/// The entropy of the neighbours of one gram, which are sorted.
fn entropy(pairs: &[u64]) -> f64 {
    let total = pairs.len() as f64;
    let same = pairs.chunk_by(|left, right| left == right && *left as u32 != NONE);
    let shares = same.map(|chunk| chunk.len() as f64 / total);
    let entropy = shares.map(|share| -share * share.log2()).sum();
    if pairs.iter().all(|pair| *pair as u32 == NONE) { f64::INFINITY } else { entropy }
}
