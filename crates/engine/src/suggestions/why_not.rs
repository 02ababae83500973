//! Why a text is not suggested: first what the index knows, then what the store knows of a text without an entry.

use std::sync::Arc;

use store::{Subject, TitleRow};
use suggest::{WhyNot, mine};

use super::{MINIMUM_DOCUMENTS, candidates};
use crate::{Engine, Error, Result, indexer::blocking, query_key};

/// Documents whose titles and tags are looked at at the most.
const DOCUMENTS: usize = 200;
/// The work's name in errors.
const JOB: &str = "explanation";

/// Why a text is not suggested.
#[derive(Clone, Debug, PartialEq)]
pub enum NotSuggested {
    /// What the suggestions in force say.
    Index(WhyNot),
    /// Nobody asked it, no title holds it as a phrase, and no operator entered it.
    NeverSeen,
    /// It is longer than a suggestion may be.
    TooLong,
    /// It was asked here, by too few different users.
    TooFewUsers {
        /// How many.
        users: i64,
        /// How many it takes.
        minimum: i64,
    },
    /// It was asked here, and never found anything.
    NothingFound,
    /// It is a phrase of titles or tags, but too few documents hold it, or it is no phrase that stands on its own.
    TooFewDocuments {
        /// How many; counted among the best 200 that hold the text.
        documents: u64,
        /// How many it takes.
        minimum: u32,
    },
    /// It is a candidate that the next base takes up.
    NotBuiltYet,
}

impl Engine {
    /// What keeps `text` out of the first `limit` suggestions for `keyword`. Whatever computes runs on a thread where
    /// no request waits for it.
    ///
    /// # Errors
    /// [`crate::Error::SuggestionsNotReady`] until the first base is there; when the store or the index fails.
    pub async fn why_not_suggested(
        self: &Arc<Self>,
        keyword: &str,
        text: &str,
        limit: usize,
    ) -> Result<NotSuggested> {
        let now = self.clock().unix_seconds();
        let (engine, keyword, asked) = (Arc::clone(self), keyword.to_owned(), text.to_owned());
        let verdict = blocking(JOB, move || engine.suggesting.in_force.why_not(&keyword, &asked, limit, now));
        match verdict.await? {
            WhyNot::NoEntry => self.why_no_entry(text).await,
            other => Ok(NotSuggested::Index(other)),
        }
    }

    async fn why_no_entry(self: &Arc<Self>, text: &str) -> Result<NotSuggested> {
        let key = query_key(text);
        if !candidates::may_be_suggested(text, &key) {
            return Ok(NotSuggested::TooLong);
        }
        if self.store.entry(&key, 0).await?.is_some() || self.store.entry(&key, 1).await?.is_some() {
            return Ok(NotSuggested::NotBuiltYet);
        }
        let minimum = self.options.minimum_users;
        let counts = self.store.query_totals_of(std::slice::from_ref(&key), minimum).await?;
        if counts.iter().any(|total| total.count > 0) {
            return Ok(NotSuggested::NotBuiltYet);
        }
        let asked = match self.store.query_total(&key).await? {
            Some(total) if total.users < minimum => {
                Some(NotSuggested::TooFewUsers { users: total.users, minimum })
            }
            Some(_) => Some(NotSuggested::NothingFound),
            None => None,
        };
        let documents = self.documents_with_phrase(&key).await?;
        Ok(match asked {
            _ if documents >= u64::from(MINIMUM_DOCUMENTS) && self.titles_are_newer().await? => {
                NotSuggested::NotBuiltYet
            }
            Some(asked) => asked,
            None if documents > 0 => NotSuggested::TooFewDocuments { documents, minimum: MINIMUM_DOCUMENTS },
            None => NotSuggested::NeverSeen,
        })
    }

    /// In how many of the best documents a key stands as a phrase of the title or the tags.
    async fn documents_with_phrase(self: &Arc<Self>, key: &str) -> Result<u64> {
        let (engine, keyword, key) = (Arc::clone(self), key.to_owned(), key.to_owned());
        let found = blocking(JOB, move || engine.search_once(&keyword, 0b111, 0, DOCUMENTS)).await?;
        let ids: Vec<i64> = found.items().map(|(group_id, _)| group_id).collect();
        let titles = self.store.titles_of(&ids).await?;
        blocking(JOB, move || Ok::<_, Error>(with_phrase(&titles, &key))).await
    }

    async fn titles_are_newer(&self) -> Result<bool> {
        let titles = self.store.last_sequence_of(Subject::Item).await?;
        Ok(self.suggesting.in_force.sequence().is_some_and(|built| built < titles))
    }
}

/// How many of these documents are online and have a key as a phrase of the title or the tags.
fn with_phrase(titles: &[(TitleRow, bool)], key: &str) -> u64 {
    let holds = titles.iter().filter(|(title, online)| {
        let tags = title.split_tags();
        let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
        *online && mine::phrases_of(&title.title, &tags).iter().any(|phrase| query_key(phrase) == key)
    });
    holds.count() as u64
}
