//! What goes in, what comes out, and the immutable base between them.

use std::io;
use std::path::Path;

use crate::build;
use crate::file::{self, Layout, OpenError, Section};
use crate::permutation::Permutation;
use crate::record::{Record, Units};

/// A text that may be suggested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The text as people shall see it.
    pub text: String,
    /// How much it is wanted; only the order and the ratios matter.
    pub weight: u64,
    /// What kind of thing it leads to: 0 notes, 1 goods.
    pub class: u8,
    /// Whether an operator placed it.
    pub placed: bool,
    /// Bytes handed back with the suggestion, of no meaning here.
    pub extra: Vec<u8>,
    /// The first moment (Unix time, in the unit of the caller's `now`) at which it may be shown.
    pub valid_from: Option<i64>,
    /// The first moment at which it may no longer be shown.
    pub valid_to: Option<i64>,
}

impl Candidate {
    /// A candidate from a query log or a title: notes, not placed, always valid, nothing attached.
    pub fn mined(text: impl Into<String>, weight: u64) -> Self {
        Self {
            text: text.into(),
            weight,
            class: 0,
            placed: false,
            extra: Vec::new(),
            valid_from: None,
            valid_to: None,
        }
    }
}

/// How a suggestion was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Route {
    /// The text begins with what was typed.
    Prefix,
    /// A reading of the text in full pinyin begins with what was typed.
    Pinyin,
    /// The initials of a reading of the text begin with what was typed.
    Initials,
}

impl Route {
    /// What a hit's weight is multiplied with before the routes are merged, in thousandths.
    ///
    /// All three routes are exact, so none stands above another as such; but typed letters say less about the
    /// wanted text than its own characters do, and initials say less than whole syllables.
    pub const fn factor(self) -> u64 {
        match self {
            Self::Prefix => 1000,
            Self::Pinyin => 500,
            Self::Initials => 250,
        }
    }
}

/// One suggested text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The text as people shall see it.
    pub text: String,
    /// One flag for each character of `text`: does what was typed account for it?
    pub flags: Vec<bool>,
    /// Whether an operator placed it.
    pub placed: bool,
    /// What kind of thing it leads to: 0 notes, 1 goods.
    pub class: u8,
    /// The candidate's own bytes.
    pub extra: Vec<u8>,
    /// How it was reached: the route that ranks it highest.
    pub route: Route,
    /// Its weight, all twins added, without the route's factor.
    pub weight: u64,
}

/// The answer to one keyword, best first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Suggestions {
    /// The suggested texts, best first, each at most once.
    pub items: Vec<Suggestion>,
}

/// An immutable set of suggestions. Every part of it is a range of one file image.
pub struct Base {
    image: Vec<u8>,
    layout: Layout,
}

impl Base {
    /// Builds a base. `sequence` is the change up to which the candidates are complete; it is kept and handed back.
    ///
    /// Candidates of the same class whose texts have the same [`text::normal::key`] become one entry: weights
    /// added, written as the most frequent of them is. Candidates with an empty key are left out. A candidate
    /// with a time window stays beside its twins, has their weight added, and hides them while it is valid.
    pub fn build(candidates: Vec<Candidate>, sequence: i64) -> Self {
        let image = build::image(&candidates, sequence);
        drop(candidates);
        // An image that was made here has a sound frame; an empty layout would answer nothing, not wrongly.
        let layout = Layout::read(&image).unwrap_or_default();
        Self { image, layout }
    }

    /// Writes the base so that `path` holds either its old content or all of the new one.
    pub fn write(&self, path: impl AsRef<Path>) -> io::Result<()> {
        file::write_atomically(path.as_ref(), &self.image)
    }

