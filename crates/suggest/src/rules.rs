//! What operators decide: which text stands where, and which is never shown.

use std::collections::HashMap;

use regex::{Regex, RegexBuilder};
use text::patterns::Words;

use crate::moment::Moment;

/// The largest a compiled pattern may be, in bytes: a pattern from outside may not take all memory.
const PATTERN_BYTES: usize = 1 << 20;

/// A text placed at a position for one prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// The rule's number.
    pub id: i64,
    /// What must be typed, whole; compared by [`text::normal::key`].
    pub prefix: String,
    /// The text that is shown.
    pub text: String,
    /// The place in the list, counted from 1.
    pub position: usize,
    /// The first moment (Unix seconds) at which it counts.
    pub valid_from: Option<i64>,
    /// The first moment at which it no longer counts.
    pub valid_to: Option<i64>,
}

/// A rule that cannot be put in force.
#[derive(Debug, thiserror::Error)]
#[error("the pattern `{pattern}` is no regular expression that can be used: {reason}")]
pub struct RuleError {
    pattern: String,
    reason: String,
}

/// All rules in force.
#[derive(Default)]
pub struct Rules {
    /// By the key of the prefix, in the order of positions.
    pins: HashMap<String, Vec<Pin>>,
    words: Option<Words>,
    word_rules: Vec<i64>,
    patterns: Vec<(i64, Regex)>,
}

impl Rules {
    /// Puts rules together. Banned words and patterns come with the numbers of their rules; with `pinyin` a banned
    /// word is found in pinyin letters too.
    ///
    /// # Errors
    /// When a pattern is no regular expression, or too large a one.
    pub fn new(
        pins: Vec<Pin>,
        words: &[(i64, String)],
        patterns: &[(i64, String)],
        pinyin: bool,
    ) -> Result<Self, RuleError> {
        let mut by_prefix: HashMap<String, Vec<Pin>> = HashMap::new();
        for pin in pins {
            by_prefix.entry(text::normal::key(&pin.prefix)).or_default().push(pin);
        }
        for pins in by_prefix.values_mut() {
            pins.sort_by_key(|pin| (pin.position, pin.id));
        }
        let compiled = patterns.iter().map(|(id, pattern)| Ok((*id, compile(pattern)?)));
        Ok(Self {
            pins: by_prefix,
            words: (!words.is_empty())
                .then(|| Words::new(words.iter().map(|(_, word)| word.as_str()), pinyin)),
            word_rules: words.iter().map(|&(id, _)| id).collect(),
            patterns: compiled.collect::<Result<_, _>>()?,
        })
    }

    /// Whether a pattern can be used.
    ///
    /// # Errors
    /// When it is no regular expression, or too large a one.
    pub fn check_pattern(pattern: &str) -> Result<(), RuleError> {
        compile(pattern).map(drop)
    }

    /// The number of the rule that bans this text, if one does.
    pub fn ban(&self, text: &str) -> Option<i64> {
        let by_word =
            || self.words.as_ref()?.find(text).and_then(|index| self.word_rules.get(index).copied());
        by_word().or_else(|| self.pattern_ban(text, &text::normal::key(text)))
    }

    /// The number of the rule that bans an entry, given as it is shown and as it is compared.
    pub(crate) fn ban_of(&self, surface: &str, key: &str) -> Option<i64> {
        let by_word = |words: &Words| {
            // The surface may hold what the key has lost, such as spaces and signs; both fold to the same letters.
            words.find_in_normal(key).and_then(|index| self.word_rules.get(index).copied())
        };
        self.words.as_ref().and_then(by_word).or_else(|| self.pattern_ban(surface, key))
    }

    fn pattern_ban(&self, surface: &str, key: &str) -> Option<i64> {
        let banning =
            self.patterns.iter().find(|(_, pattern)| pattern.is_match(key) || pattern.is_match(surface));
        banning.map(|&(id, _)| id)
    }

    /// Whether nothing is banned.
    pub(crate) fn bans_nothing(&self) -> bool {
        self.words.is_none() && self.patterns.is_empty()
    }

    /// The pins for a typed key that count now, by position.
    pub(crate) fn pins(&self, key: &str, moment: &Moment) -> impl Iterator<Item = &Pin> {
        let pins = self.pins.get(key).into_iter().flatten();
        pins.filter(move |pin| moment.is_within(pin.valid_from, pin.valid_to))
    }
}

impl std::fmt::Debug for Rules {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let pins: usize = self.pins.values().map(Vec::len).sum();
        formatter
            .debug_struct("Rules")
            .field("pins", &pins)
            .field("words", &self.word_rules.len())
            .field("patterns", &self.patterns.len())
            .finish()
    }
}

fn compile(pattern: &str) -> Result<Regex, RuleError> {
    RegexBuilder::new(pattern).size_limit(PATTERN_BYTES).build().map_err(|error| RuleError {
        pattern: pattern.to_owned(),
        reason: match error {
            regex::Error::CompiledTooBig(_) => "it is too large when compiled".to_owned(),
            other => other.to_string(),
        },
    })
}
