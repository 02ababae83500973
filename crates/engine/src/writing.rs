//! Writing rows into a directory, whoever holds its lock, and waiting until they are visible.
//!
//! A command puts rows and changes into the store. If nobody holds the directory, the command takes the lock
//! and applies them itself; if a server holds it, the server applies them and the command waits for that; if
//! the lock becomes free meanwhile, the command takes over.

use std::{collections::HashMap, sync::Arc, time::Duration};

use store::{EntryRecord, ImportProgress, PutOutcome, QueryCount, QueryUser, RuleRecord, Store, Subject};

use crate::{
    Directory, Engine, Error, Holder, Options, Result,
    hash::FileHash,
    indexer,
    jobs::{Jobs, Part, check_other},
    live,
    lock::Attempt,
    opening::open_store,
    secrets::Secrets,
    suggestions::{self, AddedRules, NewRule},
};

/// How often a waiting command looks.
const POLL: Duration = Duration::from_millis(20);
/// Pause between two transactions while somebody else writes too: SQLite's wait for a lock is not fair.
const PAUSE: Duration = Duration::from_millis(3);
/// Changes that a writer may be ahead of the index before it waits.
pub(crate) const AHEAD: i64 = 5_000;
/// The same within a command that indexes: it goes on writing while a commit is made.
pub(crate) const AHEAD_OF_A_COMMAND: i64 = 20_000;

/// A command's access to a directory that it writes rows into.
pub struct Writing {
    command: String,
    options: Options,
    store: Store,
    secrets: Secrets,
    hold: Hold,
    own: Option<Arc<Engine>>,
}

/// Whether a command that writes rows applies them too, where nobody else does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// Takes the directory's lock if it is free, and keeps pace with the index.
    IfFree,
    /// Only writes rows: somebody will apply them later.
    Never,
}

/// One line of a query log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoggedQuery {
    /// The query's identity, see [`crate::query_key`].
    pub key: String,
    /// The query as it was typed.
    pub surface: String,
    /// Hours since 1970.
    pub hour: i64,
    /// How often it was asked.
    pub count: i64,
    /// Results that were seen.
    pub results: i64,
    /// Clicks on results.
    pub clicks: i64,
    /// Who asked, as [`Secrets::user`] names them.
    pub user: Option<u64>,
    /// Whether it counts only once enough different users asked it and it found something, as what is asked here
    /// does; otherwise it is trusted at any count.
    pub live: bool,
}

/// What rows did to the store.
pub type Put = PutOutcome;

/// What a command waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visible {
    /// Items, in search.
    Search,
    /// Counters, takedowns and deletions, in every answer.
    Standings,
    /// Queries and entries, in suggestions.
    Suggestions,
    /// Rules, in suggestions.
    Rules,
}

impl Writing {
    /// Opens (or makes) the directory.
    ///
    /// # Errors
    /// When the directory cannot be opened.
    pub async fn open(options: Options, command: &str, hold: Hold) -> Result<Writing> {
        let directory = open_store(options).await?;
        let mut writing = Writing {
            command: command.to_owned(),
            options: directory.options,
            store: directory.store,
            secrets: directory.secrets,
            hold,
            own: None,
        };
        writing.take_over_if_free().await?;
        Ok(writing)
    }

    /// The store of record.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Whether this process holds the directory. Otherwise somebody else may do, who writes too and waits meanwhile.
    pub fn is_holder(&self) -> bool {
        self.own.is_some()
    }

    pub(crate) fn hold(&self) -> Hold {
        self.hold
    }

    /// The engine of this process, where it holds the directory.
    pub(crate) fn own(&self) -> Option<&Arc<Engine>> {
        self.own.as_ref()
    }

