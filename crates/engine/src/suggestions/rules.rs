//! The operators' rules: checked when they come in, and put in force together.

use std::{collections::BTreeSet, sync::Arc};

use search::synonyms::Synonyms;
use store::{RuleKind, RuleRecord, Subject};
use suggest::{Pin, RuleError, Rules};
use text::patterns::Words;

use super::RULES_CONSUMER;
use crate::{Engine, Error, Result, indexer::blocking, query_key};

/// Characters that a prefix, a pinned text or a banned word may have.
const LONGEST: usize = 64;
/// Bytes that a banned pattern may have.
const PATTERN_BYTES: usize = 1_024;
/// Words that one rule of synonyms may have.
const SYNONYMS: usize = 32;
/// The last position of a list.
const LAST_POSITION: i64 = 15;

/// A rule that somebody wants to add; checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRule {
    /// What it does.
    pub kind: RuleKind,
    /// Under what a text is pinned; the word that finds its synonyms where they do not find it; empty otherwise.
    pub prefix: String,
    /// The pinned text, the banned word or the regular expression; synonyms, a line each.
    pub text: String,
    /// The place of a pin, from 1 on; 0 for bans.
    pub position: i64,
    /// From when on a pin is in force, Unix seconds.
    pub valid_from: Option<i64>,
    /// Until when it is in force, Unix seconds.
    pub valid_to: Option<i64>,
}

/// What adding rules did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddedRules {
    /// For every rule in the order given its number, be it new or of the same rule that was there already.
    pub ids: Vec<i64>,
    /// How many are new.
    pub added: usize,
}

impl NewRule {
    /// Puts `text` at a position of the list for `prefix`, typed whole; from a moment on and until another
    /// (Unix seconds).
    ///
    /// # Errors
    /// [`Error::InvalidRule`] if nothing is left of the prefix or the text to compare, if one of them is longer
    /// than 64 characters, for a position outside of 1 to 15, and if the rule would end before it begins.
    pub fn pin(
        prefix: &str,
        text: &str,
        position: i64,
        valid_from: Option<i64>,
        valid_to: Option<i64>,
    ) -> Result<NewRule> {
        let (prefix, text) = (checked("prefix", prefix)?, checked("text", text)?);
        if !(1..=LAST_POSITION).contains(&position) {
            return Err(invalid(format!(
                "the position {position} is not on a list; give 1 to {LAST_POSITION}"
            )));
        }
        if valid_from.zip(valid_to).is_some_and(|(from, to)| from >= to) {
            return Err(invalid("it would end before it begins; give a later end".to_owned()));
        }
        Ok(NewRule { kind: RuleKind::Pin, prefix, text, position, valid_from, valid_to })
    }

    /// Bans every suggestion that holds a word.
    ///
    /// # Errors
    /// [`Error::InvalidRule`] if nothing is left of the word to compare, if it has no letter, digit or hanzi to be
    /// found by, or if it is longer than 64 characters.
    pub fn ban_word(text: &str) -> Result<NewRule> {
        let text = checked("word", text)?;
        if Words::new([text.as_str()], false).is_empty() {
            let what = format!("the word `{text}` has no letter, digit or hanzi; ban it with --pattern");
            return Err(invalid(what));
        }
        Ok(ban(RuleKind::Word, text))
    }

    /// Bans every suggestion that a regular expression matches.
    ///
    /// # Errors
    /// [`Error::InvalidRule`] for one that cannot be used, that is too long, or that would ban everything.
    pub fn ban_pattern(pattern: &str) -> Result<NewRule> {
        let pattern = pattern.trim();
        if pattern.is_empty() || pattern.len() > PATTERN_BYTES {
            return Err(invalid(format!("a pattern has 1 to {PATTERN_BYTES} bytes")));
        }
        let rules = alone(pattern).map_err(|error| invalid(format!("{error}; correct it")))?;
        if rules.ban("").is_some() {
            return Err(invalid(format!("the pattern `{pattern}` bans everything; let it match something")));
        }
        Ok(ban(RuleKind::Pattern, pattern.to_owned()))
    }

