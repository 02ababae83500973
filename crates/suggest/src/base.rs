//! The immutable base: a file image, and views of its parts.

use std::ops::Range;
use std::path::Path;

use crate::builder::evidence_of;
use crate::candidate::Evidence;
use crate::dictionary::{self, Dictionary};
use crate::ends::Ends;
use crate::exact::By;
use crate::file::{DictionarySections, Layout, OpenError, OrderSections, Section};
use crate::image::Image;
use crate::permutation::{Beginnings, Parts, Permutation, Place};
use crate::ready::Ready;
use crate::record::{Record, Units};
use crate::score::Scores;

/// An immutable set of suggestions. Every part of it is a range of one file image.
#[derive(Default)]
pub struct Base {
    image: Image,
    layout: Layout,
    /// Where the image of the recent entries is, and its own layout.
    hot: Option<(Range<usize>, Layout)>,
}

impl Base {
    /// Maps a written base and verifies its checksum.
    ///
    /// # Errors
    /// When the file cannot be read, or is not wholly what was written by this version of the program.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let path = path.as_ref();
        let read = |source| OpenError::Read { path: path.to_owned(), source };
        let image = Image::map(path).map_err(read)?;
        Layout::verify(&image)?;
        Self::from_image(image)
    }

    /// A base of an image that is known to be unharmed.
    pub(crate) fn from_image(image: Image) -> Result<Self, OpenError> {
        let layout = Layout::read(&image)?;
        let range = layout.range(Section::Hot);
        let hot = match image.get(range.clone()) {
            Some(inner) if !inner.is_empty() => Some((range, Layout::read(inner)?)),
            _ => None,
        };
        Ok(Self { image, layout, hot })
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.layout.stamp.entries as usize
    }

    /// Whether there is no entry at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many entries have recent submissions.
    pub fn hot(&self) -> usize {
        self.hot.as_ref().map_or(0, |(_, layout)| layout.stamp.entries as usize)
    }

    /// The change up to which the base is complete.
    pub fn sequence(&self) -> i64 {
        self.layout.stamp.sequence
    }

    /// How many batches of live traffic it holds.
    pub fn live(&self) -> i64 {
        self.layout.stamp.live
    }

    /// The moment that its scores are told for, Unix seconds.
    pub fn at(&self) -> i64 {
        self.layout.stamp.at
    }

    /// How many bytes the base takes, in memory as in its file.
    pub fn size(&self) -> usize {
        self.image.len()
    }

    /// How many bytes each part takes, by the part's name.
    pub fn parts(&self) -> Vec<(&'static str, usize)> {
        Section::ALL.iter().map(|&section| (section.name(), self.layout.range(section).len())).collect()
    }

    /// How many readings are indexed, all entries together.
    pub fn readings(&self) -> usize {
        self.view().order(By::Full).len()
    }

    /// What speaks for an entry: the raw figures alone, of the one without a time window if there is one.
    pub fn evidence(&self, key: &str, class: u8) -> Option<Evidence> {
        let view = self.view();
        let found = view.find(key).filter(|record| record.details().class == class);
        found.min_by_key(Record::has_window).map(|record| evidence_of(&record.details()))
    }

    pub(crate) fn view(&self) -> View<'_> {
        View::new(&self.image, &self.layout)
    }

    /// The recent entries, if there are any.
    pub(crate) fn hot_view(&self) -> Option<View<'_>> {
        let (range, layout) = self.hot.as_ref()?;
        Some(View::new(self.image.get(range.clone())?, layout))
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

/// The parts of an image, borrowed for one request. Those that not every request looks at are found when they are asked
/// for.
pub(crate) struct View<'a> {
    image: &'a [u8],
    layout: &'a Layout,
    pub(crate) units: Units<'a>,
    /// Where each record begins, and the last one ends.
    offsets: &'a [[u8; 4]],
    records: &'a [u8],
    pub(crate) normal: Permutation<'a>,
    /// Whether entries have nothing but the fast part of their scores.
    is_by_fast: bool,
}

impl Default for View<'_> {
    /// A view of nothing.
    fn default() -> Self {
        Self::new(&[], Layout::EMPTY)
    }
}

impl<'a> View<'a> {
    fn new(image: &'a [u8], layout: &'a Layout) -> Self {
        let section = |section: Section| section_of(image, layout, section);
        Self {
            image,
            layout,
            units: Units {
                texts: section(Section::Units),
                sounds: section(Section::Sounds),
                defaults: section(Section::Defaults),
            },
            offsets: section(Section::Offsets).as_chunks().0,
            records: section(Section::Records),
            normal: order_of(image, layout, Section::NORMAL),
            is_by_fast: false,
        }
    }

    /// A view of recent entries by what they are numbered by: the fast part of their scores, and that alone.
    pub(crate) fn by_fast(self) -> Self {
        Self { is_by_fast: true, ..self }
    }

