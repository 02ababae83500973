//! Where spends survive a killed process: a mapped file with one counter for each lease of this node.
//!
//! A spend is one atomic add into the mapping, without a system call: the pages belong to the kernel, which keeps them
//! when the process is killed at any instruction. They do not survive the machine: the head of the file names the boot
//! that wrote it, and what another boot wrote is not believed.
//!
//! A counter is a word of two halves: the lower one counts up, the upper one counts down by the same, so their sum is
//! constant. The sum is the lease's seal, a random number that stands in the store. A flipped byte, a page of zeros, a
//! slot of another lease: each changes the sum, and the lease counts as wholly spent.
//!
//! This is the only place of this crate with `unsafe`.
#![expect(unsafe_code, reason = "counters in a memory-mapped file")]

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::Path,
    slice,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use memmap2::{MmapOptions, MmapRaw};

/// What a file begins with; the last byte is the version of the form.
const MAGIC: u64 = u64::from_le_bytes(*b"QSLEASE\x01");
/// Words of a chunk: the file grows by one at a time, and a chunk never moves.
const CHUNK_WORDS: usize = 8192;
/// Bytes of a chunk.
const CHUNK_BYTES: usize = CHUNK_WORDS * 8;
/// Words of the head: magic, two of the boot, their check.
const HEAD_WORDS: usize = 8;
/// Words of a slot: the counter, and the minute of the last spend.
const SLOT_WORDS: usize = 2;
/// Added to a counter by a spend: one more below, one less above.
const ONE: u64 = 1_u64.wrapping_sub(1 << 32);

/// A mapped piece of the file.
struct Chunk(MmapRaw);

impl Chunk {
    fn words(&self) -> &[AtomicU64] {
        // SAFETY: a chunk is CHUNK_BYTES long, begins at a border of 64 KiB, and so of every page, and the mapping lives
        // as long as `self`. Only chunks that the file has whole are mapped, and nothing of this program shortens a file
        // in place. Should somebody else truncate it beside a running server, the next access ends the process by SIGBUS:
        // no reference is read that is not there, and since leases count as spent, nothing is oversold. All access goes
        // through these atomics; the lock of the data directory keeps other writers out, and what anybody else writes
        // into the file is seen as numbers that do not fit.
        unsafe { slice::from_raw_parts(self.0.as_ptr().cast::<AtomicU64>(), CHUNK_WORDS) }
    }
}

/// The counter of one lease.
pub(crate) struct Slot {
    chunk: Arc<Chunk>,
    at: usize,
    /// Its number in the file.
    pub(crate) number: i64,
}

impl Slot {
    /// Begins to count at `spent` under a seal.
    pub(crate) fn begin(&self, seal: i64, spent: u32) {
        let upper = seal_of(seal).wrapping_sub(spent);
        self.minute().store(0, Ordering::Relaxed);
        self.counter().store(u64::from(upper) << 32 | u64::from(spent), Ordering::Release);
    }

    /// Counts one call.
    pub(crate) fn spend(&self, minute: i64) {
        self.counter().fetch_add(ONE, Ordering::AcqRel);
        let minute = minute as u64;
        if self.minute().load(Ordering::Relaxed) != minute {
            self.minute().store(minute, Ordering::Relaxed);
        }
    }

    /// Takes one call back.
    pub(crate) fn unspend(&self) {
        self.counter().fetch_sub(ONE, Ordering::AcqRel);
    }

    /// What was spent, and the Unix minute of the last spend; `None` where the counter cannot be believed.
    pub(crate) fn read(&self, seal: i64) -> Option<(u32, i64)> {
        let word = self.counter().load(Ordering::Acquire);
        let (spent, upper) = (word as u32, (word >> 32) as u32);
        let minute = self.minute().load(Ordering::Relaxed) as i64;
        (spent.wrapping_add(upper) == seal_of(seal)).then_some((spent, minute))
    }

    fn counter(&self) -> &AtomicU64 {
        &self.chunk.words()[self.at]
    }

    fn minute(&self) -> &AtomicU64 {
        &self.chunk.words()[self.at + 1]
    }
}

/// The half of a seal that fits a counter.
fn seal_of(seal: i64) -> u32 {
    seal as u32
}

/// The file of this node, with every chunk mapped.
pub(crate) struct LeaseFile {
    file: File,
    chunks: Vec<Arc<Chunk>>,
    free: Vec<usize>,
}