    /// Lets words be found by one another; with `from`, lets only a search for that word find the others.
    ///
    /// # Errors
    /// [`Error::InvalidRule`] if nothing is left of a word to compare or it is longer than 64 characters, if a word
    /// is there twice, and for fewer than two or more than 32 words.
    pub fn synonyms(from: Option<&str>, words: &[impl AsRef<str>]) -> Result<NewRule> {
        let from = from.map(|from| checked("word", from)).transpose()?;
        let words: Vec<String> =
            words.iter().map(|word| checked("word", word.as_ref())).collect::<Result<_>>()?;
        let mut different = BTreeSet::new();
        for word in from.iter().chain(&words) {
            if !different.insert(query_key(word)) {
                return Err(invalid(format!("the word `{word}` is there twice; leave it out once")));
            }
        }
        if !(2..=SYNONYMS).contains(&different.len()) {
            return Err(invalid(format!("synonyms are 2 to {SYNONYMS} words; give as many")));
        }
        Ok(NewRule {
            prefix: from.unwrap_or_default(),
            // White space inside of a word means no more than a space.
            text: words.iter().map(|word| one_line(word)).collect::<Vec<_>>().join(LINE),
            ..ban(RuleKind::Synonyms, String::new())
        })
    }

    pub(crate) fn record(&self, created_ms: i64) -> RuleRecord {
        RuleRecord {
            id: 0,
            kind: self.kind,
            prefix: self.prefix.clone(),
            text: self.text.clone(),
            position: self.position,
            valid_from: self.valid_from,
            valid_to: self.valid_to,
            created_ms,
        }
    }
}

fn ban(kind: RuleKind, text: String) -> NewRule {
    NewRule { kind, prefix: String::new(), text, position: 0, valid_from: None, valid_to: None }
}

/// What stands between the words of a rule of synonyms.
const LINE: &str = "\n";

