//! Which characters may have been meant by one that was typed.

use std::collections::HashMap;

use text::{fuzzy, look_alikes::look_alikes, pinyin, script::is_hanzi};

use super::{
    alphabet::Alphabet,
    weights::{BOTH, LOOK_ALIKE, LOOK_ALIKE_STEP, NEAR_SOUND, SAME_SOUND},
};

/// A character that may stand where another was typed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Candidate {
    pub(super) number: u16,
    /// What the slip costs; 0 for the typed character itself.
    pub(super) cost: f32,
}

/// The characters of an alphabet by their sounds.
#[derive(Default)]
pub(super) struct Confusions {
    same: HashMap<&'static str, Vec<u16>>,
    near: HashMap<String, Vec<u16>>,
    /// Whether a character may be put in place of another, by its number.
    usual: Vec<bool>,
}

impl Confusions {
    /// Takes in the hanzi that are `usual`, by their numbers.
    pub(super) fn new(alphabet: &Alphabet, usual: impl Fn(u16) -> bool) -> Self {
        let mut found = Self { usual: vec![false; alphabet.len()], ..Self::default() };
        for (number, c) in alphabet.iter().filter(|&(number, c)| is_hanzi(c) && usual(number)) {
            found.usual[usize::from(number)] = true;
            for &syllable in pinyin::character(c) {
                found.same.entry(syllable).or_default().push(number);
                let near = found.near.entry(canonical(syllable)).or_default();
                if near.last() != Some(&number) {
                    near.push(number);
                }
            }
        }
        found
    }

    /// What may have been meant by `c`, itself included, by number; each once, as cheap as it can be.
    pub(super) fn of(&self, alphabet: &Alphabet, c: char) -> Vec<Candidate> {
        let own = alphabet.number(c);
        let mut found = vec![Candidate { number: own, cost: 0.0 }];
        if !is_hanzi(c) {
            return found;
        }
        for &syllable in pinyin::character(c) {
            let same = self.same.get(syllable).into_iter().flatten();
            let near = self.near.get(&canonical(syllable)).into_iter().flatten();
            found.extend(same.map(|&number| Candidate { number, cost: SAME_SOUND }));
            found.extend(near.map(|&number| Candidate { number, cost: NEAR_SOUND }));
        }
        let sounds = cheapest(&mut found);
        for (place, &c) in look_alikes(c).iter().enumerate() {
            let number = alphabet.number(c);
            if !self.usual[usize::from(number)] {
                continue;
            }
            let cost = LOOK_ALIKE + LOOK_ALIKE_STEP * place as f32;
            let sound = found[..sounds].binary_search_by_key(&number, |candidate| candidate.number);
            let cost = match sound {
                Ok(at) => cost.min(found[at].cost.min(SAME_SOUND)) - BOTH,
                Err(_) => cost,
            };
            found.push(Candidate { number, cost });
        }
        cheapest(&mut found);
        found
    }

    /// Bytes of memory, nearly.
    pub(super) fn bytes(&self) -> usize {
        let lists = self.same.values().chain(self.near.values());
        self.usual.len() + lists.map(|list| list.capacity() * size_of::<u16>() + 48).sum::<usize>()
    }
}

/// Orders the candidates by number and leaves the cheapest of each; how many there are then.
fn cheapest(candidates: &mut Vec<Candidate>) -> usize {
    candidates
        .sort_unstable_by(|one, other| one.number.cmp(&other.number).then(one.cost.total_cmp(&other.cost)));
    candidates.dedup_by_key(|candidate| candidate.number);
    candidates.len()
}

fn canonical(syllable: &str) -> String {
    let mut out = String::with_capacity(8);
    fuzzy::canonical(syllable, &mut out);
    out
}
