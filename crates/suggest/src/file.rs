//! The file: a versioned frame with a checksum around the parts of a base.
//!
//! ```text
//! magic 8 · version u32 · checksum u32 · length u64 · sequence i64 · entries u32 · number of parts u32
//! · for each part: offset u64, length u64 · the parts
//! ```
//! All numbers are little-endian. The checksum (CRC-32) covers everything behind itself, the length is that of
//! the whole file: a flipped byte or a shortened file is always found before anything is believed.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

const MAGIC: [u8; 8] = *b"QSsugst\n";
/// Raised with every change of what the parts mean; an older file is rebuilt, not read.
const VERSION: u32 = 1;
const CHECKSUM_AT: usize = 12;
const CHECKED_FROM: usize = 16;
const PARTS_AT: usize = 40;
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

/// A part of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    Units,
    Defaults,
    Offsets,
    Records,
    NormalValues,
    NormalHeads,
    NormalTree,
    FullValues,
    FullHeads,
    FullTree,
    InitialsValues,
    InitialsHeads,
    InitialsTree,
}

impl Section {
    pub(crate) const COUNT: usize = 13;

    pub(crate) const ALL: [Self; Self::COUNT] = [
        Self::Units,
        Self::Defaults,
        Self::Offsets,
        Self::Records,
        Self::NormalValues,
        Self::NormalHeads,
        Self::NormalTree,
        Self::FullValues,
        Self::FullHeads,
        Self::FullTree,
        Self::InitialsValues,
        Self::InitialsHeads,
        Self::InitialsTree,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Units => "syllables",
            Self::Defaults => "usual readings",
            Self::Offsets => "record offsets",
            Self::Records => "records",
            Self::NormalValues => "text order",
            Self::NormalHeads => "text heads",
            Self::NormalTree => "text minima",
            Self::FullValues => "pinyin order",
            Self::FullHeads => "pinyin heads",
            Self::FullTree => "pinyin minima",
            Self::InitialsValues => "initials order",
            Self::InitialsHeads => "initials heads",
            Self::InitialsTree => "initials minima",
        }
    }
}

/// The parts while a base is built, in the order of [`Section::ALL`].
pub(crate) type Sections = [Vec<u8>; Section::COUNT];

/// Where everything is in an image.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    pub(crate) sequence: i64,
    pub(crate) entries: u32,
    parts: [Range<usize>; Section::COUNT],
}

impl Layout {
    /// The range of a part in the image; it lies within the image.
    pub(crate) fn range(&self, section: Section) -> Range<usize> {
        self.parts[section as usize].clone()
    }

    /// Reads the frame of an image whose content is known to be unharmed.
    pub(crate) fn read(image: &[u8]) -> Result<Self, OpenError> {
        let header = OpenError::Header { found: image.len() };
        let read = || -> Option<Self> {
            let mut layout = Self {
                sequence: read_u64(&image[24..], 0)?.cast_signed(),
                entries: read_u32(image, 8)?,
                parts: Default::default(),
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
        if image.len() < HEADER_LENGTH {
            return Err(OpenError::Header { found: image.len() });
        }
        let version = read_u32(image, 2).unwrap_or_default();
        if version != VERSION {
            return Err(OpenError::Version { found: version });
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
        use crate::permutation::{heads_length, tree_length};
        let length = |section: Section| self.parts[section as usize].len();
        let check = |section: Section, right: bool| {
            if right { Ok(()) } else { Err(OpenError::Part { part: section.name(), found: length(section) }) }
        };
        check(Section::Units, length(Section::Units).is_multiple_of(8))?;
        check(Section::Offsets, length(Section::Offsets) == (self.entries as usize + 1) * 4)?;
        for (values, heads, tree) in [
            (Section::NormalValues, Section::NormalHeads, Section::NormalTree),
            (Section::FullValues, Section::FullHeads, Section::FullTree),
            (Section::InitialsValues, Section::InitialsHeads, Section::InitialsTree),
        ] {
            let elements = length(values) / 4;
            check(values, length(values).is_multiple_of(4) && u32::try_from(elements).is_ok())?;
            check(heads, length(heads) == heads_length(elements))?;
            check(tree, length(tree) == tree_length(elements))?;
        }
        Ok(())
    }
}

/// Puts the parts into their frame.
pub(crate) fn assemble(sequence: i64, entries: u32, sections: &Sections) -> Vec<u8> {
    let length = HEADER_LENGTH + sections.iter().map(Vec::len).sum::<usize>();
    let mut image = Vec::with_capacity(length);
    image.extend_from_slice(&MAGIC);
    image.extend_from_slice(&VERSION.to_le_bytes());
    image.extend_from_slice(&[0; CHECKED_FROM - CHECKSUM_AT]);
    image.extend_from_slice(&(length as u64).to_le_bytes());
    image.extend_from_slice(&sequence.to_le_bytes());
    image.extend_from_slice(&entries.to_le_bytes());
    image.extend_from_slice(&(Section::COUNT as u32).to_le_bytes());
    let mut offset = HEADER_LENGTH as u64;
    for section in sections {
        image.extend_from_slice(&offset.to_le_bytes());
        image.extend_from_slice(&(section.len() as u64).to_le_bytes());
        offset += section.len() as u64;
    }
    for section in sections {
        image.extend_from_slice(section);
    }
    seal(&mut image);
    image
}

/// Sets the checksum of an image to that of its content.
pub(crate) fn seal(image: &mut [u8]) {
    let sum = checksum(image);
    if let Some(place) = image.get_mut(CHECKSUM_AT..CHECKED_FROM) {
        place.copy_from_slice(&sum.to_le_bytes());
    }
}

fn checksum(image: &[u8]) -> u32 {
    crc32fast::hash(image.get(CHECKED_FROM..).unwrap_or_default())
}

pub(crate) fn read(path: &Path) -> Result<Vec<u8>, OpenError> {
    fs::read(path).map_err(|source| OpenError::Read { path: path.to_owned(), source })
}

/// Writes beside `path`, makes it durable, and renames it over `path`.
pub(crate) fn write_atomically(path: &Path, image: &[u8]) -> io::Result<()> {
    let temporary = temporary_path(path)?;
    let written = write_durably(&temporary, image).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // The first error is the one to report; what it left behind is only litter.
        let _ = fs::remove_file(&temporary);
    }
    written?;
    sync_directory(path)
}

fn temporary_path(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or_else(|| {
        io::Error::new(io::ErrorKind::InvalidInput, format!("{} does not name a file", path.display()))
    })?;
    let mut temporary = OsString::from(".");
    temporary.push(name);
    temporary.push(format!(".{}.part", std::process::id()));
    Ok(path.with_file_name(temporary))
}

fn write_durably(path: &Path, image: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(image)?;
    file.sync_all()
}

/// Makes the rename durable; other systems than Unix cannot open a directory and need not.
fn sync_directory(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        File::open(parent.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
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
