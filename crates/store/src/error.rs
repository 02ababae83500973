//! The errors of this crate.

use std::path::PathBuf;

/// The result of a call to the store.
pub type Result<T> = std::result::Result<T, Error>;

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The directory holds no database.
    #[error("{} does not exist: give the data directory of a server, or import something to make one", path.display())]
    NoDatabase {
        /// Where the database was looked for.
        path: PathBuf,
    },
    /// The directory cannot be made, read or locked.
    #[error("the data directory {} cannot be used: {source}", path.display())]
    Directory {
        /// The directory or the file in it.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The directory's name cannot be handed to the database.
    #[error("the path {} is not valid UTF-8: use another data directory", path.display())]
    Path {
        /// The directory.
        path: PathBuf,
    },
    /// The database cannot be opened.
    #[error("the database {} cannot be opened: {source}", path.display())]
    Open {
        /// The database's file.
        path: PathBuf,
        /// What the database said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The database was written by a newer version of the program.
    #[error(
        "the database {} has schema version {found}, this program knows up to {known}: use a newer program",
        path.display()
    )]
    NewerSchema {
        /// The database's file.
        path: PathBuf,
        /// The newest schema version found in it that this program does not know.
        found: i64,
        /// The newest schema version that this program knows.
        known: i64,
    },
    /// Somebody else kept the database locked for longer than the store waits.
    #[error("the database is busy: somebody else is writing; try again")]
    Busy,
    /// Something of that name is there already.
    #[error("{what} {name:?} exists already: choose another name")]
    Exists {
        /// What kind of thing it is.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// Nothing of that name is there.
    #[error("there is no {what} {name:?}")]
    NotFound {
        /// What kind of thing was looked for.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// A caller would cost money that nobody pays.
    #[error(
        "{what} {name:?} has no account that pays: give it an account, or leave it without price and cap"
    )]
    NobodyPays {
        /// What kind of caller it is.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// A key came with another change before.
    #[error("the key {key:?} came with another change within a day: send a key of its own with each change")]
    KeyReused {
        /// The key.
        key: String,
    },
    /// It would leave nobody who may do everything.
    #[error(
        "{what} {name:?} is the last one with that role that is enabled: make or enable another one first"
    )]
    Last {
        /// What kind of thing it is.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// The changes asked for are not kept any longer: whoever asked has to start from the items themselves.
    #[error("the changes after {after} were pruned up to {pruned}: rebuild from the items")]
    Pruned {
        /// The number that the reader has come to.
        after: i64,
        /// The newest number that was pruned.
        pruned: i64,
    },
    /// An import's batch does not begin where the file's import has come to: another process imports it too.
    #[error(
        "another process imports this file too: this one was at line {from_line}, the other has come to line {next_line}"
    )]
    ImportOvertaken {
        /// The line at which the refused batch begins.
        from_line: i64,
        /// The line at which the next batch has to begin.
        next_line: i64,
    },
    /// A row holds what was never written there.
    #[error("the database is damaged: {what}")]
    Damaged {
        /// What is wrong.
        what: String,
    },
    /// The database refused a statement or failed.
    #[error("the database failed: {0}")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// SQLite's result code for a lock that was not obtained; the extended codes carry it in their low byte.
const SQLITE_BUSY: u32 = 5;

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        if is_busy(&error) { Error::Busy } else { Error::Database(Box::new(error)) }
    }
}

/// Turns a violated uniqueness into [`Error::Exists`].
pub(crate) fn exists(error: sqlx::Error, what: &'static str, name: &str) -> Error {
    match &error {
        sqlx::Error::Database(database) if database.is_unique_violation() => {
            Error::Exists { what, name: name.to_owned() }
        }
        _ => error.into(),
    }
}

fn is_busy(error: &sqlx::Error) -> bool {
    match error {
        // The one connection that writes is taken.
        sqlx::Error::PoolTimedOut => true,
        sqlx::Error::Database(database) => {
            let code = database.code().and_then(|code| code.parse::<u32>().ok());
            code.is_some_and(|code| code & 0xff == SQLITE_BUSY)
        }
        _ => false,
    }
}
