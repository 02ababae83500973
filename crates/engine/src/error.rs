//! What can go wrong in the engine, each with the remedy in its text.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::lock::Holder;

/// `Result` with the engine's [`Error`]; refer to it as `crate::Result<T>`.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of the engine. Knows no status codes: those who answer a dialect map it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store refused or failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The content index failed.
    #[error(transparent)]
    Search(#[from] search::Error),
    /// A file could not be used.
    #[error("cannot {what} {}: {source}", path.display())]
    Io {
        /// What was tried, as an infinitive.
        what: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Another process writes this directory.
    #[error("the data directory {} is in use by {holder}; stop it, or give another --data directory", directory.display())]
    InUse {
        /// The data directory.
        directory: PathBuf,
        /// Who holds it.
        holder: Holder,
    },
    /// The master key file holds something else.
    #[error("{} is not a master key (64 hexadecimal digits); restore it from a backup", path.display())]
    MasterKey {
        /// The key file.
        path: PathBuf,
    },
    /// The environment's master key is none.
    #[error("QIUSUO_MASTER_KEY is not a master key: give its 64 hexadecimal digits, or unset it")]
    MasterKeyVariable,
    /// The environment and the file have different master keys.
    #[error(
        "QIUSUO_MASTER_KEY and {} are different keys: unset the one, or remove the other, that does not belong to this \
         database",
        path.display()
    )]
    TwoMasterKeys {
        /// The key file.
        path: PathBuf,
    },
    /// The master key is gone, the database that it protects is not.
    #[error(
        "{} is missing beside its database, and QIUSUO_MASTER_KEY is not set; restore it from a backup: without it no \
         secure_key can be read",
        path.display()
    )]
    MasterKeyLost {
        /// Where the key file was.
        path: PathBuf,
    },
    /// A stored secret does not open with this master key.
    #[error(
        "a stored secret does not open with this master.key; restore the key that belongs to this database"
    )]
    Sealed,
    /// The operating system gave no random bytes.
    #[error("the operating system gives no random bytes: {0}")]
    Random(String),
    /// A name that cannot be used.
    #[error("{what} `{name}` cannot be used: {reason}")]
    Name {
        /// What is named.
        what: &'static str,
        /// The name as given.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A name that nothing has.
    #[error("there is no {what} `{name}`; the list command shows all")]
    Unknown {
        /// What was looked for.
        what: &'static str,
        /// The name as given.
        name: String,
    },
    /// A value that cannot be used.
    #[error("the {what} cannot be used: {reason}")]
    Value {
        /// What it is.
        what: &'static str,
        /// What is wrong with it, and what to do.
        reason: &'static str,
    },
    /// An import that was finished before.
    #[error("this file was imported before (all {lines} lines); give --again to count it once more")]
    ImportedBefore {
        /// Lines that were read then.
        lines: u64,
    },
    /// The suggestion file was not usable.
    #[error("the suggestions are not ready yet; they are being built from the store")]
    SuggestionsNotReady,
    /// A rule that cannot be used.
    #[error("the rule cannot be used: {what}")]
    InvalidRule {
        /// What is wrong with it, and what to do.
        what: String,
    },
    /// The content index is not there yet.
    #[error(
        "the content index is being made from the store by the process that holds the directory; try again when it \
         is done"
    )]
    IndexBeingMade,
    /// The content index is being made anew already.
    #[error("the content index is being made anew already; wait until that is done")]
    ReindexRunning,
    /// A server could not make the index anew.
    #[error("the server could not make the content index anew, and the old one stays in force: {reason}")]
    ReindexFailed {
        /// Why.
        reason: String,
    },
    /// The server that was to do something ended or did not answer.
    #[error(
        "the server ended, or did not take the request up, before the content index was made; the one that was in \
         force still is. Run the command again"
    )]
    HolderEnded,
    /// A background job ended.
    #[error("the {job} stopped: {reason}")]
    JobStopped {
        /// Which one.
        job: &'static str,
        /// Why.
        reason: String,
    },
}

impl Error {
    /// An [`Error::Io`] about `path`.
    pub(crate) fn io(what: &'static str, path: &Path, source: io::Error) -> Error {
        Error::Io { what, path: path.to_owned(), source }
    }
}