    /// Reads a written base and verifies its checksum.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let image = file::read(path.as_ref())?;
        let layout = Layout::verify(&image)?;
        Ok(Self { image, layout })
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.layout.entries as usize
    }

    /// Whether there is no entry at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The change up to which the base is complete.
    pub fn sequence(&self) -> i64 {
        self.layout.sequence
    }

    /// How many bytes the base takes, in memory as in its file.
    pub fn size(&self) -> usize {
        self.image.len()
    }

    /// How many bytes each part takes, by the part's name.
    pub fn parts(&self) -> Vec<(&'static str, usize)> {
        Section::ALL.iter().map(|&section| (section.name(), self.section(section).len())).collect()
    }

    /// How many readings are indexed, all entries together.
    pub fn readings(&self) -> usize {
        self.view().full.len()
    }

    pub(crate) fn view(&self) -> View<'_> {
        View {
            units: Units { texts: self.section(Section::Units), defaults: self.section(Section::Defaults) },
            offsets: self.section(Section::Offsets),
            records: self.section(Section::Records),
            normal: self.permutation(Section::NormalValues, Section::NormalHeads, Section::NormalTree),
            full: self.permutation(Section::FullValues, Section::FullHeads, Section::FullTree),
            initials: self.permutation(
                Section::InitialsValues,
                Section::InitialsHeads,
                Section::InitialsTree,
            ),
        }
    }

    fn section(&self, section: Section) -> &[u8] {
        self.image.get(self.layout.range(section)).unwrap_or_default()
    }

    fn permutation(&self, values: Section, heads: Section, tree: Section) -> Permutation<'_> {
        Permutation::new(self.section(values), self.section(heads), self.section(tree))
    }
}

impl std::fmt::Debug for Base {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Base")
            .field("entries", &self.len())
            .field("sequence", &self.sequence())
            .field("bytes", &self.size())
            .finish()
    }
}

/// The parts of a base, borrowed for one request.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) units: Units<'a>,
    offsets: &'a [u8],
    records: &'a [u8],
    pub(crate) normal: Permutation<'a>,
    pub(crate) full: Permutation<'a>,
    pub(crate) initials: Permutation<'a>,
}

impl<'a> View<'a> {
    /// The record of an entry; an empty one if the file is not what it claims to be.
    pub(crate) fn record(&self, entry: u32) -> Record<'a> {
        let start = file::read_u32(self.offsets, entry as usize).unwrap_or(u32::MAX) as usize;
        let end = file::read_u32(self.offsets, entry as usize + 1).unwrap_or(0) as usize;
        Record::new(self.records.get(start..end).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn image() -> Vec<u8> {
        let texts = ["连衣裙", "連衣裙 搭配", "银行 西安", "长安", "RTX 5090", "先"];
        let mut candidates: Vec<_> =
            (0..).zip(texts).map(|(weight, text)| Candidate::mined(text, weight)).collect();
        let placed = Candidate { valid_from: Some(0), extra: vec![1], class: 1, ..candidates[0].clone() };
        candidates.push(placed);
        candidates.extend((0..200).map(|number| Candidate::mined(format!("连{number}"), number)));
        build::image(&candidates, 1)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        /// A right checksum over wrong content: the answers mean nothing, but nothing panics either.
        #[test]
        fn wrong_content_never_panics(changes in prop::collection::vec((any::<u32>(), any::<u8>()), 1..200)) {
            let mut image = image();
            // Most changes hit the records and orders; the header and the tables of syllables get the others.
            let tables = Layout::read(&image).map(|layout| layout.range(Section::Offsets).start).unwrap_or(24);
            let length = image.len();
            for (place, byte) in changes {
                let from = if place % 8 == 0 { 24 } else { tables };
                image[from + (place / 8) as usize % (length - from)] = byte;
            }
            file::seal(&mut image);
            if let Ok(layout) = Layout::verify(&image) {
                let base = Base { image, layout };
                for keyword in ["连", "l", "lian", "xi'an", "rtx", "x", "y", "长"] {
                    base.suggest(keyword, 15, 0);
                    base.by_sound(keyword);
                }
            }
        }
    }
}
