//! What a caller may set when it opens an engine.

use std::path::PathBuf;

use store::{Api, ledger::AlarmRules};

use crate::{Clock, Limits};

/// Settings of an engine; [`Options::new`] gives the defaults for a directory.
#[derive(Clone, Debug)]
pub struct Options {
    /// The data directory.
    pub directory: PathBuf,
    /// Bytes that ranked lists kept for paging may take.
    pub page_list_bytes: usize,
    /// Memory of the index writer, in bytes.
    pub writer_bytes: usize,
    /// Distinct users from whom a live query must have come before it is suggested.
    pub minimum_users: i64,
    /// What is set about suggestions.
    pub suggest: SuggestOptions,
    /// What is kept from standing near its like in a list of results.
    pub spread: search::Spread,
    /// What callers may do with each API where no operator set it for them.
    pub limits: [Limits; Api::ALL.len()],
    /// Which alarms are raised.
    pub alarms: AlarmRules,
    /// The clock.
    pub clock: Clock,
}

/// Settings of the suggestions.
#[derive(Clone, Debug, Default)]
pub struct SuggestOptions {
    /// Routes, penalties, fuzzy sounds.
    pub settings: suggest::Settings,
    /// Whether a banned word is found in pinyin letters too.
    pub ban_pinyin: bool,
}

impl Options {
    /// The defaults for the data directory `directory`.
    pub fn new(directory: impl Into<PathBuf>) -> Options {
        Options {
            directory: directory.into(),
            page_list_bytes: 32 << 20,
            writer_bytes: 32 << 20,
            minimum_users: 5,
            suggest: SuggestOptions::default(),
            spread: search::Spread::default(),
            limits: [Limits::NONE; Api::ALL.len()],
            alarms: AlarmRules { quota_percent: 90, ..AlarmRules::default() },
            clock: Clock::system(),
        }
    }

    /// Where the content index stands.
    pub(crate) fn index_directory(&self) -> PathBuf {
        self.directory.join("index")
    }

    /// Where the suggestion base stands.
    pub(crate) fn suggestion_file(&self) -> PathBuf {
        self.directory.join("suggestions.base")
    }
}