impl LeaseFile {
    /// Opens the file that this machine wrote since it was started; `None` if there is none, or it is another boot's or
    /// its head is damaged. A last chunk that is not whole, because the process was killed or the disk was full while the
    /// file grew, is left out: nobody had a slot in it yet.
    ///
    /// # Errors
    /// When a file is there that cannot be read or mapped.
    pub(crate) fn open(path: &Path, boot: [u64; 2]) -> io::Result<Option<LeaseFile>> {
        let file = match OpenOptions::new().read(true).write(true).open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened?,
        };
        let chunks = file.metadata()?.len() / CHUNK_BYTES as u64;
        if chunks == 0 {
            return Ok(None);
        }
        let mut opened = LeaseFile { file, chunks: Vec::new(), free: Vec::new() };
        for _ in 0..chunks {
            opened.map_chunk()?;
        }
        let head = opened.chunks[0].words();
        let found: [u64; 4] = std::array::from_fn(|word| head[word].load(Ordering::Acquire));
        Ok((found == head_of(boot)).then_some(opened))
    }

    /// Makes an empty file, in the place of one that is there.
    ///
    /// # Errors
    /// When it cannot be written or mapped.
    pub(crate) fn create(path: &Path, boot: [u64; 2]) -> io::Result<LeaseFile> {
        let new = path.with_extension("new");
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut created = LeaseFile { file: options.open(&new)?, chunks: Vec::new(), free: Vec::new() };
        created.grow()?;
        for (word, value) in created.chunks[0].words().iter().zip(head_of(boot)) {
            word.store(value, Ordering::Release);
        }
        fs::rename(&new, path)?;
        Ok(created)
    }

    /// A slot that nobody has.
    ///
    /// # Errors
    /// When the file cannot grow.
    pub(crate) fn take(&mut self) -> io::Result<Slot> {
        if self.free.is_empty() {
            self.grow()?;
        }
        let number = self.free.pop().ok_or_else(|| io::Error::other("the lease file has no room"))?;
        self.slot(number as i64).ok_or_else(|| io::Error::other("the lease file has no such slot"))
    }

    /// Lets a slot be taken again.
    pub(crate) fn release(&mut self, slot: &Slot) {
        slot.begin(0, 0);
        self.free.push(slot.number as usize);
    }

    /// The slot of that number; `None` where the file has none.
    pub(crate) fn slot(&self, number: i64) -> Option<Slot> {
        let at = usize::try_from(number).ok()?.checked_mul(SLOT_WORDS)?.checked_add(HEAD_WORDS)?;
        let chunk = self.chunks.get(at / CHUNK_WORDS)?;
        Some(Slot { chunk: Arc::clone(chunk), at: at % CHUNK_WORDS, number })
    }

    /// Lets every slot be taken but those that `used` names.
    pub(crate) fn free_all_but(&mut self, used: &[i64]) {
        let used: std::collections::HashSet<i64> = used.iter().copied().collect();
        let slots = self.slots();
        self.free = (0..slots).rev().filter(|number| !used.contains(&(*number as i64))).collect();
    }

    fn slots(&self) -> usize {
        (self.chunks.len() * CHUNK_WORDS).saturating_sub(HEAD_WORDS) / SLOT_WORDS
    }

    /// Adds a chunk, over what there is of one that could not be added before. Its zeros are written, not only reserved: a
    /// mapping of room that the disk does not have would kill the process at the first spend.
    fn grow(&mut self) -> io::Result<()> {
        let before = self.slots();
        let end = self.chunks.len() * CHUNK_BYTES;
        io::Seek::seek(&mut self.file, io::SeekFrom::Start(end as u64))?;
        self.file.write_all(&vec![0; CHUNK_BYTES])?;
        self.map_chunk()?;
        self.free.extend((before..self.slots()).rev());
        Ok(())
    }

    fn map_chunk(&mut self) -> io::Result<()> {
        let offset = self.chunks.len() * CHUNK_BYTES;
        let map = MmapOptions::new().offset(offset as u64).len(CHUNK_BYTES).map_raw(&self.file)?;
        self.chunks.push(Arc::new(Chunk(map)));
        Ok(())
    }
}

fn head_of(boot: [u64; 2]) -> [u64; 4] {
    let check = MAGIC ^ boot[0].rotate_left(17) ^ boot[1].rotate_left(43);
    [MAGIC, boot[0], boot[1], check]
}

