//! The file of rejected lines: file, line number, key and reason, one JSON object a line.

use std::{
    fs::{self, File},
    io::{BufWriter, Write as _},
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
    file: Option<BufWriter<File>>,
}

impl Rejects {
    /// Rejects go to `path`, or to a file of their own in the data directory.
    pub(super) fn new(path: Option<PathBuf>, data: &Path) -> Rejects {
        let own = || {
            let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
            data.join("rejects").join(format!("{now}-{}.ndjson", std::process::id()))
        };
        Rejects { path: path.unwrap_or_else(own), file: None }
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
            let file =
                File::create(&self.path).with_context(|| format!("cannot write {}", self.path.display()))?;
            self.file = Some(BufWriter::new(file));
        }
        self.file.as_mut().context("the reject file was opened above")
    }
}
