//! The lines of an import file: plain, gzip or zstd, a file or standard input, within limits.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use anyhow::{Context, Result, bail};

/// The longest line, in bytes.
pub(crate) const LINE_BYTES: usize = 4 << 20;
/// A compressed file may not be larger than this many times itself.
const MAXIMUM_RATIO: u64 = 200;
/// What a small compressed file may grow to in any case, in bytes.
const ALWAYS_ALLOWED: u64 = 1 << 20;
/// What some editors put in front of UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// Read buffer, in bytes.
const BUFFER: usize = 1 << 18;

/// One line of a file.
pub(crate) enum Line {
    /// The line's text without its end.
    Text(String),
    /// A line that cannot be read, and why.
    Bad(String),
}

/// Reads a file line by line.
pub(crate) struct Lines {
    reader: BufReader<Box<dyn Read + Send>>,
    /// Bytes of the file on disk read so far, for the progress bar.
    pub(crate) read: Arc<AtomicU64>,
    /// Size of the file on disk; `None` for standard input.
    pub(crate) size: Option<u64>,
    plain: Option<Inflated>,
    buffer: Vec<u8>,
    at_start: bool,
}

/// How far a compressed file has grown.
struct Inflated {
    bytes: u64,
}

impl Lines {
    /// Opens `path`, or standard input for `-`. The compression is told from the first bytes, so a wrong or
    /// missing ending does no harm.
    pub(crate) fn open(path: &Path) -> Result<Lines> {
        let (source, size): (Box<dyn Read + Send>, _) = if path == Path::new("-") {
            (Box::new(io::stdin()), None)
        } else {
            let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
            let metadata = file.metadata().with_context(|| format!("cannot read {}", path.display()))?;
            if metadata.is_dir() {
                bail!("{} is a directory; name the files in it", path.display());
            }
            (Box::new(file), Some(metadata.len()))
        };
        let read = Arc::new(AtomicU64::new(0));
        let counted = Counted { source, read: Arc::clone(&read) };
        let mut counted = BufReader::with_capacity(BUFFER, counted);
        let start = counted.fill_buf().with_context(|| format!("cannot read {}", path.display()))?;
        let (gzip, zstd) = (start.starts_with(&[0x1f, 0x8b]), start.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]));
        let reader: Box<dyn Read + Send> = if gzip {
            Box::new(flate2::bufread::MultiGzDecoder::new(counted))
        } else if zstd {
            Box::new(zstd::stream::read::Decoder::with_buffer(counted).context("cannot start zstd")?)
        } else {
            Box::new(counted)
        };
        let plain = (gzip || zstd).then_some(Inflated { bytes: 0 });
        Ok(Lines {
            reader: BufReader::with_capacity(BUFFER, reader),
            read,
            size,
            plain,
            buffer: Vec::new(),
            at_start: true,
        })
    }

    /// The next line; `None` at the end.
    ///
    /// # Errors
    /// When the file cannot be read on, is damaged, or grows past the limit of a compressed file.
    pub(crate) fn next_line(&mut self) -> Result<Option<Line>> {
        self.buffer.clear();
        let mut too_long = false;
        loop {
            let available = match self.reader.fill_buf() {
                Ok(available) => available,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error).context("the file cannot be read on (is it damaged?)"),
            };
            let end = available.iter().position(|&byte| byte == b'\n');
            let taken = end.unwrap_or(available.len());
            too_long |= self.buffer.len() + taken > LINE_BYTES;
            if !too_long {
                self.buffer.extend_from_slice(&available[..taken]);
            }
            let (at_end_of_file, used) = (available.is_empty(), taken + usize::from(end.is_some()));
            self.reader.consume(used);
            self.check_ratio(used as u64)?;
            if end.is_some() {
                break;
            }
            if at_end_of_file {
                if self.buffer.is_empty() && !too_long {
                    return Ok(None);
                }
                break;
            }
        }
        if too_long {
            return Ok(Some(Line::Bad(format!("the line is longer than {LINE_BYTES} bytes"))));
        }
        if self.buffer.last() == Some(&b'\r') {
            self.buffer.pop();
        }
        if std::mem::take(&mut self.at_start) && self.buffer.starts_with(BYTE_ORDER_MARK) {
            self.buffer.drain(..BYTE_ORDER_MARK.len());
        }
        Ok(Some(match std::str::from_utf8(&self.buffer) {
            Ok(text) => Line::Text(text.to_owned()),
            Err(error) => Line::Bad(format!("the line is not UTF-8 (byte {})", error.valid_up_to())),
        }))
    }

    fn check_ratio(&mut self, used: u64) -> Result<()> {
        let Some(inflated) = &mut self.plain else { return Ok(()) };
        inflated.bytes += used;
        let on_disk = self.read.load(Ordering::Relaxed);
        if inflated.bytes > ALWAYS_ALLOWED.max(on_disk * MAXIMUM_RATIO) {
            bail!(
                "the compressed file grows to more than {MAXIMUM_RATIO} times its size; unpack it first if it is meant so"
            );
        }
        Ok(())
    }
}

/// Counts the bytes that come from the disk.
struct Counted {
    source: Box<dyn Read + Send>,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::io::Write;

    use super::*;

    fn lines(bytes: &[u8]) -> Result<Vec<String>> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("lines");
        std::fs::write(&path, bytes).unwrap();
        let mut lines = Lines::open(&path)?;
        let mut found = Vec::new();
        while let Some(line) = lines.next_line()? {
            found.push(match line {
                Line::Text(text) => text,
                Line::Bad(reason) => format!("BAD {reason}"),
            });
        }
        Ok(found)
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn lines_of_every_form() {
        let expected = ["一", "", "two", "last"];
        let plain = "一\n\ntwo\r\nlast".as_bytes();
        assert_eq!(lines(plain).unwrap(), expected);
        assert_eq!(lines(&gzip(plain)).unwrap(), expected);
        assert_eq!(lines(&zstd::encode_all(plain, 3).unwrap()).unwrap(), expected);
        assert_eq!(lines(b"").unwrap(), Vec::<String>::new());
        assert_eq!(lines(b"\xef\xbb\xbf{}\n\xef\xbb\xbf").unwrap(), ["{}", "\u{feff}"]);
    }

    #[test]
    fn a_bad_line_does_not_end_the_file() {
        let found = lines(b"a\n\xff\xfe\nb\n").unwrap();
        assert_eq!(found, ["a", "BAD the line is not UTF-8 (byte 0)", "b"]);
        let long = [vec![b'x'; LINE_BYTES + 1], b"\nend".to_vec()].concat();
        let found = lines(&long).unwrap();
        assert!(found[0].starts_with("BAD the line is longer") && found[1] == "end");
    }

    #[test]
    fn a_bomb_and_a_torn_file_are_errors() {
        let bomb = gzip(&vec![b'\n'; 64 << 20]);
        assert!(lines(&bomb).unwrap_err().to_string().contains("200 times"));
        let whole = gzip(&b"line\n".repeat(10_000));
        assert!(lines(&whole[..whole.len() / 2]).is_err());
    }
}
