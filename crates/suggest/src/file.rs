//! The file: a versioned frame with a checksum around the parts of a base.
//!
//! ```text
//! magic 8 · version u32 · checksum u32 · length u64 · sequence i64 · live i64 · at i64 · entries u32 · number of
//! parts u32 · for each part: offset u64, length u64 · the parts
//! ```
//! All numbers are little-endian. The checksum (CRC-32) covers everything behind itself, the length is that of
//! the whole file: a flipped byte or a shortened file is always found before anything is believed.

mod write;

use std::io;
use std::ops::Range;
use std::path::PathBuf;

pub(crate) use write::{ImageWriter, PartFile, Target};

const MAGIC: [u8; 8] = *b"QSsugst\n";
/// Raised with every change of what the parts mean; an older file is rebuilt, not read.
const VERSION: u32 = 7;
const CHECKSUM_AT: usize = 12;
const CHECKED_FROM: usize = 16;
const PARTS_AT: usize = 56;
/// Bytes of an image that are worth a thread of their own when its checksum is reckoned.
const LEAST_SHARE: usize = 16 << 20;
const HEADER_LENGTH: usize = PARTS_AT + 16 * Section::COUNT;

/// Why a file could not be opened as a base.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file could not be read.
    #[error("cannot read the suggestion file {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is shorter than a header.
    #[error(
        "the suggestion file is cut off: {found} bytes do not hold its header of {HEADER_LENGTH}; rebuild it"
    )]
    Header {
        /// The number of bytes in the file.
        found: usize,
    },
    /// The file does not begin as a suggestion file does.
    #[error("this is no suggestion file: it begins with other bytes")]
    Magic,
    /// The file was written by another version of this program.
    #[error("the suggestion file has format {found}, this program reads format {VERSION}; rebuild it")]
    Version {
        /// The format of the file.
        found: u32,
    },
    /// The file has not the length that it was written with.
    #[error("the suggestion file has {found} bytes, it was written with {expected}; rebuild it")]
    Length {
        /// The number of bytes that were written.
        expected: u64,
        /// The number of bytes in the file.
        found: u64,
    },
    /// The file's content is not what was written.
    #[error(
        "the suggestion file is damaged: its checksum is {found:08x}, it was written with {expected:08x}; rebuild it"
    )]
    Checksum {
        /// The checksum that was written.
        expected: u32,
        /// The checksum of the content.
        found: u32,
    },
    /// The checksum is right, but the parts do not fit each other.
    #[error("the suggestion file is malformed: {part} has {found} bytes; rebuild it")]
    Part {
        /// The part.
        part: &'static str,
        /// Its number of bytes.
        found: usize,
    },
}

/// Names the parts of the file, in their order.
macro_rules! sections {
    ($($name:ident: $text:literal,)*) => {
        /// A part of the file.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Section {
            $($name,)*
        }

        impl Section {
            pub(crate) const ALL: &[Self] = &[$(Self::$name,)*];

            pub(crate) const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

sections! {
    Units: "syllables",
    Sounds: "syllables by sound",
    Defaults: "usual readings",
    Offsets: "record offsets",
    Records: "records",
    NormalValues: "text order",
    NormalHeads: "text heads",
    NormalTree: "text minima",
    NormalStarts: "text starts",
    NormalKept: "text kept",
    FullValues: "pinyin order",
    FullHeads: "pinyin heads",
    FullTree: "pinyin minima",
    FullStarts: "pinyin starts",
    FullKept: "pinyin kept",
    InitialsValues: "initials order",
    InitialsHeads: "initials heads",
    InitialsTree: "initials minima",
    InitialsStarts: "initials starts",
    InitialsKept: "initials kept",
    SoundValues: "sound order",
    SoundHeads: "sound heads",
    SoundTree: "sound minima",
    SoundStarts: "sound starts",
    SoundKept: "sound kept",
    FullBeginnings: "pinyin beginnings",
    WordTexts: "words",
    WordHeads: "word heads",
    WordIndex: "word index",
    WordLists: "entries by word",
    FirstTexts: "first characters",
    FirstHeads: "first character heads",
    FirstIndex: "first character index",
    FirstLists: "entries by first character",
    Ends: "crowded ends",
    Hot: "recent entries",
    Ready: "answers kept ready",
    RecentReady: "recent answers kept ready",
}

/// The parts of a sorted order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OrderSections {
    pub(crate) values: Section,
    pub(crate) heads: Section,
    pub(crate) tree: Section,
    pub(crate) starts: Section,
    pub(crate) kept: Section,
}

/// The four parts of a dictionary with lists.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DictionarySections {
    pub(crate) texts: Section,
    pub(crate) heads: Section,
    pub(crate) index: Section,
    pub(crate) lists: Section,
}

