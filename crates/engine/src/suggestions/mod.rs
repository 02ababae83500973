//! The suggestions' use case: what is in force, and what keeps it so.
//!
//! Where to look: [`in_force`] answers; [`candidates`] and [`build`] make a new base from the store in the
//! background; [`changes`] keeps the overlay, what changed since the base was built, and [`ledger`] is its book;
//! [`takedowns`] is the part of it that items leave behind when they go offline; [`rules`] are the operators'
//! decisions; [`why_not`] tells why a text is not suggested; [`corrections`] repairs keywords of searches, by what the
//! same rows say.
//!
//! No step that answers a request waits for any of these: a request loads one pointer.

mod build;
mod candidates;
mod changes;
mod corrections;
mod in_force;
mod ledger;
mod rules;
mod takedowns;
mod why_not;

use std::{fs, path::Path, sync::Arc};

use store::{Store, Subject};
use suggest::Base;

pub(crate) use build::{PAGE, PAGE_OF_A_COMMAND};
pub(crate) use changes::{Changes, Keeper, SeenItem};
pub(crate) use in_force::InForce;
pub use rules::{AddedRules, NewRule, synonyms_of};
pub use why_not::NotSuggested;

use crate::{Error, Options, Result, indexer::blocking};
use build::BuildProgress;
use corrections::Corrections;

/// The consumer's name in the store for queries and entries.
pub(crate) const CONSUMER: &str = "suggestions";
/// The consumer's name in the store for rules.
pub(crate) const RULES_CONSUMER: &str = "rules";
/// Documents that a mined phrase must stand in to be a candidate.
const MINIMUM_DOCUMENTS: u32 = 3;
/// Overlay entries past which a new base is built soon.
const OVERLAY_LIMIT: usize = 20_000;
/// Overlay entries past which a new base is built in a while: an overlay is made anew with every change, which takes
/// 4 ms for a thousand entries.
pub(crate) const OVERLAY_IS_LARGE: usize = OVERLAY_LIMIT / 4;

/// Everything that an engine has for suggestions.
pub(crate) struct Suggesting {
    pub(crate) in_force: InForce,
    pub(crate) changes: Changes,
    pub(crate) corrections: Arc<Corrections>,
    pub(crate) progress: Arc<BuildProgress>,
    /// The sequence of the rules in force; held while they are replaced.
    pub(crate) rules: tokio::sync::Mutex<Option<i64>>,
}

impl Suggesting {
    pub(crate) fn new(options: &Options) -> Suggesting {
        Suggesting {
            in_force: InForce::new(options.suggest.settings.clone()),
            changes: Changes::default(),
            corrections: Arc::default(),
            progress: Arc::default(),
            rules: tokio::sync::Mutex::default(),
        }
    }

    /// Maps the file of `options`, if there is one that can be used. One that cannot be used is named in the
    /// log; the base is built anew from the store in any case.
    pub(crate) async fn load(&self, options: &Options) -> Result<()> {
        let path = options.suggestion_file();
        let opened = blocking("suggestion file", move || {
            if !path.exists() {
                return Ok::<_, Error>(None);
            }
            Ok(match Base::open(&path) {
                Ok(base) => Some(base),
                Err(error) => {
                    metrics::counter!("qiusuo_suggestion_files_unusable_total").increment(1);
                    let file = path.display();
                    tracing::warn!(%file, %error, "the suggestion file cannot be used and is built anew");
                    None
                }
            })
        })
        .await?;
        if let Some(base) = opened {
            self.in_force.put_base(Arc::new(base), Arc::default());
        }
        Ok(())
    }
}

/// Removes what builds left behind that did not end: for the holder of the directory alone.
pub(crate) fn remove_dead_builds(options: &Options) -> Result<()> {
    let file = options.suggestion_file();
    let Some(name) = file.file_name().and_then(|name| name.to_str()) else { return Ok(()) };
    let failed = |error| Error::io("tidy up", &options.directory, error);
    for entry in fs::read_dir(&options.directory).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let other = entry.file_name();
        if other.to_str().is_some_and(|other| is_of_a_build(name, other)) {
            remove(&entry.path());
        }
    }
    Ok(())
}

/// Whether `other` is the file of a build of `name`, `NAME.PID-NUMBER`, or what is written on the way to it,
/// `.NAME.….part`.
fn is_of_a_build(name: &str, other: &str) -> bool {
    if let Some(part) = other.strip_prefix('.').and_then(|other| other.strip_suffix(".part")) {
        return part.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
    }
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let build = other.strip_prefix(name).and_then(|rest| rest.strip_prefix('.')?.split_once('-'));
    build.is_some_and(|(process, number)| is_number(process) && is_number(number))
}

fn remove(path: &Path) {
    match fs::remove_file(path) {
        Ok(()) => tracing::info!(file = %path.display(), "removed what an unfinished build left behind"),
        Err(error) => {
            tracing::warn!(file = %path.display(), %error, "what an unfinished build left behind stays");
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_builds_are_removed() {
        let name = "suggestions.base";
        for other in ["suggestions.base.77-0", ".suggestions.base.77-0.77.part", ".suggestions.base.77.part"]
        {
            assert!(is_of_a_build(name, other), "{other}");
        }
        for other in [
            name,
            "suggestions.base.bak",
            "suggestions.base.77",
            "suggestions.base.77-",
            "suggestions.base.-7",
            "suggestions.base.77-0.bak",
            "suggestions.base2",
            ".suggestions.base.77-0",
            "qiusuo.db",
        ] {
            assert!(!is_of_a_build(name, other), "{other}");
        }
    }
}
