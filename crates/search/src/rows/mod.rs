//! The row table: for every document what the second stage and the answers read, memory-mapped.
//!
//! It is a log. A document gets the next ordinal and a row; a newer row of the same id replaces the older one,
//! and a removal is a row that says so. Which row is visible is kept in memory ([`Visible`]) and follows from
//! the rows in their order, so a commit needs to remember only how many rows and bytes it covers: everything
//! behind that is cut off when the table is opened, and written over. Only the counters change in place.

mod layout;
mod view;
mod visible;

use std::{fs, path::Path, sync::Arc};

use arc_swap::{ArcSwap, Guard};
use parking_lot::Mutex;

pub(crate) use layout::Fixed;
pub(crate) use view::{RankingRow, Rows};
pub(crate) use visible::Visible;

use self::layout::{
    BYTES_HEADER, BYTES_MAGIC, CHECK_WORD, COUNTER_WORD, FIXED_MAGIC, HEADER_WORDS, ROW_WORDS, VERSION,
};
use crate::{
    Counters, Document, Error, Result,
    analysis::RankingUnits,
    mapped::{ByteFile, WordFile},
};

const FIXED_NAME: &str = "rows.fixed";
const BYTES_NAME: &str = "rows.bytes";
const FIRST_ROWS: usize = 4096;
const FIRST_BYTES: usize = 1 << 20;
/// Files grow by half of their size, and by so many bytes at the most: they take the room on the disk at once.
const LARGEST_GROWTH: usize = 256 << 20;

/// How much of the table a commit covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Extent {
    /// Ties the files of one table to the commits that name it.
    pub(crate) identity: u64,
    pub(crate) rows: u32,
    pub(crate) bytes: u64,
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
            counts: units.counts(),
            units: [0; _],
            answer_length,
            bytes_checksum: 0,
            counters: document.counters,
        };
        let spilled = match fixed.units.get_mut(..units.bytes().len()) {
            Some(inline) => {
                inline.copy_from_slice(units.bytes());
                &[]
            }
            None => units.bytes(),
        };
        self.append(&mut fixed, spilled, &document.answer)
    }

    /// Appends a row that takes `group_id` out.
    pub(crate) fn remove(&self, group_id: i64) -> Result<()> {
        let mut fixed = Fixed {
            group_id,
            publish_time: 0,
            kind: 0,
            removed: true,
            offset: 0,
            counts: [0; 3],
            units: [0; _],
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

    fn append(&self, fixed: &mut Fixed, spilled: &[u8], answer: &[u8]) -> Result<u32> {
        let mut written = self.written.lock();
        let ordinal = *written;
        let next = ordinal.checked_add(1).ok_or_else(|| Error::TooLarge("the row table is full".into()))?;
        let rows = self.with_room(next, spilled.len() + answer.len())?;
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(spilled);
        hasher.update(answer);
        fixed.bytes_checksum = hasher.finalize();
        let range = rows.bytes.append(&[spilled, answer]).ok_or(Error::ReadOnly)?;
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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::{
        layout::{INLINE_UNITS, NEAR_UNITS},
        *,
    };
    use crate::analysis::UNIT_BYTES;

    /// A title and tags of so many characters, all of them different.
    fn document(group_id: i64, title: usize, tags: usize) -> Document {
        let mut characters = ('\u{4e00}'..).take(title + tags);
        let title = characters.by_ref().take(title).collect();
        let tags = if tags == 0 { vec![] } else { vec![characters.collect()] };
        Document {
            group_id,
            title,
            tags,
            author: "周".to_owned(),
            answer: b"{}".to_vec(),
            ..Document::default()
        }
    }

    #[test]
    fn units_are_read_wherever_they_stand() {
        let folder = tempfile::tempdir().unwrap();
        let table = RowTable::create(folder.path(), 7).unwrap();
        // With the author's one, as many as stand in the two near lines, in the row, and one more of each.
        let sizes = [(3, 0), (20, NEAR_UNITS - 21), (20, NEAR_UNITS - 20), (30, INLINE_UNITS - 31), (60, 50)];
        for (group_id, (title, tags)) in (0..).zip(sizes) {
            let document = document(group_id, title, tags);
            let units = RankingUnits::of(&document);
            let rows_before = table.rows().bytes.len();
            let ordinal = table.put(&document, &units).unwrap();
            let rows = table.rows();
            rows.touch(ordinal);
            let row = rows.ranking(ordinal).unwrap();
            assert_eq!(row.units().concat(), units.bytes());
            assert_eq!(row.units().map(|units| units.len() / UNIT_BYTES), [title, tags, 1]);
            assert_eq!((row.fixed.group_id, row.fixed.counters), (group_id, document.counters));
            assert_eq!(rows.view(ordinal).unwrap().answer, document.answer);
            let is_spilled = title + tags + 1 > INLINE_UNITS;
            let expected = document.answer.len() + if is_spilled { units.bytes().len() } else { 0 };
            assert_eq!(rows.bytes.len() - rows_before, expected);
        }
    }

    #[test]
    fn counters_change_in_place_and_leave_the_row_whole() {
        let folder = tempfile::tempdir().unwrap();
        let table = RowTable::create(folder.path(), 7).unwrap();
        let document = document(5, 40, 20);
        let ordinal = table.put(&document, &RankingUnits::of(&document)).unwrap();
        let counters = Counters { digg: 1, comment: -2, read: i64::MAX, share: 4, watch: 5 };
        table.set_counters(ordinal, &counters);
        let extent = table.sync().unwrap();
        drop(table);
        let (table, visible) = RowTable::open(folder.path(), false, &extent).unwrap();
        assert_eq!(visible.get(&table, 5), Some(ordinal));
        let rows = table.rows();
        assert_eq!(rows.ranking(ordinal).unwrap().fixed.counters, counters);
        assert_eq!(rows.view(ordinal).unwrap().counters, counters);
    }
}
