//! What can go wrong, by name.

use std::path::{Path, PathBuf};

/// The result of everything in this crate that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// Why the content index could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The files on disk cannot be used: foreign, of another version, or damaged.
    #[error("the content index cannot be used: {reason}; make it anew from the store")]
    Unusable {
        /// What is wrong, in a clause.
        reason: String,
    },
    /// The operating system refused a file operation.
    #[error("{action} {}: {source}", path.display())]
    File {
        /// What was tried, e.g. `open`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// The engine failed.
    #[error("the search engine failed: {0}")]
    Engine(#[from] tantivy::TantivyError),
    /// The index was opened for reading only.
    #[error("the content index was opened for reading only")]
    ReadOnly,
    /// A document or the whole table is larger than the format can hold.
    #[error("{0}")]
    TooLarge(String),
}

impl Error {
    /// Whether another process still has the index open for writing: it may be gone in a moment.
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Engine(tantivy::TantivyError::LockFailure(..)))
    }

    pub(crate) fn unusable(reason: impl Into<String>) -> Self {
        Self::Unusable { reason: reason.into() }
    }

    /// Turns an I/O error into [`Error::File`], to be used with `map_err`.
    pub(crate) fn file<'a>(action: &'static str, path: &'a Path) -> impl FnOnce(std::io::Error) -> Self + 'a {
        move |source| Self::File { action, path: path.to_owned(), source }
    }
}
