//! Memory-mapped files: the only place of this crate with `unsafe`.
//!
//! Two kinds, so that no byte is ever seen both as an atomic and as a plain byte: [`WordFile`] is a field of
//! atomic words that may change at any time; [`ByteFile`] is append-only, and what was published once never
//! changes again. Both only ever grow; an older, shorter mapping of the same file stays valid beside a newer one.
//!
//! What the types cannot check is left to the owner of the folder and is part of the contract of this crate:
//! one process writes (it holds the folder's lock), and nobody shortens a file. A process that only reads maps
//! what a commit covered, and the writer never writes there again except atomically.
//!
//! A page that is written and finds no room on the disk kills the process. So a file's blocks are reserved
//! before they are mapped, and a full disk is an error of the call that lets the file grow.
#![expect(unsafe_code, reason = "views into memory-mapped files")]

use std::{
    fs::{File, OpenOptions},
    io,
    ops::Range,
    path::{Path, PathBuf},
    slice,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use memmap2::{MmapOptions, MmapRaw};
use parking_lot::Mutex;

use crate::{Error, Result};

/// What all mappings of one file share.
struct Shared {
    file: File,
    path: PathBuf,
    writable: bool,
    /// Bytes of a [`ByteFile`] that are written for good; only rises.
    published: AtomicUsize,
    appending: Mutex<()>,
}

struct Map {
    raw: MmapRaw,
    shared: Arc<Shared>,
}

impl Map {
    fn create(path: &Path, length: usize) -> Result<Self> {
        let mut options = OpenOptions::new();
        let file = options
            .read(true)
            .write(true)
            .create_new(true)
            .open(path)
            .map_err(Error::file("create", path))?;
        reserve(&file, path, length as u64)?;
        Self::over(file, path, true, length, 0)
    }

    fn open(path: &Path, writable: bool, published: usize) -> Result<Self> {
        let file =
            OpenOptions::new().read(true).write(writable).open(path).map_err(Error::file("open", path))?;
        let length = file.metadata().map_err(Error::file("measure", path))?.len();
        if published == 0 || length < published as u64 {
            return Err(Error::unusable(format!("{} is shorter than the last commit", path.display())));
        }
        // No more than that: what is behind it may not be reserved (in a copy from a backup, say).
        Self::over(file, path, writable, published, published)
    }

    fn over(file: File, path: &Path, writable: bool, length: usize, published: usize) -> Result<Self> {
        let published = AtomicUsize::new(published);
        let shared = Shared { file, path: path.to_owned(), writable, published, appending: Mutex::new(()) };
        Self::with_length(Arc::new(shared), length)
    }

    fn with_length(shared: Arc<Shared>, length: usize) -> Result<Self> {
        let mut options = MmapOptions::new();
        let options = options.len(length);
        let raw = match shared.writable {
            true => options.map_raw(&shared.file),
            false => options.map_raw_read_only(&shared.file),
        };
        Ok(Self { raw: raw.map_err(Error::file("map", &shared.path))?, shared })
    }

    fn grown(&self, length: usize) -> Result<Self> {
        let length = length.max(self.raw.len());
        reserve(&self.shared.file, &self.shared.path, length as u64)?;
        Self::with_length(Arc::clone(&self.shared), length)
    }

    fn sync(&self) -> Result<()> {
        self.raw.flush().map_err(Error::file("flush", &self.shared.path))?;
        self.shared.file.sync_data().map_err(Error::file("flush", &self.shared.path))
    }
}

/// Makes the file at least `length` bytes long, all of them with blocks on the disk where the file system can do
/// that; elsewhere it only becomes longer. When there is no room, it stays as it was.
fn reserve(file: &File, path: &Path, length: u64) -> Result<()> {
    let before = file.metadata().map_err(Error::file("measure", path))?.len();
    let length = length.max(before);
    match allocate(file, length) {
        Ok(true) => Ok(()),
        Ok(false) => file.set_len(length).map_err(Error::file("grow", path)),
        Err(error) => {
            // Gives back the part that there was room for; should that fail too, the first error says more.
            drop(file.set_len(before));
            Err(Error::file("reserve room on the disk for", path)(error))
        }
    }
}

/// Gives the first `length` bytes of the file their blocks; `false` when the file system cannot.
#[cfg(unix)]
fn allocate(file: &File, length: u64) -> io::Result<bool> {
    use rustix::{
        fs::{FallocateFlags, fallocate},
        io::{Errno, retry_on_intr},
    };
    match retry_on_intr(|| fallocate(file, FallocateFlags::empty(), 0, length)) {
        Ok(()) => Ok(true),
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Nothing of the kind is known here.
#[cfg(not(unix))]
fn allocate(_: &File, _: u64) -> io::Result<bool> {
    Ok(false)
}

/// A file of 64-bit words that are read and written atomically.
pub(crate) struct WordFile(Map);

impl WordFile {
    /// Makes a file of zeros; there must be none of that name.
    pub(crate) fn create(path: &Path, words: usize) -> Result<Self> {
        Map::create(path, words * 8).map(Self)
    }

    /// Opens the first `words` words of a file, which must have as many.
    pub(crate) fn open(path: &Path, writable: bool, words: usize) -> Result<Self> {
        Map::open(path, writable, words.saturating_mul(8)).map(Self)
    }

    /// How many words the mapping has.
    pub(crate) fn len(&self) -> usize {
        self.0.raw.len() / 8
    }

    /// A mapping of the same file with at least `words` words.
    pub(crate) fn grown(&self, words: usize) -> Result<Self> {
        self.0.grown(words * 8).map(Self)
    }

    /// The words of `range`, when the mapping has them.
    pub(crate) fn load<const COUNT: usize>(&self, start: usize) -> Option<[u64; COUNT]> {
        let words = self.words().get(start..start.checked_add(COUNT)?)?;
        let mut loaded = [0; COUNT];
        for (value, word) in loaded.iter_mut().zip(words) {
            *value = word.load(Ordering::Relaxed);
        }
        Some(loaded)
    }

    /// Writes the words at `start`; `false` when they are outside or the file was opened for reading.
    pub(crate) fn store(&self, start: usize, values: &[u64]) -> bool {
        let end = start.saturating_add(values.len());
        let Some(words) = self.words().get(start..end).filter(|_| self.0.shared.writable) else {
            return false;
        };
        for (word, value) in words.iter().zip(values) {
            word.store(*value, Ordering::Relaxed);
        }
        true
    }

    /// Waits until everything written is on the disk.
    pub(crate) fn sync(&self) -> Result<()> {
        self.0.sync()
    }

    fn words(&self) -> &[AtomicU64] {
        // SAFETY: the mapping begins at a page border, so it is aligned; it is len() words long and lives as
        // long as `self`. Within this process all access goes through these atomics; another process only
        // reads, or is the only writer and writes through the same atomics. `store` refuses read-only mappings.
        unsafe { slice::from_raw_parts(self.0.raw.as_ptr().cast::<AtomicU64>(), self.len()) }
    }
}

/// An append-only file of bytes.
pub(crate) struct ByteFile(Map);

impl ByteFile {
    /// Makes an empty file with room for `capacity` bytes; there must be none of that name.
    pub(crate) fn create(path: &Path, capacity: usize) -> Result<Self> {
        Map::create(path, capacity).map(Self)
    }

    /// Opens a file whose first `published` bytes count; what stands behind them may be overwritten.
    pub(crate) fn open(path: &Path, writable: bool, published: usize) -> Result<Self> {
        Map::open(path, writable, published).map(Self)
    }

    /// How many bytes fit before the file has to grow.
    pub(crate) fn capacity(&self) -> usize {
        self.0.raw.len()
    }

    /// How many bytes are published.
    pub(crate) fn len(&self) -> usize {
        self.0.shared.published.load(Ordering::Acquire)
    }

    /// A mapping of the same file with room for at least `capacity` bytes.
    pub(crate) fn grown(&self, capacity: usize) -> Result<Self> {
        self.0.grown(capacity).map(Self)
    }

    /// Published bytes; `None` when the range reaches beyond them or beyond this mapping.
    pub(crate) fn get(&self, range: Range<usize>) -> Option<&[u8]> {
        if range.start > range.end || range.end > self.len().min(self.capacity()) {
            return None;
        }
        // SAFETY: the range was just checked to lie inside the mapping and below `published`; such bytes are
        // never written again (`append` writes at and behind `published` only), so they are plain shared bytes.
        Some(unsafe { slice::from_raw_parts(self.0.raw.as_ptr().add(range.start), range.len()) })
    }

    /// Appends the parts and publishes them; gives their place, or `None` when they do not fit (see
    /// [`Self::grown`]) or the file was opened for reading.
    pub(crate) fn append(&self, parts: &[&[u8]]) -> Option<Range<usize>> {
        let _alone = self.0.shared.appending.lock();
        let start = self.len();
        let total = parts.iter().try_fold(0usize, |sum, part| sum.checked_add(part.len()))?;
        let end = start.checked_add(total).filter(|end| self.0.shared.writable && *end <= self.capacity())?;
        let mut at = start;
        for part in parts {
            // SAFETY: start..end lies inside the mapping, is not published, so no slice of it exists in any
            // mapping of this process, and `appending` keeps a second writer out. The source is another
            // object: slices handed out by `get` lie below `start`.
            unsafe {
                std::ptr::copy_nonoverlapping(part.as_ptr(), self.0.raw.as_mut_ptr().add(at), part.len());
            };
            at += part.len();
        }
        self.0.shared.published.store(end, Ordering::Release);
        Some(start..end)
    }

    /// Waits until everything written is on the disk.
    pub(crate) fn sync(&self) -> Result<()> {
        self.0.sync()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_served_once_published_and_survive_growth() {
        let folder = tempfile::tempdir().unwrap();
        let small = ByteFile::create(&folder.path().join("bytes"), 8).unwrap();
        assert_eq!(small.append(&[b"abc", b"de"]), Some(0..5));
        assert_eq!(small.append(&[b"fghi"]), None);
        let large = small.grown(4096).unwrap();
        assert_eq!(large.append(&[b"fghi"]), Some(5..9));
        assert_eq!(large.get(3..9), Some(&b"defghi"[..]));
        assert_eq!(small.get(0..5), Some(&b"abcde"[..]));
        assert_eq!(small.get(3..9), None);
        assert_eq!(large.get(8..10), None);
    }

    #[test]
    fn words_out_of_range_and_read_only_stores_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("words");
        let words = WordFile::create(&path, 4).unwrap();
        assert!(words.store(2, &[7, 8]));
        assert!(!words.store(3, &[7, 8]));
        let reader = WordFile::open(&path, false, 4).unwrap();
        assert_eq!(reader.load::<2>(2), Some([7, 8]));
        assert_eq!(reader.load::<2>(3), None);
        assert!(!reader.store(0, &[1]));
        assert!(WordFile::open(&path, false, 5).is_err());
    }

    #[cfg(unix)]
    #[test]
    #[expect(clippy::print_stderr, reason = "a skipped test says so")]
    fn mapped_files_have_their_blocks() {
        use std::os::unix::fs::MetadataExt;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bytes");
        let small = ByteFile::create(&path, 1 << 16).unwrap();
        if !allocate(&small.0.shared.file, 1 << 16).unwrap() {
            eprintln!("SKIPPED: the file system of {} cannot reserve blocks", path.display());
            return;
        }
        let has_blocks = |length: u64| {
            let metadata = path.metadata().unwrap();
            metadata.len() == length && metadata.blocks() * 512 >= length
        };
        assert!(has_blocks(1 << 16));
        // A copy may have lost what was reserved.
        small.0.shared.file.set_len(1 << 20).unwrap();
        assert!(!has_blocks(1 << 20));
        small.grown(1 << 17).unwrap();
        assert!(has_blocks(1 << 20), "never shorter");
        small.grown(1 << 21).unwrap();
        assert!(has_blocks(1 << 21));
    }

    #[test]
    fn a_file_that_cannot_grow_is_an_error_and_stays_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bytes");
        let bytes = ByteFile::create(&path, 4096).unwrap();
        assert_eq!(bytes.append(&[b"abc"]), Some(0..3));
        // No file may be as long as this.
        assert!(matches!(bytes.grown(1 << 63), Err(Error::File { .. })));
        assert_eq!(path.metadata().unwrap().len(), 4096);
        assert_eq!(bytes.append(&[b"de"]), Some(3..5));
        assert_eq!(bytes.get(0..5), Some(&b"abcde"[..]));
    }

    #[test]
    fn only_what_is_published_is_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bytes");
        ByteFile::create(&path, 4096).unwrap().append(&[b"abcdef"]);
        let bytes = ByteFile::open(&path, true, 4).unwrap();
        assert_eq!((bytes.len(), bytes.capacity()), (4, 4));
        assert_eq!(bytes.append(&[b"x"]), None);
        assert_eq!(bytes.grown(8).unwrap().append(&[b"xy"]), Some(4..6));
        assert_eq!(path.metadata().unwrap().len(), 4096);
    }
}
