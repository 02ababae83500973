//! The row table: for every document what the second stage and the answers read, memory-mapped.
//!
//! It is a log. A document gets the next ordinal and a row; a newer row of the same id replaces the older one,
//! and a removal is a row that says so. Which row is visible is kept in memory ([`Visible`]) and follows from
//! the rows in their order, so a commit needs to remember only how many rows and bytes it covers: everything
//! behind that is cut off when the table is opened, and written over. Only the counters change in place.

mod layout;
mod visible;

use std::{fs, path::Path, sync::Arc};

use arc_swap::{ArcSwap, Guard};
use parking_lot::Mutex;

pub(crate) use layout::Fixed;
pub(crate) use visible::Visible;

use self::layout::{
    BYTES_HEADER, BYTES_MAGIC, CHECK_WORD, COUNTER_WORD, FIXED_MAGIC, HEADER_WORDS, ROW_WORDS, VERSION,
};
use crate::{
    Counters, Document, Error, Result, RowView,
    analysis::RankingUnits,
    mapped::{ByteFile, WordFile},
};

const FIXED_NAME: &str = "rows.fixed";
const BYTES_NAME: &str = "rows.bytes";
const FIRST_ROWS: usize = 4096;
const FIRST_BYTES: usize = 1 << 20;
/// Files grow by half of their size, and by so many bytes at the most: they take the room on the disk at once.
const LARGEST_GROWTH: usize = 256 << 20;

/// Bytes that usual processors fetch from memory at once.
const CACHE_LINE: usize = 64;

/// How much of the table a commit covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Extent {
    /// Ties the files of one table to the commits that name it.
    pub(crate) identity: u64,
    pub(crate) rows: u32,
    pub(crate) bytes: u64,
}

/// The mappings as they are at a moment; later growth does not touch them.
#[derive(Clone)]
pub(crate) struct Rows {
    fixed: Arc<WordFile>,
    bytes: Arc<ByteFile>,
}

/// What the second stage sees of a row. The unit ids are little-endian u32.
pub(crate) struct RankingRow<'a> {
    pub(crate) fixed: Fixed,
    pub(crate) title: &'a [u8],
    pub(crate) tags: &'a [u8],
    pub(crate) author: &'a [u8],
}

impl Rows {
    pub(crate) fn group_id(&self, ordinal: u32) -> Option<i64> {
        self.fixed.load::<1>(place(ordinal)).map(|[word]| word.cast_signed())
    }

    /// Reads the first and the last word of a row, so that it is at hand soon.
    pub(crate) fn touch(&self, ordinal: u32) -> u64 {
        let word = |index: usize| self.fixed.load::<1>(place(ordinal) + index).map_or(0, |[word]| word);
        word(0) | word(ROW_WORDS - 1)
    }

    /// The same of a row's unit ids, as many as most rows have. Always so many bytes: a branch for every row that cannot be
    /// foreseen would end what the processor has begun.
    pub(crate) fn touch_units(&self, ordinal: u32) -> u64 {
        let fixed = self.fixed(ordinal);
        let Some(units) = fixed.and_then(|fixed| self.units(&fixed)) else { return 0 };
        let Some(last) = units.len().checked_sub(1) else { return 0 };
        let byte = |index: usize| units.get(index.min(last)).copied().unwrap_or_default();
        u64::from(byte(0) | byte(CACHE_LINE) | byte(last))
    }

    fn fixed(&self, ordinal: u32) -> Option<Fixed> {
        self.fixed.load::<ROW_WORDS>(place(ordinal)).map(|words| Fixed::from_words(&words))
    }

    /// The row for the second stage; its bytes are bounded but not checked against their checksum, because
    /// damage there can only misplace a document within its tier.
    pub(crate) fn ranking(&self, ordinal: u32) -> Option<RankingRow<'_>> {
        let fixed = self.fixed(ordinal)?;
        let units = self.units(&fixed)?;
        let (title, rest) = units.split_at(usize::from(fixed.units[0]) * 4);
        let (tags, author) = rest.split_at(usize::from(fixed.units[1]) * 4);
        Some(RankingRow { fixed, title, tags, author })
    }

    /// The unit ids of title, tags and author, one behind the other.
    fn units(&self, fixed: &Fixed) -> Option<&[u8]> {
        let start = usize::try_from(fixed.offset).ok()?;
        self.bytes.get(start..start.checked_add(fixed.unit_bytes())?)
    }

    /// The row for an answer; an error when its bytes are not what was written.
    pub(crate) fn view(&self, ordinal: u32) -> Result<RowView<'_>> {
        let damaged = || Error::unusable(format!("row {ordinal} of the row table is damaged"));
        let fixed = self.fixed(ordinal).ok_or_else(damaged)?;
        let start = usize::try_from(fixed.offset).map_err(|_| damaged())?;
        let length = fixed.unit_bytes() + fixed.answer_length as usize;
        let bytes = self.bytes.get(start..start.saturating_add(length)).ok_or_else(damaged)?;
        if crc32fast::hash(bytes) != fixed.bytes_checksum {
            return Err(damaged());
        }
        let answer = &bytes[fixed.unit_bytes()..];
        Ok(RowView { kind: fixed.kind, publish_time: fixed.publish_time, counters: fixed.counters, answer })
    }
}

