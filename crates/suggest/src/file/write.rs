//! Writing an image part by part, so that a large one is never in memory as a whole.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Cursor, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::image::Image;

use super::{CHECKED_FROM, CHECKSUM_AT, HEADER_LENGTH, MAGIC, PARTS_AT, Section, Stamp, VERSION};

/// What an image is written to, and looked at before it is whole.
pub(crate) trait Target: Write + Seek {
    /// All that was written.
    fn written(&mut self) -> io::Result<Image>;
}

impl Target for Cursor<Vec<u8>> {
    fn written(&mut self) -> io::Result<Image> {
        Ok(Image::Owned(self.get_ref().clone()))
    }
}

/// What is written at once.
const PIECE: usize = 2 << 20;

/// Writes a file in pieces of the size of a huge page, each to a place that such a page may begin at: file
/// systems like ext4 keep what is written in pages as large as it came. An answer looks at a hundred places of the mapped file, and in huge pages
/// it seldom waits to learn where they are; see docs/PERFORMANCE.md.
pub(crate) struct PieceWriter {
    file: File,
    /// Where in the file the waiting bytes belong.
    at: u64,
    waiting: Vec<u8>,
}

impl PieceWriter {
    /// A writer from the beginning of a file that is empty.
    fn new(file: File) -> Self {
        Self { file, at: 0, waiting: Vec::with_capacity(PIECE) }
    }
}

impl Write for PieceWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // The piece that a place is in ends where it does in every file.
        let room = PIECE - self.at as usize % PIECE - self.waiting.len();
        let taken = bytes.len().min(room);
        self.waiting.extend_from_slice(&bytes[..taken]);
        if taken == room {
            self.flush()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.write_all(&self.waiting)?;
        self.at += self.waiting.len() as u64;
        self.waiting.clear();
        Ok(())
    }
}

impl Seek for PieceWriter {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.flush()?;
        self.at = self.file.seek(to)?;
        Ok(self.at)
    }
}

impl Target for PieceWriter {
    fn written(&mut self) -> io::Result<Image> {
        self.flush()?;
        Image::of_file(&self.file)
    }
}

/// Takes the parts in the order of [`Section::ALL`].
pub(crate) struct ImageWriter<W> {
    out: W,
    start: u64,
    written: u64,
    lengths: Vec<u64>,
    content: crc32fast::Hasher,
}

impl<W: Write + Seek> ImageWriter<W> {
    /// Begins an image where the writer stands.
    pub(crate) fn new(mut out: W) -> io::Result<Self> {
        let start = out.stream_position()?;
        out.write_all(&[0; HEADER_LENGTH])?;
        Ok(Self {
            out,
            start,
            written: HEADER_LENGTH as u64,
            lengths: Vec::with_capacity(Section::COUNT),
            content: crc32fast::Hasher::new(),
        })
    }

    /// Writes the next part, which must be this one.
    pub(crate) fn part(&mut self, section: Section, bytes: &[u8]) -> io::Result<()> {
        debug_assert_eq!(self.lengths.len(), section as usize, "parts come in their order");
        self.out.write_all(bytes)?;
        self.content.update(bytes);
        self.lengths.push(bytes.len() as u64);
        self.written += bytes.len() as u64;
        Ok(())
    }

    /// Writes the header, by which parts that did not come yet are empty.
    pub(crate) fn finish(&mut self, stamp: &Stamp) -> io::Result<()> {
        let mut header = Vec::with_capacity(HEADER_LENGTH);
        header.extend_from_slice(&MAGIC);
        header.extend_from_slice(&VERSION.to_le_bytes());
        header.extend_from_slice(&[0; CHECKED_FROM - CHECKSUM_AT]);
        header.extend_from_slice(&self.written.to_le_bytes());
        for number in [stamp.sequence, stamp.live, stamp.at] {
            header.extend_from_slice(&number.to_le_bytes());
        }
        header.extend_from_slice(&stamp.entries.to_le_bytes());
        header.extend_from_slice(&(Section::COUNT as u32).to_le_bytes());
        debug_assert_eq!(header.len(), PARTS_AT);
        let mut offset = HEADER_LENGTH as u64;
        for length in self.lengths.iter().copied().chain(std::iter::repeat(0)).take(Section::COUNT) {
            header.extend_from_slice(&offset.to_le_bytes());
            header.extend_from_slice(&length.to_le_bytes());
            offset += length;
        }
        let mut sum = crc32fast::Hasher::new();
        sum.update(&header[CHECKED_FROM..]);
        sum.combine(&self.content);
        header[CHECKSUM_AT..CHECKED_FROM].copy_from_slice(&sum.finalize().to_le_bytes());
        self.out.seek(SeekFrom::Start(self.start))?;
        self.out.write_all(&header)?;
        self.out.seek(SeekFrom::Start(self.start + self.written))?;
        Ok(())
    }

    /// Hands the writer back, behind the image.
    pub(crate) fn into_inner(self) -> W {
        self.out
    }
}

impl<W: Target> ImageWriter<W> {
    /// The image as it is so far; only with a header does it say so itself.
    pub(crate) fn so_far(&mut self) -> io::Result<Image> {
        self.out.written()
    }
}

/// A file that is written beside its place and takes it when it is whole and durable.
pub(crate) struct PartFile {
    place: PathBuf,
    temporary: PathBuf,
    is_placed: bool,
}

impl PartFile {
    /// Begins a file for `place`.
    pub(crate) fn create(place: &Path) -> io::Result<(Self, PieceWriter)> {
        let temporary = temporary_path(place)?;
        // Read too: the builder looks at what it wrote.
        let file = File::options().read(true).write(true).create(true).truncate(true).open(&temporary)?;
        let part = Self { place: place.to_owned(), temporary, is_placed: false };
        Ok((part, PieceWriter::new(file)))
    }

    /// Makes the file durable and renames it to its place.
    pub(crate) fn take_place(mut self, mut out: PieceWriter) -> io::Result<()> {
        out.flush()?;
        out.file.sync_all()?;
        drop(out);
        fs::rename(&self.temporary, &self.place)?;
        self.is_placed = true;
        sync_directory(&self.place)
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        if !self.is_placed {
            // The error that led here is the one to report; what is left behind is only litter.
            let _ = fs::remove_file(&self.temporary);
        }
    }
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

/// Makes the rename durable; other systems than Unix cannot open a directory and need not.
fn sync_directory(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        File::open(parent.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn a_file_holds_what_was_written_wherever_the_writer_went(
            lengths in prop::collection::vec(0..2 * PIECE, 1..5),
            header in 1..40usize,
        ) {
            let directory = tempfile::tempdir().unwrap();
            let place = directory.path().join("base");
            let (part, mut out) = PartFile::create(&place).unwrap();
            let mut expected = vec![0; header];
            out.write_all(&expected).unwrap();
            for (index, &length) in lengths.iter().enumerate() {
                let bytes: Vec<u8> = (0..length).map(|place| (place / 7 + index) as u8).collect();
                out.write_all(&bytes).unwrap();
                expected.extend(bytes);
                out.seek(SeekFrom::Start(0)).unwrap();
                out.write_all(&vec![index as u8; header]).unwrap();
                expected[..header].fill(index as u8);
                prop_assert_eq!(out.seek(SeekFrom::End(0)).unwrap(), expected.len() as u64);
            }
            part.take_place(out).unwrap();
            prop_assert!(fs::read(&place).unwrap() == expected);
        }
    }
}
