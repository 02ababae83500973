//! A keyword, analysed once: the tokens that recall asks for, and the units and words that the second stage
//! compares.

use text::{
    normal::normal_form,
    segment,
    tokens::{self, Kind, Token},
};

use crate::{
    analysis::{UnitId, unit_id},
    syntax::{self, Clause},
};

/// The most tokens of a keyword that count. A longer keyword is matched by its beginning.
pub(crate) const TOKEN_LIMIT: usize = 64;

/// The most units of a keyword that the second stage compares.
pub(crate) const UNIT_LIMIT: usize = 32;

/// A token that recall asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlanToken {
    pub(crate) text: String,
    /// May bring a document in by itself when the keyword is relaxed; a character of a longer keyword may not.
    pub(crate) strong: bool,
    /// The unit with which it begins, and how many it has (1 or 2).
    pub(crate) first: usize,
    pub(crate) length: usize,
}

/// A dictionary word of the keyword: a run of units that a good title keeps together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlanWord {
    pub(crate) first: usize,
    pub(crate) length: usize,
    /// The tokens that stand in it, a bit each.
    pub(crate) tokens: u64,
}

/// Tokens that have to stand side by side, with their places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Phrase {
    pub(crate) tokens: Vec<(String, u32)>,
}

impl Phrase {
    /// `None` when nothing of the text can be looked for.
    fn new(text: &str) -> Option<Self> {
        let mut found: Vec<(String, u32)> = Vec::new();
        let mut covered = None;
        for token in tokens::tokens(text) {
            match token.kind {
                Kind::Bigram => {
                    // It says what its first character said, and what the second one will.
                    if covered != Some(token.position) {
                        found.pop();
                    }
                    covered = Some(token.position + 1);
                }
                Kind::Character if covered == Some(token.position) => continue,
                _ => {}
            }
            found.push((token.text().to_owned(), token.position));
        }
        (!found.is_empty()).then_some(Self { tokens: found })
    }
}

/// A keyword's tokens, every one once, and its units in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// First those that tier 0 requires, then the characters that their bigrams imply.
    pub(crate) tokens: Vec<PlanToken>,
    /// How many tokens tier 0 requires.
    pub(crate) required: usize,
    pub(crate) units: Vec<UnitId>,
    pub(crate) words: Vec<PlanWord>,
    /// Phrases without which no document is found, in any tier.
    pub(crate) phrases: Vec<Phrase>,
    /// Phrases with which no document is found.
    pub(crate) excluded: Vec<Phrase>,
}

impl Plan {
    pub(crate) fn new(keyword: &str) -> Self {
        let normal = normal_form(keyword);
        let mut plan = Self::default();
        let mut implied = Vec::new();
        for clause in syntax::clauses(&normal) {
            match clause {
                Clause::Plain(part) => plan.add_part(part, &mut implied),
                Clause::Phrase(part) => {
                    plan.add_part(part, &mut implied);
                    plan.phrases.extend(Phrase::new(part));
                }
                Clause::Excluded(part) => plan.excluded.extend(Phrase::new(part)),
            }
        }
        let has_strong = plan.tokens.iter().any(|token| token.strong);
        if !has_strong {
            plan.tokens.iter_mut().for_each(|token| token.strong = true);
        }
        plan.required = plan.tokens.len();
        for (character, first) in &implied {
            plan.add(character, *first, 1);
        }
        plan.find_tokens_of_words();
        plan
    }

    /// About what it takes up.
    pub(crate) fn bytes(&self) -> usize {
        let texts: usize = self.tokens.iter().map(|token| token.text.len()).sum();
        texts + size_of_val(&*self.tokens) + size_of_val(&*self.units) + size_of_val(&*self.words)
    }

    /// The tokens that tier 0 requires, a bit each.
    pub(crate) fn required_mask(&self) -> u64 {
        mask_of(self.required)
    }