/// The table: readers take [`RowTable::rows`], the one writer appends.
pub(crate) struct RowTable {
    current: ArcSwap<Rows>,
    identity: u64,
    /// Rows written so far; the lock keeps writers apart.
    written: Mutex<u32>,
}

impl RowTable {
    /// Makes an empty table in `folder`, which must have none.
    pub(crate) fn create(folder: &Path, identity: u64) -> Result<Self> {
        let fixed = WordFile::create(&folder.join(FIXED_NAME), HEADER_WORDS + FIRST_ROWS * ROW_WORDS)?;
        let bytes = ByteFile::create(&folder.join(BYTES_NAME), FIRST_BYTES)?;
        fixed.store(0, &header(identity));
        bytes.append(&[&BYTES_MAGIC, &identity.to_le_bytes()]);
        Ok(Self::new(fixed, bytes, identity, 0))
    }

    /// Opens the table as the commit with this extent left it, and says which rows are visible.
    pub(crate) fn open(folder: &Path, writable: bool, extent: &Extent) -> Result<(Self, Visible)> {
        let words = HEADER_WORDS + extent.rows as usize * ROW_WORDS;
        let length =
            usize::try_from(extent.bytes).map_err(|_| Error::unusable("the row table is too large"))?;
        let fixed = WordFile::open(&folder.join(FIXED_NAME), writable, words).map_err(missing)?;
        let bytes = ByteFile::open(&folder.join(BYTES_NAME), writable, length).map_err(missing)?;
        check_headers(&fixed, &bytes, extent.identity)?;
        let table = Self::new(fixed, bytes, extent.identity, extent.rows);
        let visible = visible_rows(&table.rows(), extent)?;
        Ok((table, visible))
    }

    fn new(fixed: WordFile, bytes: ByteFile, identity: u64, rows: u32) -> Self {
        let rows_now = Rows { fixed: Arc::new(fixed), bytes: Arc::new(bytes) };
        Self { current: ArcSwap::from_pointee(rows_now), identity, written: Mutex::new(rows) }
    }

    /// The mappings of this moment.
    pub(crate) fn rows(&self) -> Guard<Arc<Rows>> {
        self.current.load()
    }

    /// The same, to be kept: rows are never changed but for their counters, so what was found stays what it was.
    pub(crate) fn rows_to_keep(&self) -> Arc<Rows> {
        self.current.load_full()
    }

    /// Appends the row of a document and gives its ordinal.
    pub(crate) fn put(&self, document: &Document, units: &RankingUnits) -> Result<u32> {
        let answer_length = u32::try_from(document.answer.len()).map_err(|_| {
            Error::TooLarge(format!("the answer of {} is 4 GiB or longer", document.group_id))
        })?;
        let mut fixed = Fixed {
            group_id: document.group_id,
            publish_time: document.publish_time,
            kind: document.kind,
            removed: false,
            offset: 0,
            units: units.counts(),
            answer_length,
            bytes_checksum: 0,
            counters: document.counters,
        };
        self.append(&mut fixed, units.bytes(), &document.answer)
    }

    /// Appends a row that takes `group_id` out.
    pub(crate) fn remove(&self, group_id: i64) -> Result<()> {
        let mut fixed = Fixed {
            group_id,
            publish_time: 0,
            kind: 0,
            removed: true,
            offset: 0,
            units: [0; 3],
            answer_length: 0,
            bytes_checksum: 0,
            counters: Counters::default(),
        };
        self.append(&mut fixed, &[], &[]).map(|_| ())
    }

    /// Sets the counters of a row in place.
    pub(crate) fn set_counters(&self, ordinal: u32, counters: &Counters) {
        self.rows().fixed.store(place(ordinal) + COUNTER_WORD, &layout::counter_words(counters));
    }