    /// The keys of the directory.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Adds lines of a query log, who asked and how far its import has come, in one transaction.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn log_queries(
        &mut self,
        lines: &[LoggedQuery],
        progress: Option<&ImportProgress>,
    ) -> Result<()> {
        let mut counts: HashMap<(&str, &str, i64, bool), QueryCount> = HashMap::new();
        let mut users = Vec::new();
        for line in lines {
            let identity = (&*line.key, &*line.surface, line.hour, line.live);
            let count = counts.entry(identity).or_insert_with(|| QueryCount {
                key: line.key.clone(),
                surface: line.surface.clone(),
                hour: line.hour,
                live: line.live,
                ..QueryCount::default()
            });
            count.count = count.count.saturating_add(line.count);
            count.results = count.results.saturating_add(line.results);
            count.clicks = count.clicks.saturating_add(line.clicks);
            users.extend(line.user.map(|user| QueryUser { key: line.key.clone(), user: user as i64 }));
        }
        let counts: Vec<QueryCount> = counts.into_values().collect();
        self.store.add_queries(&counts, &users, progress).await?;
        self.let_others_write().await;
        Ok(())
    }

    /// Where the import of a file stands: at its start, or where an interrupted one stopped. With `again` the
    /// first batch starts a finished one over.
    ///
    /// # Errors
    /// [`Error::ImportedBefore`] for a file that was imported to its end, unless `again`.
    pub async fn import_progress(&self, hash: &FileHash, kind: &str, again: bool) -> Result<ImportProgress> {
        let start = ImportProgress { sha256: hash.hex(), kind: kind.to_owned(), ..ImportProgress::default() };
        match self.store.progress(&start.sha256).await? {
            Some(progress) if !progress.finished => Ok(progress),
            Some(progress) if !again => {
                let lines = progress.next_line.max(0) as u64;
                Err(Error::ImportedBefore { lines })
            }
            Some(_) => Ok(ImportProgress { restart: true, ..start }),
            None => Ok(start),
        }
    }

    /// Writes suggestion entries.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn put_entries(&mut self, rows: &[EntryRecord]) -> Result<Put> {
        let outcome = self.store.put_entries(rows).await?;
        self.let_others_write().await;
        Ok(outcome)
    }

    /// Adds rules; one that is there already is not added again.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn add_rules(&mut self, rules: &[NewRule]) -> Result<AddedRules> {
        let now = self.options.clock.unix_ms();
        let records: Vec<RuleRecord> = rules.iter().map(|rule| rule.record(now)).collect();
        let added = self.store.add_rules(&records).await?;
        self.let_rules_act().await?;
        Ok(AddedRules { ids: added.ids, added: added.added })
    }

    /// Removes a rule, and tells which one it was; `None` if no rule has that number.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn remove_rule(&mut self, id: i64) -> Result<Option<RuleRecord>> {
        let removed = self.store.remove_rule(id).await?;
        self.let_rules_act().await?;
        Ok(removed.map(|(rule, _)| rule))
    }

    /// All rules, in the order in which they were added.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn rules(&self) -> Result<Vec<RuleRecord>> {
        Ok(self.store.rules().await?)
    }

    /// Waits until everything that is in the store now is visible.
    ///
    /// # Errors
    /// When the store fails or a background job has stopped.
    pub async fn wait(&mut self, what: Visible) -> Result<()> {
        match what {
            Visible::Search => {
                let sequence = self.store.last_sequence_of(Subject::Item).await?;
                self.keep_up(sequence).await
            }
            Visible::Standings => self.wait_standings().await,
            Visible::Suggestions => self.wait_suggestions().await,
            Visible::Rules => self.wait_rules().await,
        }
    }

    /// Ends: stops the jobs of this process, if it held the directory, and closes the store.
    pub async fn close(self) {
        match self.own {
            Some(engine) => engine.close().await,
            None => self.store.close().await,
        }
    }

    /// Waits until the index has applied `sequence`.
    pub(crate) async fn keep_up(&mut self, sequence: i64) -> Result<()> {
        loop {
            if let Some(engine) = &self.own {
                return engine.wait_visible(sequence).await;
            }
            if self.store.applied(indexer::CONSUMER).await? >= sequence {
                return Ok(());
            }
            check_other(&self.store, Part::Index).await?;
            tokio::time::sleep(POLL).await;
            self.take_over_if_free().await?;
        }
    }

    async fn wait_standings(&mut self) -> Result<()> {
        let wanted = self.store.last_sequence_of(Subject::Standing).await?;
        loop {
            if let Some(engine) = &self.own {
                return engine.take_up_standings().await;
            }
            // A command that indexes does not take standings up by themselves: there the index is first.
            let taken_up = self.store.applied(live::CONSUMER).await?;
            if taken_up.max(self.store.applied(indexer::CONSUMER).await?) >= wanted {
                return Ok(());
            }
            check_other(&self.store, Part::Index).await?;
            tokio::time::sleep(POLL).await;
            self.take_over_if_free().await?;
        }
    }

    async fn wait_suggestions(&mut self) -> Result<()> {
        let queries = self.store.last_sequence_of(Subject::Queries).await?;
        let wanted = queries.max(self.store.last_sequence_of(Subject::Entries).await?);
        loop {
            if let Some(engine) = &self.own {
                engine.refresh_suggestions().await?;
                return Ok(());
            }
            if self.store.applied(suggestions::CONSUMER).await? >= wanted {
                return Ok(());
            }
            check_other(&self.store, Part::Suggestions).await?;
            tokio::time::sleep(POLL).await;
            self.take_over_if_free().await?;
        }
    }

    async fn wait_rules(&mut self) -> Result<()> {
        let wanted = self.store.last_sequence_of(Subject::Rules).await?;
        loop {
            if let Some(engine) = &self.own {
                return engine.refresh_rules().await;
            }
            if self.store.applied(suggestions::RULES_CONSUMER).await? >= wanted {
                return Ok(());
            }
            tokio::time::sleep(POLL).await;
            self.take_over_if_free().await?;
        }
    }

    async fn let_rules_act(&self) -> Result<()> {
        if let Some(engine) = &self.own {
            engine.refresh_rules().await?;
        }
        Ok(())
    }

    pub(crate) async fn let_others_write(&self) {
        match &self.own {
            Some(engine) => engine.progress.wake.notify_one(),
            None => tokio::time::sleep(PAUSE).await,
        }
    }

    async fn take_over_if_free(&mut self) -> Result<()> {
        if self.own.is_some() || self.hold == Hold::Never {
            return Ok(());
        }
        let directory = Directory {
            options: self.options.clone(),
            store: self.store.clone(),
            secrets: self.secrets.clone(),
        };
        if let Attempt::Taken(lock) = directory.try_lock(&Holder::this_process(&self.command, ""))? {
            self.own = Some(directory.hold(lock, Jobs::Command, Arc::default()).await?);
        }
        Ok(())
    }
}