    /// Bigrams imply their characters: only a character outside of every bigram is required for itself.
    fn add_part<'a>(&mut self, part: &'a str, implied: &mut Vec<(Token<'a>, usize)>) {
        let mut lone: Option<(Token<'_>, usize)> = None;
        let mut covered = None;
        let mut starts = Vec::new();
        let first_of_part = self.units.len();
        for token in tokens::tokens(part) {
            if token.kind == Kind::Bigram {
                implied.extend(lone.take());
                covered = Some(token.position + 1);
                self.add(&token, self.units.len().saturating_sub(1), 2);
                continue;
            }
            if let Some((character, first)) = lone.take() {
                self.add(&character, first, 1);
            }
            let first = self.units.len();
            self.units.push(unit_id(&token));
            starts.push(token.range.start);
            match token.kind {
                Kind::Character if covered == Some(token.position) => implied.push((token, first)),
                Kind::Character => lone = Some((token, first)),
                _ => self.add(&token, first, 1),
            }
        }
        if let Some((character, first)) = lone {
            self.add(&character, first, 1);
        }
        self.add_words(part, &starts, first_of_part);
    }

    fn add(&mut self, token: &Token<'_>, first: usize, length: usize) {
        let text = token.text();
        if self.tokens.len() < TOKEN_LIMIT && self.tokens.iter().all(|known| known.text != text) {
            let strong = token.kind != Kind::Character;
            self.tokens.push(PlanToken { text: text.to_owned(), strong, first, length });
        }
    }

    /// The dictionary words of a part; `starts` are the bytes at which its units begin.
    fn add_words(&mut self, part: &str, starts: &[usize], first_of_part: usize) {
        let mut unit = 0;
        let mut end = 0;
        for word in segment::words(part) {
            end += word.len();
            let first = unit;
            unit += starts[unit..].iter().take_while(|start| **start < end).count();
            if unit > first && first_of_part + unit <= UNIT_LIMIT {
                self.words.push(PlanWord { first: first_of_part + first, length: unit - first, tokens: 0 });
            }
        }
    }

    fn find_tokens_of_words(&mut self) {
        for word in &mut self.words {
            let units = &self.units[word.first..word.first + word.length];
            for (index, token) in self.tokens.iter().enumerate() {
                let wanted = &self.units[token.first..token.first + token.length];
                word.tokens |= u64::from(units.windows(token.length).any(|run| run == wanted)) << index;
            }
        }
    }
}

/// The lowest `count` bits.
pub(crate) fn mask_of(count: usize) -> u64 {
    if count >= 64 { u64::MAX } else { (1 << count) - 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(keyword: &str, required: &[&str], implied: &[&str]) {
        let plan = Plan::new(keyword);
        let found: Vec<&str> = plan.tokens.iter().map(|token| token.text.as_str()).collect();
        assert_eq!(&found[..plan.required], required, "{keyword}");
        assert_eq!(&found[plan.required..], implied, "{keyword}");
    }

    #[test]
    fn bigrams_imply_their_characters() {
        check("连衣裙", &["连衣", "衣裙"], &["连", "衣", "裙"]);
        check("裙", &["裙"], &[]);
        check("RTX5090 显卡", &["rtx", "5090", "显卡"], &["显", "卡"]);
        check("我 爱 北京", &["我", "爱", "北京"], &["北", "京"]);
        check("手机 手机", &["手机"], &["手", "机"]);
        check("美。女孩", &["美", "女孩"], &["女", "孩"]);
        check("我 我们", &["我", "我们"], &["们"]);
        check("？！ ", &[], &[]);
    }

    #[test]
    fn phrases_are_bigrams_in_their_places() {
        let phrase = |keyword: &str| {
            let plan = Plan::new(keyword);
            let show = |phrase: &Phrase| {
                phrase
                    .tokens
                    .iter()
                    .map(|(text, place)| format!("{text}{place}"))
                    .collect::<Vec<_>>()
                    .join(" ")
            };
            (
                plan.phrases.iter().map(show).collect::<Vec<_>>(),
                plan.excluded.iter().map(show).collect::<Vec<_>>(),
            )
        };
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        assert_eq!(phrase("\"连衣 裙\""), (texts(&["连衣0 衣裙1"]), vec![]));
        assert_eq!(phrase("手机 -\"RTX 5090\" -壳"), (vec![], texts(&["rtx0 50901", "壳0"])));
        assert_eq!(phrase("\"a美\" \"！\"").0, texts(&["a0 美1"]));
        assert_eq!(phrase("\"美，女孩\"").0, texts(&["美0 女孩2"]));
    }

    #[test]
    fn a_lone_character_is_strong_only_when_nothing_else_is() {
        let strong = |keyword: &str| {
            let plan = Plan::new(keyword);
            plan.tokens[..plan.required].iter().map(|token| token.strong).collect::<Vec<_>>()
        };
        assert_eq!(strong("我 北京"), [false, true]);
        assert_eq!(strong("我 他"), [true, true]);
    }

    #[test]
    fn words_are_runs_of_units() {
        let words = |keyword: &str| {
            let plan = Plan::new(keyword);
            let tokens = |mask: u64| {
                let chosen = plan.tokens.iter().enumerate().filter(|(index, _)| mask >> index & 1 == 1);
                chosen.map(|(_, token)| token.text.clone()).collect::<Vec<_>>().join(" ")
            };
            plan.words.iter().map(|word| (word.first, word.length, tokens(word.tokens))).collect::<Vec<_>>()
        };
        assert_eq!(words("美食博主"), [(0, 2, "美食 美 食".into()), (2, 2, "博主 博 主".into())]);
        assert_eq!(words("美，连衣裙"), [(0, 1, "美".into()), (1, 3, "连衣 衣裙 连 衣 裙".into())]);
        assert_eq!(words("RTX5090 显卡").last(), Some(&(2, 2, "显卡 显 卡".into())));
    }
}