impl Section {
    pub(crate) const COUNT: usize = Self::ALL.len();

    pub(crate) const NORMAL: OrderSections = OrderSections {
        values: Self::NormalValues,
        heads: Self::NormalHeads,
        tree: Self::NormalTree,
        starts: Self::NormalStarts,
        kept: Self::NormalKept,
    };
    pub(crate) const FULL: OrderSections = OrderSections {
        values: Self::FullValues,
        heads: Self::FullHeads,
        tree: Self::FullTree,
        starts: Self::FullStarts,
        kept: Self::FullKept,
    };
    pub(crate) const INITIALS: OrderSections = OrderSections {
        values: Self::InitialsValues,
        heads: Self::InitialsHeads,
        tree: Self::InitialsTree,
        starts: Self::InitialsStarts,
        kept: Self::InitialsKept,
    };
    pub(crate) const SOUND: OrderSections = OrderSections {
        values: Self::SoundValues,
        heads: Self::SoundHeads,
        tree: Self::SoundTree,
        starts: Self::SoundStarts,
        kept: Self::SoundKept,
    };
    pub(crate) const WORDS: DictionarySections = DictionarySections {
        texts: Self::WordTexts,
        heads: Self::WordHeads,
        index: Self::WordIndex,
        lists: Self::WordLists,
    };
    pub(crate) const FIRSTS: DictionarySections = DictionarySections {
        texts: Self::FirstTexts,
        heads: Self::FirstHeads,
        index: Self::FirstIndex,
        lists: Self::FirstLists,
    };
}

/// What a file says about itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// The change up to which it is complete.
    pub(crate) sequence: i64,
    /// The live batches that it holds.
    pub(crate) live: i64,
    /// The moment that its scores are told for, Unix seconds.
    pub(crate) at: i64,
    pub(crate) entries: u32,
}

/// Where everything is in an image.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub(crate) stamp: Stamp,
    parts: [Range<usize>; Section::COUNT],
}

impl Default for Layout {
    fn default() -> Self {
        Self::EMPTY.clone()
    }
}

impl Layout {
    /// Where nothing is.
    pub(crate) const EMPTY: &Self = &Self {
        stamp: Stamp { sequence: 0, live: 0, at: 0, entries: 0 },
        parts: [const { 0..0 }; Section::COUNT],
    };

    /// The range of a part in the image; it lies within the image.
    pub(crate) fn range(&self, section: Section) -> Range<usize> {
        self.parts[section as usize].clone()
    }

    /// Makes all that is kept ready, and the filter of beginnings, look as if there were none of it.
    #[cfg(test)]
    pub(crate) fn forget_kept(&mut self) {
        for order in [Section::NORMAL, Section::FULL, Section::INITIALS] {
            self.parts[order.kept as usize] = 0..0;
        }
        for section in [Section::Ready, Section::FullBeginnings] {
            self.parts[section as usize] = 0..0;
        }
    }

    /// Reads the frame of an image whose content is known to be unharmed.
    pub(crate) fn read(image: &[u8]) -> Result<Self, OpenError> {
        let header = OpenError::Header { found: image.len() };
        let read = || -> Option<Self> {
            let mut layout = Self {
                stamp: Stamp {
                    sequence: read_u64(image, 3)?.cast_signed(),
                    live: read_u64(image, 4)?.cast_signed(),
                    at: read_u64(image, 5)?.cast_signed(),
                    entries: read_u32(image, 12)?,
                },
                ..Self::default()
            };
            for (index, part) in layout.parts.iter_mut().enumerate() {
                let place = image.get(PARTS_AT + 16 * index..)?;
                let offset = usize::try_from(read_u64(place, 0)?).ok()?;
                let length = usize::try_from(read_u64(place, 1)?).ok()?;
                *part = offset..offset.checked_add(length).filter(|&end| end <= image.len())?;
            }
            Some(layout)
        };
        if image.len() < HEADER_LENGTH {
            return Err(header);
        }
        let layout = read().ok_or(header)?;
        layout.check_parts()?;
        Ok(layout)
    }

