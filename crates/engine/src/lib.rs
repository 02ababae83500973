//! The use cases and the jobs of Qiusuo: open a data directory, import, index, suggest, search, admit.
//!
//! The engine knows the store, the content index and the suggestions, and none of the outside: no HTTP, no
//! command line, no vendor's field name. HTTP and the command line both call it.
//!
//! Three ways to hold a data directory:
//! - [`Engine::lock`] and [`Locked::start`]: the one process that holds the directory's lock; it alone writes derived files and
//!   runs the background jobs.
//! - [`Engine::open_reading`]: reads the files of a directory that another process may hold.
//! - [`Writing`]: puts rows into the store, whoever holds the lock, and waits until they are visible.

mod accounting;
mod administration;
mod admission;
mod background;
mod builder;
mod clock;
mod error;
pub mod evaluation;
mod follower;
mod fresh;
mod handover;
mod hash;
mod index_folders;
mod index_opening;
mod index_settings;
mod indexer;
mod items;
mod jobs;
mod live;
mod lock;
mod opening;
mod options;
mod rebuilding;
mod recorder;
mod registry;
mod reindex;
mod reindex_command;
mod related;
mod rewording;
mod searching;
pub mod secrets;
mod self_test;
mod suggestions;
mod typed_ahead;
mod usage;
mod writing;

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::AtomicI64},
    time::Duration,
};

use arc_swap::ArcSwap;
use search::{ContentIndex, synonyms::Synonyms};
use store::{Store, UserRecord, pages::PageLists};
use tokio::{sync::watch, task::JoinHandle};

pub use accounting::{AccountShown, Accounting, Check, Money, examine};
pub use administration::{
    Administration, CallerUpdate, Created, Listed, PayingAccount, Rotated, ShownCaller,
};
pub use admission::{
    Admission, Caller, Callers, Gate, Limits, NonceTaken, Nonces, Permit, Refused, Settled, SignedParts,
    settle_directory,
};
pub use clock::Clock;
pub use error::{Error, Result};
pub use hash::FileHash;
pub use items::Searchable;
pub use lock::Holder;
pub use opening::{Directory, Locked, open_existing, open_store};
pub use options::{Options, SuggestOptions};
pub use rebuilding::{RebuildFigures, RebuildProgress};
pub use registry::{ApiToken, Application, Operator, Registry, Role};
pub use reindex_command::{Reindexed, reindex};
pub use related::RelatedRequest;
pub use search::{Counters, Explanation as SearchExplanation, Feature as SearchFeature, RowView, Spread};
pub use searching::{ExplainedResult, ExplainedSearch, LIST_LIMIT, Made, SITE, SearchPage, SearchRequest};
pub use store::ledger::{
    Account, AlarmRules, Bucket, Entry, EntryKind, Moved, Period, UsageOf, UsageSum, day_of_minute,
    first_minute_of_day,
};
pub use store::{
    Act, Acts, Alarm, Amount, AmountError, Api, AuditRecord, AuditRow, CallerLimits, CountersRecord,
    EntryRecord, Error as StoreError, ImportProgress, Item, ItemRecord, Limit, LimitChange, LimitRecord,
    QueryCount, Rate, RuleKind, RuleRecord,
};
pub use suggest::{
    Evidence, Explained, Explanation, Progress as BuildProgress, Route, RouteSetting, RuleError,
    Settings as SuggestSettings, Source, Stage as BuildStage, Suggestion, SuggestionView, Suggestions,
    WhyNot,
};
pub use suggestions::{AddedRules, NewRule, NotSuggested, synonyms_of};
pub use text::fuzzy::Pairs as FuzzyPairs;
pub use typed_ahead::TypedAhead;
pub use writing::{Hold, LoggedQuery, Put, Visible, Writing};

use indexer::Progress;
use jobs::Part;
use live::LiveIndex;
use lock::DirectoryLock;
use recorder::Recorder;
use secrets::Secrets;
use suggestions::Suggesting;

/// An open data directory.
pub struct Engine {
    options: Options,
    store: Store,
    secrets: Secrets,
    registry: Arc<Registry>,
    admission: Admission,
    /// The newest change of limits or money that admission was told of.
    admission_followed: AtomicI64,
    /// Held while a command that waits for the ledger is answered.
    answering: tokio::sync::Mutex<()>,
    nonces: Nonces,
    index: Arc<LiveIndex>,
    rebuilding: Arc<RebuildProgress>,
    suggesting: Arc<Suggesting>,
    synonyms: ArcSwap<Synonyms>,
    pages: PageLists,
    site_pages: PageLists,
    progress: Arc<Progress>,
    recorder: Option<Recorder>,
    stop: watch::Sender<bool>,
    jobs: parking_lot::Mutex<Vec<JoinHandle<()>>>,
    failures: parking_lot::Mutex<BTreeMap<&'static str, String>>,
    /// Last, so that it is released last.
    _lock: Option<DirectoryLock>,
}

/// Whether the parts of a server answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readiness {
    /// The store answers a statement.
    pub store: bool,
    /// The content index is open and its indexer runs.
    pub index: bool,
    /// There is a suggestion base.
    pub suggestions: bool,
    /// The keeper of leases runs: limits and money can be asked for.
    pub admission: bool,
}