    /// The scores of an entry.
    pub(crate) fn scores(&self, record: &Record<'_>) -> Scores {
        let scores = record.scores();
        if self.is_by_fast { scores.fast_alone() } else { scores }
    }

    /// A view of records alone, for what is built from them.
    pub(crate) fn of_records(units: Units<'a>, offsets: &'a [u8], records: &'a [u8]) -> Self {
        Self { units, offsets: offsets.as_chunks().0, records, ..Self::default() }
    }

    /// The orders by reading.
    pub(crate) fn order(&self, by: By) -> Permutation<'a> {
        let sections = match by {
            By::Full => Section::FULL,
            By::Initials => Section::INITIALS,
            By::Sound => Section::SOUND,
        };
        order_of(self.image, self.layout, sections)
    }

    /// Which beginnings of full readings there are.
    pub(crate) fn beginnings(&self) -> Beginnings<'a> {
        Beginnings::new(self.section(Section::FullBeginnings))
    }

    /// The entries by their words.
    pub(crate) fn words(&self) -> Dictionary<'a> {
        self.dictionary(Section::WORDS)
    }

    /// The entries by the first characters of their words.
    pub(crate) fn firsts(&self) -> Dictionary<'a> {
        self.dictionary(Section::FIRSTS)
    }

    fn dictionary(&self, sections: DictionarySections) -> Dictionary<'a> {
        let DictionarySections { texts, heads, index, lists } = sections;
        let [texts, heads, index, lists] = [texts, heads, index, lists].map(|part| self.section(part));
        Dictionary::new(dictionary::Parts { texts, heads, index, lists }, self.len() as u32)
    }

    /// The crowded ends.
    pub(crate) fn ends(&self) -> Ends<'a> {
        Ends::new(self.section(Section::Ends))
    }

    /// The answers that are kept ready.
    pub(crate) fn ready(&self) -> Ready<'a> {
        Ready::new(self.section(Section::Ready), self.section(Section::RecentReady))
    }

    fn section(&self, section: Section) -> &'a [u8] {
        section_of(self.image, self.layout, section)
    }

    /// The number of entries.
    pub(crate) fn len(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// The record of an entry; an empty one if the file is not what it claims to be.
    pub(crate) fn record(&self, entry: u32) -> Record<'a> {
        let borders = self.offsets.get(entry as usize..).and_then(|rest| rest.first_chunk());
        let [start, end] =
            borders.map_or([0; 2], |borders| borders.map(|border| u32::from_le_bytes(border) as usize));
        Record::new(self.records.get(start..end).unwrap_or_default())
    }

    /// Where the record of an entry begins.
    fn start(&self, entry: u32) -> usize {
        self.offsets.get(entry as usize).map_or(usize::MAX, |&start| u32::from_le_bytes(start) as usize)
    }

    /// The key of an entry as bytes: all that a search by text looks at.
    pub(crate) fn key(&self, entry: u32) -> &'a [u8] {
        Record::key_of(self.records.get(self.start(entry)..).unwrap_or_default())
    }

    /// The best entry with a word that begins so.
    pub(crate) fn best_with_word(&self, first: char) -> Option<u32> {
        let firsts = self.firsts();
        firsts.list(firsts.find(first.encode_utf8(&mut [0; 4]).as_bytes())?).cursor().next()
    }

    /// Reads the beginnings of these records, so that the waits for memory go on at once: one after the other they are
    /// most of what a hit costs.
    pub(crate) fn expect(&self, entries: impl Iterator<Item = u32>) {
        let first = |entry: u32| self.records.get(self.start(entry)).copied().unwrap_or(0);
        std::hint::black_box(entries.fold(0, |sum: u8, entry| sum.wrapping_add(first(entry))));
    }

    /// The entries with this key: several if they differ in class or time window.
    pub(crate) fn find(&self, key: &str) -> impl Iterator<Item = Record<'a>> + use<'a, '_> {
        let typed = key.as_bytes();
        let place = |entry: u32| Place::of(std::iter::once(self.key(entry)), typed);
        let range = if typed.is_empty() {
            0..0
        } else {
            let range = self.normal.prefix(typed, |posting| place(posting.entry())).range;
            self.normal.whole_range(range, |posting| place(posting.entry()))
        };
        range.map(|index| self.record(self.normal.posting(index).entry()))
    }
}

fn section_of<'a>(image: &'a [u8], layout: &Layout, section: Section) -> &'a [u8] {
    image.get(layout.range(section)).unwrap_or_default()
}