    /// Checks everything about an image from a file, then reads its frame.
    pub(crate) fn verify(image: &[u8]) -> Result<Self, OpenError> {
        if !image.starts_with(&MAGIC[..image.len().min(MAGIC.len())]) {
            return Err(OpenError::Magic);
        }
        let version = read_u32(image, 2);
        if let Some(found) = version.filter(|&found| found != VERSION) {
            return Err(OpenError::Version { found });
        }
        if image.len() < HEADER_LENGTH {
            return Err(OpenError::Header { found: image.len() });
        }
        let (expected, found) = (read_u64(image, 2).unwrap_or_default(), image.len() as u64);
        if expected != found {
            return Err(OpenError::Length { expected, found });
        }
        let (expected, found) = (read_u32(image, 3).unwrap_or_default(), checksum(image));
        if expected != found {
            return Err(OpenError::Checksum { expected, found });
        }
        Self::read(image)
    }

    /// Whether the parts have lengths that fit each other.
    fn check_parts(&self) -> Result<(), OpenError> {
        use crate::{
            dictionary,
            ends::Ends,
            permutation::{Kept, heads_length, tree_length},
            ready::Ready,
        };
        let length = |section: Section| self.parts[section as usize].len();
        let check = |section: Section, right: bool| {
            if right { Ok(()) } else { Err(OpenError::Part { part: section.name(), found: length(section) }) }
        };
        check(Section::Units, length(Section::Units).is_multiple_of(8))?;
        check(Section::Sounds, length(Section::Sounds) == length(Section::Units))?;
        check(Section::Offsets, length(Section::Offsets) == (self.stamp.entries as usize + 1) * 4)?;
        for order in [Section::NORMAL, Section::FULL, Section::INITIALS, Section::SOUND] {
            let elements = length(order.values) / 4;
            let is_whole = length(order.values).is_multiple_of(4) && u32::try_from(elements).is_ok();
            check(order.values, is_whole)?;
            check(order.heads, length(order.heads) == heads_length(elements))?;
            check(order.tree, length(order.tree) == tree_length(elements))?;
            check(order.starts, length(order.starts).is_multiple_of(8))?;
            check(order.kept, Kept::is_length(length(order.kept)))?;
        }
        check(Section::FullBeginnings, length(Section::FullBeginnings).is_multiple_of(8))?;
        check(Section::Ends, Ends::is_length(length(Section::Ends)))?;
        check(Section::Ready, Ready::are_lengths(length(Section::Ready), length(Section::RecentReady)))?;
        for dictionary in [Section::WORDS, Section::FIRSTS] {
            check(dictionary.index, length(dictionary.index).is_multiple_of(8))?;
            let words = length(dictionary.index) / 8;
            check(dictionary.heads, length(dictionary.heads) == dictionary::heads_length(words))?;
        }
        Ok(())
    }
}

/// Sets the checksum of an image to that of its content.
#[cfg(test)]
pub(crate) fn seal(image: &mut [u8]) {
    let sum = checksum(image);
    if let Some(place) = image.get_mut(CHECKSUM_AT..CHECKED_FROM) {
        place.copy_from_slice(&sum.to_le_bytes());
    }
}

/// The checksum of what stands behind it; of a large image each thread of the machine reads a part.
fn checksum(image: &[u8]) -> u32 {
    let content = image.get(CHECKED_FROM..).unwrap_or_default();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    combined_checksum(content, content.len().div_ceil(threads).max(LEAST_SHARE))
}

/// The checksum of bytes that are read in shares of that many, all at once.
fn combined_checksum(content: &[u8], share: usize) -> u32 {
    let sum = |bytes: &[u8]| {
        let mut sum = crc32fast::Hasher::new();
        sum.update(bytes);
        sum
    };
    if content.len() <= share {
        return sum(content).finalize();
    }
    std::thread::scope(|scope| {
        let shares = content.chunks(share).map(|bytes| scope.spawn(move || sum(bytes)));
        let mut whole = crc32fast::Hasher::new();
        for share in shares.collect::<Vec<_>>() {
            match share.join() {
                Ok(sum) => whole.combine(&sum),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        whole.finalize()
    })
}

/// The `index`th number of an array of `u16`.
pub(crate) fn read_u16(bytes: &[u8], index: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(index.checked_mul(2)?..)?.first_chunk()?))
}

/// The `index`th number of an array of `u32`.
pub(crate) fn read_u32(bytes: &[u8], index: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(index.checked_mul(4)?..)?.first_chunk()?))
}

/// The `index`th number of an array of `u64`.
pub(crate) fn read_u64(bytes: &[u8], index: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(index.checked_mul(8)?..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::combined_checksum;

    #[test]
    fn shares_have_the_checksum_of_the_whole() {
        let content: Vec<u8> = (0..10_007u32).map(|number| (number * number % 251) as u8).collect();
        for share in [1_000, 10_006, 10_007, 20_000] {
            assert_eq!(combined_checksum(&content, share), crc32fast::hash(&content), "{share}");
        }
    }
}