    /// How many rows were written, those that no longer count included.
    pub(crate) fn written(&self) -> u32 {
        *self.written.lock()
    }

    /// Writes everything to the disk and says how far the table reaches.
    pub(crate) fn sync(&self) -> Result<Extent> {
        let (rows, extent) = {
            // Not held while the disk works: whatever is appended meanwhile lies behind the extent.
            let written = self.written.lock();
            let rows = self.current.load_full();
            let bytes = rows.bytes.len() as u64;
            (rows, Extent { identity: self.identity, rows: *written, bytes })
        };
        rows.fixed.sync()?;
        rows.bytes.sync()?;
        Ok(extent)
    }

    fn append(&self, fixed: &mut Fixed, units: &[u8], answer: &[u8]) -> Result<u32> {
        let mut written = self.written.lock();
        let ordinal = *written;
        let next = ordinal.checked_add(1).ok_or_else(|| Error::TooLarge("the row table is full".into()))?;
        let rows = self.with_room(next, units.len() + answer.len())?;
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(units);
        hasher.update(answer);
        fixed.bytes_checksum = hasher.finalize();
        let range = rows.bytes.append(&[units, answer]).ok_or(Error::ReadOnly)?;
        fixed.offset = range.start as u64;
        if !rows.fixed.store(place(ordinal), &fixed.words()) {
            return Err(Error::ReadOnly);
        }
        *written = next;
        Ok(ordinal)
    }

    /// The mappings, grown where `rows` rows or `bytes` more bytes would not fit.
    fn with_room(&self, rows: u32, bytes: usize) -> Result<Arc<Rows>> {
        let current = self.current.load_full();
        let words = place(rows);
        let length = current.bytes.len() + bytes;
        if words <= current.fixed.len() && length <= current.bytes.capacity() {
            return Ok(current);
        }
        let mut grown = Rows::clone(&current);
        if words > current.fixed.len() {
            grown.fixed = Arc::new(current.fixed.grown(words + (words / 2).min(LARGEST_GROWTH / 8))?);
        }
        if length > current.bytes.capacity() {
            grown.bytes = Arc::new(current.bytes.grown(length + (length / 2).min(LARGEST_GROWTH))?);
        }
        let grown = Arc::new(grown);
        self.current.store(Arc::clone(&grown));
        Ok(grown)
    }
}

/// Deletes the files of a table, if there are any.
pub(crate) fn wipe(folder: &Path) -> Result<()> {
    for name in [FIXED_NAME, BYTES_NAME] {
        let path = folder.join(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::file("remove", &path)(error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The first word of a row.
fn place(ordinal: u32) -> usize {
    HEADER_WORDS + ordinal as usize * ROW_WORDS
}

fn header(identity: u64) -> [u64; 4] {
    let words = [FIXED_MAGIC, VERSION, identity];
    [words[0], words[1], words[2], layout::checksum(&words)]
}

fn check_headers(fixed: &WordFile, bytes: &ByteFile, identity: u64) -> Result<()> {
    if fixed.load::<4>(0) != Some(header(identity)) {
        return Err(Error::unusable(format!(
            "{FIXED_NAME} is damaged, of another version or of another index"
        )));
    }
    let expected = [BYTES_MAGIC, identity.to_le_bytes()].concat();
    if bytes.get(0..BYTES_HEADER) != Some(&expected) {
        return Err(Error::unusable(format!("{BYTES_NAME} is damaged or of another index")));
    }
    Ok(())
}

fn visible_rows(rows: &Rows, extent: &Extent) -> Result<Visible> {
    let visible = Visible::default();
    for ordinal in 0..extent.rows {
        let words = rows.fixed.load::<ROW_WORDS>(place(ordinal));
        let words = words.filter(|words| words[CHECK_WORD] == layout::check_word(words));
        let fixed = words.map(|words| Fixed::from_words(&words));
        let Some(fixed) = fixed else {
            return Err(Error::unusable(format!("row {ordinal} of {FIXED_NAME} is damaged")));
        };
        if fixed.removed {
            visible.remove(rows, fixed.group_id);
        } else {
            visible.insert(rows, fixed.group_id, ordinal);
        }
    }
    Ok(visible)
}

/// A file of the table that is not there makes the index unusable; other refusals of the system stay as they are.
fn missing(error: Error) -> Error {
    match error {
        Error::File { path, source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
            Error::unusable(format!("{} is missing", path.display()))
        }
        other => other,
    }
}
