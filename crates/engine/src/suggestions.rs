//! The suggestions' use case: candidates from the store, the base file, and looking a keyword up.

use std::{sync::Arc, time::Instant};

use arc_swap::ArcSwapOption;
use store::{Store, Subject};
use suggest::{Base, Candidate, Suggestions, mine::Miner};

use crate::{Error, Options, Result, indexer::blocking};

/// The consumer's name in the store.
pub(crate) const CONSUMER: &str = "suggestions";
/// Weight of one submission of a query, against 1 for a title that a mined phrase stands in.
const QUERY_WEIGHT: u64 = 10;
/// Titles that a phrase must stand in before it is a candidate.
const MINIMUM_TITLES: u32 = 3;
/// Rows read from the store at once.
const PAGE: i64 = 5_000;

/// The suggestion base in force.
#[derive(Default)]
pub(crate) struct SuggestionBase(ArcSwapOption<Base>);

impl SuggestionBase {
    /// Maps the file of `options`, if there is one that can be used. Why it cannot is logged, since the base
    /// is built anew from the store in any case.
    pub(crate) fn load(&self, options: &Options) {
        let path = options.suggestion_file();
        if !path.exists() {
            return;
        }
        match Base::open(&path) {
            Ok(base) => self.0.store(Some(Arc::new(base))),
            Err(error) => tracing::warn!(%error, "the suggestion file cannot be used and is built anew"),
        }
    }

    /// The suggestions for `keyword`, best first.
    pub(crate) fn suggest(&self, keyword: &str, limit: usize, now: i64) -> Result<Suggestions> {
        let base = self.0.load();
        Ok(base.as_ref().ok_or(Error::SuggestionsNotReady)?.suggest(keyword, limit, now))
    }

    /// Entries that sound exactly as `typed` is spelled, best first; none while there is no base.
    pub(crate) fn by_sound(&self, typed: &str) -> Vec<String> {
        let base = self.0.load();
        base.as_ref()
            .map_or_else(Vec::new, |base| base.by_sound(typed).into_iter().map(str::to_owned).collect())
    }

    /// The store's sequence that the base stands for; `None` while there is no base.
    pub(crate) fn sequence(&self) -> Option<i64> {
        self.0.load().as_ref().map(|base| base.sequence())
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.0.load().as_ref().map_or(0, |base| base.len())
    }

    /// Builds the base from the store, writes its file and puts it in force.
    pub(crate) async fn build(&self, store: &Store, options: &Options) -> Result<()> {
        let started = Instant::now();
        let sequence = wanted_sequence(store).await?;
        let candidates = candidates(store, options.minimum_users).await?;
        let path = options.suggestion_file();
        let base = blocking("suggestion builder", move || {
            let base = Base::build(candidates, sequence);
            base.write(&path).map_err(|error| Error::io("write the suggestion file", &path, error))?;
            Ok::<_, Error>(base)
        })
        .await?;
        tracing::info!(
            entries = base.len(),
            build.duration_ms = started.elapsed().as_millis() as u64,
            "suggestions built"
        );
        self.0.store(Some(Arc::new(base)));
        Ok(store.record_applied(CONSUMER, sequence).await?)
    }
}

/// The newest sequence of all that suggestions are made from.
pub(crate) async fn wanted_sequence(store: &Store) -> Result<i64> {
    let mut newest = 0;
    for subject in [Subject::Item, Subject::Queries, Subject::Entries] {
        newest = newest.max(store.last_sequence_of(subject).await?);
    }
    Ok(newest)
}

/// Everything that may be suggested: queries, phrases of titles, the operators' entries.
async fn candidates(store: &Store, minimum_users: i64) -> Result<Vec<Candidate>> {
    let mut candidates = query_candidates(store, minimum_users).await?;
    candidates.extend(title_candidates(store).await?);
    candidates.extend(entry_candidates(store).await?);
    Ok(candidates)
}

async fn query_candidates(store: &Store, minimum_users: i64) -> Result<Vec<Candidate>> {
    let (mut candidates, mut after) = (Vec::new(), String::new());
    loop {
        let rows = store.query_totals(&after, minimum_users, PAGE).await?;
        let Some(last) = rows.last() else { return Ok(candidates) };
        after = last.key.clone();
        candidates.extend(rows.into_iter().map(|row| {
            let weight = (row.count.max(0) as u64).saturating_mul(QUERY_WEIGHT);
            Candidate::mined(row.surface, weight)
        }));
    }
}

async fn title_candidates(store: &Store) -> Result<Vec<Candidate>> {
    let (mut miner, mut after) = (Miner::default(), 0);
    loop {
        let titles = store.documents_after(after, PAGE).await?;
        let Some(last) = titles.last() else { break };
        after = last.group_id;
        miner = blocking("suggestion builder", move || {
            for row in &titles {
                miner.add_title(&row.title);
            }
            Ok::<_, Error>(miner)
        })
        .await?;
    }
    let phrases =
        blocking("suggestion builder", move || Ok::<_, Error>(miner.phrases(MINIMUM_TITLES))).await?;
    Ok(phrases.into_iter().map(|(text, weight)| Candidate::mined(text, weight)).collect())
}

async fn entry_candidates(store: &Store) -> Result<Vec<Candidate>> {
    let (mut candidates, mut after) = (Vec::new(), None);
    loop {
        let rows = store.entries_after(after.as_ref(), PAGE).await?;
        let Some(last) = rows.last() else { return Ok(candidates) };
        after = Some((last.key.clone(), last.class));
        candidates.extend(rows.into_iter().map(|row| Candidate {
            text: row.text,
            weight: (row.weight.max(1) as u64).saturating_mul(QUERY_WEIGHT),
            class: row.class,
            placed: false,
            extra: row.extra,
            valid_from: row.valid_from,
            valid_to: row.valid_to,
        }));
    }
}