fn one_line(word: &str) -> String {
    word.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The words of a rule of synonyms.
pub fn synonyms_of(text: &str) -> Vec<&str> {
    text.split(LINE).collect()
}

/// A word and what may be said in its place, for every rule of synonyms.
fn synonym_pairs(rows: &[RuleRecord]) -> Vec<(&str, &str)> {
    let mut pairs = Vec::new();
    for row in rows.iter().filter(|row| row.kind == RuleKind::Synonyms) {
        let words = synonyms_of(&row.text);
        if row.prefix.is_empty() {
            let others =
                |word| words.iter().filter(move |other| **other != word).map(move |other| (word, *other));
            pairs.extend(words.iter().flat_map(|word| others(*word)));
        } else {
            pairs.extend(words.iter().map(|word| (row.prefix.as_str(), *word)));
        }
    }
    pairs
}

fn invalid(what: String) -> Error {
    Error::InvalidRule { what }
}

/// A trimmed text of a rule that has something to compare.
fn checked(what: &str, text: &str) -> Result<String> {
    let text = text.trim();
    if query_key(text).is_empty() {
        return Err(invalid(format!("the {what} `{text}` has nothing to compare; give at least one letter")));
    }
    if text.chars().nth(LONGEST).is_some() {
        return Err(invalid(format!("the {what} is longer than {LONGEST} characters; shorten it")));
    }
    Ok(text.to_owned())
}

/// Rules of one pattern.
fn alone(pattern: &str) -> Result<Rules, RuleError> {
    Rules::new(Vec::new(), &[], &[(0, pattern.to_owned())], false)
}

/// The rules in force that these rows make, one that cannot be put in force left out.
fn put_together(rows: Vec<RuleRecord>, pinyin: bool) -> Result<Rules, RuleError> {
    let (mut pins, mut words, mut patterns) = (Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        match row.kind {
            RuleKind::Pin => pins.push(pin(row)),
            RuleKind::Word => words.push((row.id, row.text)),
            RuleKind::Pattern => match Rules::check_pattern(&row.text) {
                Ok(()) => patterns.push((row.id, row.text)),
                Err(error) => {
                    tracing::warn!(rule = row.id, %error, "a rule cannot be put in force and is left out");
                }
            },
            RuleKind::Synonyms => {}
        }
    }
    Rules::new(pins, &words, &patterns, pinyin)
}

fn pin(row: RuleRecord) -> Pin {
    Pin {
        id: row.id,
        prefix: row.prefix,
        text: row.text,
        position: usize::try_from(row.position).unwrap_or(1).max(1),
        valid_from: row.valid_from,
        valid_to: row.valid_to,
    }
}

impl Engine {
    /// Puts the rules of the store in force, if they changed. The holder of the directory records it then.
    pub(crate) async fn refresh_rules(&self) -> Result<()> {
        let mut in_force = self.suggesting.rules.lock().await;
        let sequence = self.store.last_sequence_of(Subject::Rules).await?;
        if *in_force != Some(sequence) {
            let rows = self.store.rules().await?;
            let (pinyin, count) = (self.options.suggest.ban_pinyin, rows.len());
            let made =
                move || Ok::<_, Error>((Synonyms::new(synonym_pairs(&rows)), put_together(rows, pinyin)));
            let (synonyms, rules) = blocking("rules", made).await?;
            self.synonyms.store(Arc::new(synonyms));
            self.suggesting.in_force.put_rules(Arc::new(rules.map_err(|error| invalid(error.to_string()))?));
            *in_force = Some(sequence);
            tracing::debug!(rules = count, "rules are in force");
        }
        if self._lock.is_some() && self.store.applied(RULES_CONSUMER).await? < sequence {
            self.store.record_applied(RULES_CONSUMER, sequence).await?;
        }
        Ok(())
    }

    /// Records that nothing up to now waits for the rules: changes are kept for the slowest consumer, and rules
    /// may stay as they are for years.
    pub(crate) async fn record_rules(&self) -> Result<()> {
        let now = self.store.last_sequence().await?;
        self.refresh_rules().await?;
        if self.store.applied(RULES_CONSUMER).await? < now {
            self.store.record_applied(RULES_CONSUMER, now).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn refused(rule: Result<NewRule>) -> String {
        rule.unwrap_err().to_string()
    }

    #[test]
    fn a_rule_is_checked() {
        assert_eq!(NewRule::pin(" 美食 ", "美食街", 1, None, Some(5)).unwrap().prefix, "美食");
        assert!(refused(NewRule::pin(" \u{3000}", "美食街", 1, None, None)).contains("prefix"));
        assert!(refused(NewRule::pin("美", " ", 1, None, None)).contains("text"));
        assert!(refused(NewRule::pin("美", &"长".repeat(65), 1, None, None)).contains("64"));
        for position in [0, -1, 16] {
            assert!(refused(NewRule::pin("美", "美食", position, None, None)).contains("position"));
        }
        assert!(refused(NewRule::pin("美", "美食", 1, Some(5), Some(5))).contains("end"));
        assert!(refused(NewRule::synonyms(None, &["肯德基"])).contains("2 to 32"));
        assert!(refused(NewRule::synonyms(None, &["ＫＦＣ", "kfc"])).contains("twice"));
        assert!(refused(NewRule::synonyms(Some("肯德基"), &["肯德基"])).contains("twice"));
        assert!(refused(NewRule::synonyms(Some("肯德基"), &[" "])).contains("nothing to compare"));
        assert!(refused(NewRule::ban_word("")).contains("word"));
        assert!(refused(NewRule::ban_word("🔞")).contains("--pattern"));
        for pattern in ["", "(", ".*", "a|", "a{9999}{9999}"] {
            assert!(NewRule::ban_pattern(pattern).is_err(), "{pattern}");
        }
        assert!(NewRule::ban_pattern("^加.*微信$").is_ok() && NewRule::ban_pattern("🔞").is_ok());
    }

    #[test]
    fn synonyms_have_a_direction_or_none() {
        let both = NewRule::synonyms(None, &["肯德基", "KFC", "Kentucky\n Fried"]).unwrap().record(0);
        let one = NewRule::synonyms(Some("土豆"), &["马铃薯", "洋芋"]).unwrap().record(0);
        let ban = NewRule::ban_word("赌").unwrap().record(0);
        let expected = [
            ("肯德基", "KFC"),
            ("肯德基", "Kentucky Fried"),
            ("KFC", "肯德基"),
            ("KFC", "Kentucky Fried"),
            ("Kentucky Fried", "肯德基"),
            ("Kentucky Fried", "KFC"),
            ("土豆", "马铃薯"),
            ("土豆", "洋芋"),
        ];
        assert_eq!(synonym_pairs(&[both, ban, one]), expected);
    }

    #[test]
    fn a_rule_that_cannot_be_used_leaves_the_others_in_force() {
        let mut rows: Vec<RuleRecord> =
            ["加微信", "赌"].map(|word| NewRule::ban_word(word).unwrap().record(0)).into();
        rows.push(RuleRecord { kind: RuleKind::Pattern, text: "(".to_owned(), ..rows[0].clone() });
        let rules = put_together(rows, false).unwrap();
        assert!(rules.ban("加微信").is_some() && rules.ban("赌场").is_some() && rules.ban("美食").is_none());
    }
}