impl Readiness {
    /// Whether calls can be answered.
    pub fn ready(&self) -> bool {
        self.store && self.index && self.suggestions && self.admission
    }
}

impl Engine {
    /// The suggestions for `keyword`, best first.
    ///
    /// # Errors
    /// [`Error::SuggestionsNotReady`] until the first base is there.
    pub fn suggest(&self, keyword: &str, limit: usize) -> Result<Suggestions> {
        self.suggesting.in_force.suggest(keyword, limit, self.clock().unix_seconds())
    }

    /// Calls `visit` with each of those suggestions, best first, and tells until when they stay as they are: the Unix
    /// second [`Suggestions::until`]. For whoever writes them out at once.
    ///
    /// # Errors
    /// [`Error::SuggestionsNotReady`] until the first base is there.
    pub fn suggest_each(
        &self,
        keyword: &str,
        limit: usize,
        visit: impl FnMut(SuggestionView<'_>),
    ) -> Result<i64> {
        self.suggesting.in_force.suggest_each(keyword, limit, self.clock().unix_seconds(), visit)
    }

    /// The same with the reasons.
    ///
    /// # Errors
    /// [`Error::SuggestionsNotReady`] until the first base is there.
    pub fn explain_suggestions(&self, keyword: &str, limit: usize) -> Result<Explanation> {
        self.suggesting.in_force.explain(keyword, limit, self.clock().unix_seconds())
    }

    /// Grows with everything that may change an answer: a new base, a new overlay, new rules. The passing of
    /// time does not show in it, though what is wanted just now and what is shown only for a time depend on it.
    /// Whoever keeps answers reads it before asking.
    pub fn suggestions_generation(&self) -> u64 {
        self.suggesting.in_force.generation()
    }

    /// How far the build of a new base is, while one runs.
    pub fn build_progress(&self) -> Option<BuildProgress> {
        self.suggesting.progress.now()
    }

    /// Entries that came or changed since the base was built.
    pub fn suggestion_overlay(&self) -> usize {
        self.suggesting.in_force.overlay_len()
    }

    /// Calls `visit` with the visible row of an item; false when there is none.
    pub fn row(&self, group_id: i64, visit: &mut dyn FnMut(RowView<'_>)) -> bool {
        self.index.row(group_id, visit)
    }

    /// The item of record, online or not.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn item(&self, group_id: i64) -> Result<Option<Item>> {
        Ok(self.store.item(group_id).await?)
    }

    /// The online items of an author, newest first: `limit` of them after the first `offset`, without bodies.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn items_of_author(&self, user_id: i64, offset: i64, limit: i64) -> Result<Vec<Item>> {
        Ok(self.store.items_of_author(user_id, offset, limit).await?)
    }

    /// The user that `uuid` is within an application; notes that it registered.
    pub fn register(&self, application: u32, uuid: &str, profile: UserProfile) -> u64 {
        let user = self.secrets.user(application, uuid);
        if let Some(recorder) = &self.recorder {
            recorder.user(UserRecord {
                application: i64::from(application),
                user_id: user as i64,
                seen_ms: self.clock().unix_ms(),
                ouid: profile.ouid,
                age: profile.age,
                gender: profile.gender,
                birth: profile.birth,
            });
        }
        user
    }

    /// Notes in the query log that `user` searched for `keyword`.
    pub fn note_query(&self, keyword: &str, user: u64, results: bool) {
        if let Some(recorder) = &self.recorder {
            recorder.query(keyword, user, results, self.clock().unix_ms());
        }
    }

    /// Whether the store, the index and the suggestions answer, and leases are kept. A store that takes longer than a second does
    /// not.
    pub async fn readiness(&self) -> Readiness {
        let store = tokio::time::timeout(Duration::from_secs(1), self.store.last_sequence()).await;
        Readiness {
            store: matches!(store, Ok(Ok(_))),
            index: self.check(Part::Index).is_ok(),
            suggestions: self.suggesting.in_force.sequence().is_some(),
            admission: self.check(Part::Leases).is_ok(),
        }
    }

    /// Items in the index.
    pub fn documents(&self) -> u64 {
        self.index.documents()
    }

    /// Entries that can be suggested.
    pub fn suggestion_entries(&self) -> usize {
        self.suggesting.in_force.len()
    }

    /// The credentials in force.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Lets calls in.
    pub fn admission(&self) -> &Admission {
        &self.admission
    }

    /// The nonces that were used, of applications that may not use one again.
    pub fn nonces(&self) -> &Nonces {
        &self.nonces
    }

    /// The keys of the directory.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// The store of record.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.options.clock
    }

    /// The ranked lists that are kept for the API's callers.
    pub fn pages(&self) -> &PageLists {
        &self.pages
    }

    pub(crate) fn index(&self) -> &dyn ContentIndex {
        &*self.index
    }
}

/// What an application may say of a user that it registers.
#[derive(Clone, Debug, Default)]
pub struct UserProfile {
    /// The application's other identity of the user.
    pub ouid: Option<String>,
    /// Years, 0–100.
    pub age: Option<i64>,
    /// `f` or `m`.
    pub gender: Option<String>,
    /// Year of birth.
    pub birth: Option<i64>,
}

/// The identity of a query or a suggestion: its normal form without spaces that mean nothing.
pub fn query_key(text: &str) -> String {
    text::normal::key(text)
}