/// What tells this run of the machine from every other; `None` where the system does not say. Without it a killed
/// server's leases count as spent.
pub(crate) fn boot() -> Option<[u64; 2]> {
    let text = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let hash = blake3::hash(text.trim().as_bytes());
    let word = |at: usize| {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&hash.as_bytes()[at..at + 8]);
        u64::from_le_bytes(bytes)
    };
    Some([word(0), word(8)])
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::io::{Read as _, Seek as _, SeekFrom};

    use proptest::prelude::*;

    use super::*;

    const BOOT: [u64; 2] = [7, 8];

    fn flip(path: &Path, at: u64) {
        let mut file = OpenOptions::new().read(true).write(true).open(path).unwrap();
        let mut byte = [0];
        file.seek(SeekFrom::Start(at)).unwrap();
        file.read_exact(&mut byte).unwrap();
        file.seek(SeekFrom::Start(at)).unwrap();
        file.write_all(&[byte[0] ^ 0x10]).unwrap();
    }

    #[test]
    fn spends_are_there_when_the_file_is_opened_again() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("leases");
        let mut file = LeaseFile::create(&path, BOOT).unwrap();
        let slot = file.take().unwrap();
        slot.begin(77, 5);
        (0..3).for_each(|_| slot.spend(9));
        slot.unspend();
        let again = LeaseFile::open(&path, BOOT).unwrap().unwrap();
        assert_eq!(again.slot(slot.number).unwrap().read(77), Some((7, 9)));
        assert_eq!(again.slot(slot.number).unwrap().read(78), None);
        assert!(LeaseFile::open(&path, [7, 9]).unwrap().is_none(), "another boot");
        assert!(LeaseFile::open(&directory.path().join("none"), BOOT).unwrap().is_none());
    }

    #[test]
    fn no_flipped_byte_of_a_counter_or_of_the_head_is_believed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("leases");
        let mut file = LeaseFile::create(&path, BOOT).unwrap();
        let slot = file.take().unwrap();
        slot.begin(0x1234_5678, 0);
        (0..300).for_each(|_| slot.spend(9));
        let counter = (HEAD_WORDS as u64 + slot.number as u64 * SLOT_WORDS as u64) * 8;
        for byte in counter..counter + 8 {
            flip(&path, byte);
            let damaged = LeaseFile::open(&path, BOOT).unwrap().unwrap();
            assert_eq!(damaged.slot(slot.number).unwrap().read(0x1234_5678), None, "byte {byte}");
            flip(&path, byte);
        }
        for byte in 0..32 {
            flip(&path, byte);
            assert!(LeaseFile::open(&path, BOOT).unwrap().is_none(), "byte {byte}");
            flip(&path, byte);
        }
        assert_eq!(file.slot(slot.number).unwrap().read(0x1234_5678), Some((300, 9)));
    }

    #[test]
    fn a_file_without_a_whole_chunk_or_a_head_is_not_believed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("leases");
        for length in [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1] {
            fs::write(&path, vec![0; length]).unwrap();
            assert!(LeaseFile::open(&path, BOOT).unwrap().is_none(), "{length} bytes");
        }
    }

    #[test]
    fn a_chunk_that_was_not_added_whole_takes_nothing_from_those_before() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("leases");
        let first = LeaseFile::create(&path, BOOT).unwrap().take().unwrap();
        first.begin(77, 0);
        first.spend(9);
        let beyond = ((CHUNK_WORDS - HEAD_WORDS) / SLOT_WORDS) as i64;
        for tail in [1, CHUNK_BYTES - 1] {
            let mut end = OpenOptions::new().append(true).open(&path).unwrap();
            end.set_len(CHUNK_BYTES as u64).unwrap();
            end.write_all(&vec![0xAB; tail]).unwrap();
            let mut file = LeaseFile::open(&path, BOOT).unwrap().unwrap();
            assert_eq!(file.slot(first.number).unwrap().read(77), Some((1, 9)), "{tail} bytes more");
            assert!(file.slot(beyond).is_none(), "{tail} bytes more");
            let taken = file.take().unwrap();
            assert_eq!(
                (taken.number, taken.read(0)),
                (beyond, Some((0, 0))),
                "a new chunk begins with zeros"
            );
            assert_eq!(fs::metadata(&path).unwrap().len(), 2 * CHUNK_BYTES as u64);
        }
    }

    #[test]
    fn slots_are_distinct_and_the_file_grows() {
        let directory = tempfile::tempdir().unwrap();
        let mut file = LeaseFile::create(&directory.path().join("leases"), BOOT).unwrap();
        let slots: Vec<Slot> = (0..10_000).map(|_| file.take().unwrap()).collect();
        let mut numbers: Vec<i64> = slots.iter().map(|slot| slot.number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), slots.len());
        for (index, slot) in slots.iter().enumerate() {
            slot.begin(index as i64, index as u32);
        }
        assert!(
            slots.iter().enumerate().all(|(index, slot)| slot.read(index as i64) == Some((index as u32, 0)))
        );
        file.release(&slots[3]);
        assert_eq!(file.take().unwrap().number, slots[3].number);
        file.free_all_but(&[0, 1, 2]);
        assert_eq!(file.take().unwrap().number, 3);
    }

    /// The bytes of a file: any length and any content, or chunks under a right head, the last of them whole or not.
    fn any_file() -> impl Strategy<Value = Vec<u8>> {
        let short = prop::collection::vec(any::<u8>(), 0..200);
        let long = (0..3 * CHUNK_BYTES, any::<u8>()).prop_map(|(length, byte)| vec![byte; length]);
        let cut = (right_head(), 0..CHUNK_BYTES).prop_map(|(mut bytes, cut)| {
            bytes.truncate(bytes.len() - cut);
            bytes
        });
        prop_oneof![short, long, right_head(), cut]
    }

    fn right_head() -> impl Strategy<Value = Vec<u8>> {
        let words = prop::collection::vec((0..3 * CHUNK_WORDS, any::<u64>()), 0..40);
        (1..=3_usize, any::<u64>(), words).prop_map(|(chunks, fill, words)| {
            let mut all = vec![fill; chunks * CHUNK_WORDS];
            for (at, word) in words {
                let at = at % all.len();
                all[at] = word;
            }
            all[..4].copy_from_slice(&head_of(BOOT));
            all.iter().flat_map(|word| word.to_ne_bytes()).collect()
        })
    }

    /// Numbers of slots, many of them at the ends of chunks and outside the file.
    fn any_number() -> impl Strategy<Value = i64> {
        let end = (CHUNK_WORDS / SLOT_WORDS) as i64;
        prop_oneof![any::<i64>(), -3..3 * end + 3, (1..=3_i64).prop_map(move |chunk| chunk * end - 4)]
    }

    /// A word of a file, as it stands there.
    fn word_of(bytes: &[u8], at: usize) -> u64 {
        u64::from_ne_bytes(bytes[at * 8..at * 8 + 8].try_into().unwrap())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_bytes_are_refused_or_read_as_they_stand(
            bytes in any_file(),
            asked in prop::collection::vec((any_number(), any::<i64>()), 1..50),
        ) {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("leases");
            fs::write(&path, &bytes).unwrap();
            let chunks = bytes.len() / CHUNK_BYTES;
            let right = chunks > 0 && (0..4).all(|at| word_of(&bytes, at) == head_of(BOOT)[at]);
            let opened = LeaseFile::open(&path, BOOT).unwrap();
            prop_assert_eq!(opened.is_some(), right);
            let Some(mut file) = opened else { return Ok(()) };
            let slots = (chunks * CHUNK_WORDS - HEAD_WORDS) / SLOT_WORDS;
            for (number, seal) in asked {
                let Some(slot) = file.slot(number) else {
                    prop_assert!(!(0..slots as i64).contains(&number), "slot {} is there", number);
                    continue;
                };
                let counter = word_of(&bytes, HEAD_WORDS + number as usize * SLOT_WORDS);
                let (spent, upper) = (counter as u32, (counter >> 32) as u32);
                // The seal that fits, and any other.
                let fits = i64::from(spent.wrapping_add(upper));
                prop_assert_eq!(slot.read(fits).map(|(spent, _)| spent), Some(spent));
                prop_assert_eq!(slot.read(seal).is_some(), seal as u32 == fits as u32);
            }
            // It is as good as new for whoever takes a slot.
            file.free_all_but(&[0, -1, i64::MAX]);
            let slot = file.take().unwrap();
            prop_assert!(slot.number > 0);
            slot.begin(5, 0);
            slot.spend(9);
            prop_assert_eq!(slot.read(5), Some((1, 9)));
        }
    }
}