fn order_of<'a>(image: &'a [u8], layout: &Layout, sections: OrderSections) -> Permutation<'a> {
    let section = |section| section_of(image, layout, section);
    Permutation::new(Parts {
        values: section(sections.values),
        heads: section(sections.heads),
        tree: section(sections.tree),
        starts: section(sections.starts),
        kept: section(sections.kept),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::typed::Typed;
    use crate::{BuildOptions, Builder, Candidate, Evidence, Route, Settings, Snapshot};

    fn image() -> Vec<u8> {
        let mut builder = Builder::new(BuildOptions::default());
        for (count, text) in
            (1..).zip(["连衣裙", "連衣裙 搭配", "银行 西安", "长安", "RTX 5090", "先", "iphone手机"])
        {
            builder
                .push(&Candidate::new(text, Evidence { fast: count as f64, ..Evidence::submitted(count) }));
        }
        let entry = Candidate::new("连衣裙", Evidence::of_entry(3));
        builder.push(&Candidate { valid_from: Some(0), extra: vec![1], class: 1, ..entry });
        for number in 0..200 {
            builder.push(&Candidate::new(format!("连{number}"), Evidence::submitted(number)));
        }
        builder.build().image.to_vec()
    }

    #[test]
    fn answers_are_ready_for_what_is_typed_as_they_were_made_for() {
        let base = Base::from_image(Image::Owned(image())).unwrap_or_default();
        let view = base.view();
        let find = |keyword: &str, settings: &Settings| {
            view.ready().find(&Typed::new(keyword), settings, &view).map(|answer| answer.hits().count())
        };
        let usual = Settings::default();
        assert_eq!(find("连1", &usual), Some(crate::ready::KEPT));
        // One entry is shown for a time only; its twin takes its place before and after.
        assert_eq!(find("连衣", &usual), None);
        assert_eq!(Typed::new("连 1").key, "连1");
        assert_eq!((find("没有", &usual), find("连 1", &usual)), (None, None));
        assert_eq!(find("连1", &usual.clone().with_penalty(Route::Typo, 9.0)), Some(crate::ready::KEPT));
        assert_eq!(find("连1", &usual.clone().with_penalty(Route::Pinyin, 9.0)), None);
        assert_eq!(find("连1", &usual.with_enabled(Route::Mixed, false)), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn answers_are_the_same_without_kept_lists(
            entries in prop::collection::vec(("[连衣裙长西安 x]{1,4}", 1..90u64, 0..9u32), 200..900),
            hidden in prop::collection::vec("[连衣裙长西安]{1,3}", 0..40),
            now in 0..200_000i64,
            changed in 0..4,
        ) {
            let mut builder = Builder::new(BuildOptions::default());
            for (text, count, recent) in &entries {
                let fast = f64::from(recent / 6);
                builder.push(&Candidate::new(text, Evidence { fast, ..Evidence::submitted(*count) }));
            }
            let image = builder.build().image.to_vec();
            let [with, mut without] =
                [0, 1].map(|_| Base::from_image(Image::Owned(image.clone())).unwrap_or_default());
            without.layout.forget_kept();
            if let Some((_, layout)) = &mut without.hot {
                layout.forget_kept();
            }
            let new: Vec<Candidate> = entries.iter().step_by(9).map(|(text, count, _)| Candidate::new(text, Evidence::submitted(count * 3))).collect();
            // Under other settings than the base was built for, what it keeps of answers does not count.
            let settings = match changed {
                0 => Settings::default().with_penalty(Route::WordBreak, 0.5),
                1 => Settings::default().with_enabled(Route::AnyOrder, false),
                _ => Settings::default(),
            };
            let snapshot = |base| {
                let overlay = crate::Overlay::new(&new, hidden.clone(), 0, 0, &crate::Weights::DEFAULT);
                Snapshot { overlay: overlay.into(), settings: settings.clone().into(), ..Snapshot::of_base(base) }
            };
            let [with, without] = [with, without].map(snapshot);
            for keyword in ["连", "衣", "x", "l", "lian", "ly", "连衣", "连y", "长", "c", "xi", "西安", "安", "连 衣", "lain", "liayi", "xina"] {
                for limit in [15, 40] {
                    let [with, without] = [&with, &without].map(|it| it.explain(keyword, limit, now));
                    prop_assert_eq!(with, without, "{}", keyword);
                }
            }
        }

        /// A right checksum over wrong content: the answers mean nothing, but nothing panics either, nor runs on.
        #[test]
        fn wrong_content_never_panics(changes in prop::collection::vec((any::<u32>(), any::<u8>()), 1..200)) {
            let mut image = image();
            // Most changes hit the records, orders and lists; the header and the tables of syllables get the others.
            let tables = Layout::read(&image).map(|layout| layout.range(Section::Offsets).start).unwrap_or(24);
            let length = image.len();
            for (place, byte) in changes {
                let from = if place % 8 == 0 { 24 } else { tables };
                image[from + (place / 8) as usize % (length - from)] = byte;
            }
            crate::file::seal(&mut image);
            let sound = Layout::verify(&image).and_then(|_| Base::from_image(Image::Owned(image)));
            if let Ok(base) = sound {
                let snapshot = Snapshot::of_base(base);
                for keyword in ["连", "l", "lian", "xi'an", "rtx", "x", "长", "连y", "连衣 裙", "手机", "lain", "末"] {
                    snapshot.explain(keyword, 15, 0);
                    snapshot.by_sound(keyword);
                }
            }
        }
    }
}
