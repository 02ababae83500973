//! Where the lines of the access log end up.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// A destination of whole lines.
#[derive(Debug)]
pub(super) enum Sink {
    /// A file that is appended to.
    File {
        path: PathBuf,
        file: File,
        /// The file ends in the middle of a line, because a write failed there.
        torn: bool,
    },
    /// Standard error.
    Stderr,
}

/// A write that failed.
#[derive(Debug)]
pub(super) struct Failure {
    /// Why.
    pub(super) error: io::Error,
    /// How many lines did not arrive whole.
    pub(super) lost_lines: u64,
}

impl Sink {
    pub(super) fn file(path: &Path) -> io::Result<Self> {
        Ok(Self::File { path: path.to_owned(), file: open(path)?, torn: false })
    }

    /// Writes whole lines.
    pub(super) fn write(&mut self, lines: &[u8]) -> Result<(), Failure> {
        match self {
            Self::Stderr => write_lines(&mut io::stderr().lock(), lines).map_err(|(failure, _)| failure),
            Self::File { path, file, torn } => {
                if was_replaced(path, file) {
                    *file = open(path).map_err(|error| Failure { error, lost_lines: count(lines) })?;
                    *torn = false;
                }
                if *torn {
                    file.write_all(b"\n").map_err(|error| Failure { error, lost_lines: count(lines) })?;
                    *torn = false;
                }
                write_lines(file, lines).map_err(|(failure, is_torn)| {
                    *torn = is_torn;
                    failure
                })
            }
        }
    }
}

/// Writes the lines; after a failure also says whether a line was left half written.
fn write_lines(out: &mut impl io::Write, lines: &[u8]) -> Result<(), (Failure, bool)> {
    let mut written = 0;
    while written < lines.len() {
        match out.write(&lines[written..]) {
            Ok(more) if 0 < more => written += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => {
                let error = result.err().unwrap_or_else(|| io::ErrorKind::WriteZero.into());
                let is_torn = written.checked_sub(1).is_some_and(|last| lines[last] != b'\n');
                return Err((Failure { error, lost_lines: count(&lines[written..]) }, is_torn));
            }
        }
    }
    Ok(())
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(path)
}

fn count(lines: &[u8]) -> u64 {
    lines.iter().map(|byte| u64::from(*byte == b'\n')).sum()
}

/// Whether the path names another file by now, or none.
#[cfg(unix)]
fn was_replaced(path: &Path, file: &File) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (std::fs::metadata(path), file.metadata()) {
        (Ok(named), Ok(open)) => (named.dev(), named.ino()) != (open.dev(), open.ino()),
        (Err(error), _) => error.kind() == io::ErrorKind::NotFound,
        // What cannot be asked is tried: the write itself tells.
        (_, Err(_)) => false,
    }
}

/// Where an open file cannot be renamed there is nothing to follow.
#[cfg(not(unix))]
fn was_replaced(_: &Path, _: &File) -> bool {
    false
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    /// Takes a number of bytes, then has no space left.
    struct Full(usize);

    impl io::Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.0 == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            let taken = bytes.len().min(self.0);
            self.0 -= taken;
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lost_lines_are_counted() {
        let check = |space, lost_lines, is_torn| {
            let (failure, torn) = write_lines(&mut Full(space), b"one\ntwo\nthree\n").unwrap_err();
            assert_eq!((failure.lost_lines, torn), (lost_lines, is_torn), "{space} bytes of space");
        };
        check(0, 3, false);
        check(2, 3, true);
        check(4, 2, false);
        check(5, 2, true);
        assert!(write_lines(&mut Full(14), b"one\ntwo\nthree\n").is_ok());
    }
}
