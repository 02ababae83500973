//! The file of rejected lines: file, line number, key and reason, one JSON object a line.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use serde_json::json;

/// One rejected line.
#[derive(Debug)]
pub(super) struct Reject {
    /// Counted from 1.
    pub(super) line: u64,
    /// The key that is wrong, or `line`.
    pub(super) key: String,
    /// What is wrong with it.
    pub(super) reason: String,
}

/// The reject file, made when the first line is rejected.
pub(super) struct Rejects {
    path: PathBuf,
    keep: bool,
    file: Option<BufWriter<File>>,
}

impl Rejects {
    /// Rejects go to `path`, or to a file of their own in the data directory.
    pub(super) fn new(path: Option<PathBuf>, data: &Path) -> Rejects {
        let own = || {
            let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
            data.join("rejects").join(format!("{now}-{}.ndjson", std::process::id()))
        };
        Rejects { path: path.unwrap_or_else(own), keep: false, file: None }
    }

    /// Keeps what an interrupted run told in the same file: this run goes on behind it.
    pub(super) fn keep(&mut self) {
        self.keep = true;
    }

    /// Writes rejected lines of `source`; they are in the file when this returns.
    pub(super) fn write(&mut self, source: &Path, rejects: &[Reject]) -> Result<()> {
        for Reject { line, key, reason } in rejects {
            let row = json!({ "file": source, "line": line, "key": key, "reason": reason });
            let path = self.path.clone();
            writeln!(self.file()?, "{row}").with_context(|| format!("cannot write {}", path.display()))?;
        }
        if let Some(file) = &mut self.file {
            file.flush().with_context(|| format!("cannot write {}", self.path.display()))?;
        }
        Ok(())
    }

    /// Ends the file; where it is, if there is one.
    pub(super) fn close(self) -> Result<Option<PathBuf>> {
        let Some(mut file) = self.file else { return Ok(None) };
        file.flush().with_context(|| format!("cannot write {}", self.path.display()))?;
        Ok(Some(self.path))
    }

    fn file(&mut self) -> Result<&mut BufWriter<File>> {
        if self.file.is_none() {
            if let Some(parent) = self.path.parent() {
                fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
            }
            let file = if self.keep { continued(&self.path) } else { File::create(&self.path) };
            let file = file.with_context(|| format!("cannot write {}", self.path.display()))?;
            self.file = Some(BufWriter::new(file));
        }
        self.file.as_mut().context("the reject file was opened above")
    }
}

/// Opens a file to be continued, on a line of its own: a run that was killed may have torn its last one.
fn continued(path: &Path) -> io::Result<File> {
    let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
    let mut last = [b'\n'];
    if file.metadata()?.len() > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    if last != [b'\n'] {
        file.write_all(b"\n")?;
    }
    Ok(file)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn tell(path: &Path, keep: bool, line: u64) {
        let mut rejects = Rejects::new(Some(path.to_owned()), path);
        if keep {
            rejects.keep();
        }
        let reject = Reject { line, key: "title".to_owned(), reason: "must not be empty".to_owned() };
        rejects.write(Path::new("f"), &[reject]).unwrap();
        rejects.close().unwrap();
    }

    #[test]
    fn a_resumed_import_continues_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("rejects.ndjson");
        tell(&path, false, 1);
        fs::write(&path, fs::read_to_string(&path).unwrap() + "{\"torn").unwrap();
        tell(&path, true, 2);
        let lines: Vec<String> = fs::read_to_string(&path).unwrap().lines().map(str::to_owned).collect();
        assert!(lines.len() == 3 && lines[0].contains("\"line\":1") && lines[2].contains("\"line\":2"));
        tell(&path, false, 3);
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 1);
    }
}
