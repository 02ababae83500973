//! A keyword, analysed once: the tokens that recall asks for and the units that the second stage compares.

use text::{
    normal::normal_form,
    tokens::{self, Kind, Token},
};

use crate::analysis::unit_id;

/// The most tokens of a keyword that count. A longer keyword is matched by its beginning.
pub(crate) const TOKEN_LIMIT: usize = 64;

/// The most units of a keyword that the second stage compares.
pub(crate) const UNIT_LIMIT: usize = 32;

/// A token that recall asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlanToken {
    pub(crate) text: String,
    /// May bring a document in by itself when the keyword is relaxed; a lone character of a longer keyword may not.
    pub(crate) strong: bool,
    /// The unit with which it begins, and how many it has (1 or 2).
    pub(crate) first: usize,
    pub(crate) length: usize,
}

/// A keyword's tokens, every one once, and its units in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) tokens: Vec<PlanToken>,
    pub(crate) units: Vec<u32>,
}

impl Plan {
    pub(crate) fn new(keyword: &str) -> Self {
        let normal = normal_form(keyword);
        let mut plan = Self::default();
        for part in normal.split_whitespace() {
            plan.add_part(part);
        }
        let has_strong = plan.tokens.iter().any(|token| token.strong);
        if !has_strong {
            plan.tokens.iter_mut().for_each(|token| token.strong = true);
        }
        plan
    }

    /// Bigrams imply their characters: only a character outside of every bigram is asked for itself.
    fn add_part(&mut self, part: &str) {
        let mut lone: Option<(Token<'_>, usize)> = None;
        let mut covered = None;
        for token in tokens::tokens(part) {
            if token.kind == Kind::Bigram {
                lone = None;
                covered = Some(token.position + 1);
                self.add(&token, self.units.len().saturating_sub(1), 2);
                continue;
            }
            if let Some((character, first)) = lone.take() {
                self.add(&character, first, 1);
            }
            let first = self.units.len();
            self.units.push(unit_id(&token));
            match token.kind {
                Kind::Character if covered == Some(token.position) => {}
                Kind::Character => lone = Some((token, first)),
                _ => self.add(&token, first, 1),
            }
        }
        if let Some((character, first)) = lone {
            self.add(&character, first, 1);
        }
    }

    fn add(&mut self, token: &Token<'_>, first: usize, length: usize) {
        let text = token.text();
        if self.tokens.len() < TOKEN_LIMIT && self.tokens.iter().all(|known| known.text != text) {
            let strong = token.kind != Kind::Character;
            self.tokens.push(PlanToken { text: text.to_owned(), strong, first, length });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(keyword: &str, expected: &[&str]) {
        let plan = Plan::new(keyword);
        let found: Vec<&str> = plan.tokens.iter().map(|token| token.text.as_str()).collect();
        assert_eq!(found, expected, "{keyword}");
    }

    #[test]
    fn bigrams_imply_their_characters() {
        check("连衣裙", &["连衣", "衣裙"]);
        check("裙", &["裙"]);
        check("RTX5090 显卡", &["rtx", "5090", "显卡"]);
        check("我 爱 北京", &["我", "爱", "北京"]);
        check("手机 手机", &["手机"]);
        check("美。女孩", &["美", "女孩"]);
        check("？！ ", &[]);
    }

    #[test]
    fn a_lone_character_is_strong_only_when_nothing_else_is() {
        let strong = |keyword: &str| Plan::new(keyword).tokens.iter().map(|t| t.strong).collect::<Vec<_>>();
        assert_eq!(strong("我 北京"), [false, true]);
        assert_eq!(strong("我 他"), [true, true]);
    }
}
