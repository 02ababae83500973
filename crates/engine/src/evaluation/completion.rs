//! "Most popular completion": everything that begins with what was typed, ordered by decayed count. What every
//! engine can do, and what ours must not fall behind.

use super::LIST;
use super::decayed::Decayed;

/// Texts in order, so that what begins with a prefix stands together.
#[derive(Debug)]
pub struct Completion {
    /// The texts and which entry each belongs to.
    texts: Vec<(String, u32)>,
    place: Vec<u32>,
}

impl Completion {
    /// Orders the texts of the entries 0, 1, 2, …
    pub fn new(texts: impl IntoIterator<Item = String>) -> Self {
        let mut texts: Vec<_> = (0..).zip(texts).map(|(entry, text)| (text, entry)).collect();
        texts.sort_unstable();
        let mut place = vec![0; texts.len()];
        for (at, (_, entry)) in (0..).zip(&texts) {
            place[*entry as usize] = at;
        }
        Self { texts, place }
    }

    /// The text of an entry.
    pub fn text(&self, entry: usize) -> &str {
        &self.texts[self.place[entry] as usize].0
    }

    /// The place, counted from 1, at which `entry` stands among all that begin with `prefix`, ordered by their
    /// counts; of equal counts the smaller text comes first. `None` if it stands behind [`LIST`] others, was never
    /// counted, or begins otherwise. Whatever was never counted is no candidate.
    pub fn rank(&self, prefix: &str, entry: usize, counts: &Decayed) -> Option<usize> {
        let wanted = counts.of(entry);
        let from = self.texts.partition_point(|(text, _)| text.as_str() < prefix);
        let own = self.place[entry] as usize;
        if wanted <= 0.0 || !self.texts[own].0.starts_with(prefix) {
            return None;
        }
        let mut rank = 1;
        for (at, (text, other)) in self.texts.iter().enumerate().skip(from) {
            if !text.starts_with(prefix) {
                break;
            }
            let count = counts.of(*other as usize);
            if count > wanted || (count == wanted && at < own) {
                rank += 1;
                if rank > LIST {
                    return None;
                }
            }
        }
        Some(rank)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_by_count_then_text() {
        let completion = Completion::new(["ab", "aa", "ac", "b", "ad"].map(str::to_owned));
        let mut counts = Decayed::new(None, 5);
        for (entry, count) in [(0, 2.0), (1, 2.0), (2, 3.0), (3, 9.0)] {
            counts.add(entry, 0, count);
        }
        let rank = |prefix, entry| completion.rank(prefix, entry, &counts);
        assert_eq!([rank("a", 2), rank("a", 1), rank("a", 0)], [Some(1), Some(2), Some(3)]);
        assert_eq!((rank("b", 3), rank("a", 3), rank("a", 4), rank("ab", 0)), (Some(1), None, None, Some(1)));
        assert_eq!(completion.text(4), "ad");
    }

    #[test]
    fn the_list_ends() {
        let completion = Completion::new((0..40).map(|number| format!("a{number:02}")));
        let mut counts = Decayed::new(None, 40);
        for entry in 0..40 {
            counts.add(entry, 0, 1.0);
        }
        assert_eq!(completion.rank("a", LIST - 1, &counts), Some(LIST));
        assert_eq!(completion.rank("a", LIST, &counts), None);
    }
}
