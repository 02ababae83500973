//! What the content index is made of: characters, bigrams, words and numbers, with positions.
//!
//! Input is text in normal form. Hanzi, kana and hangul are cut by character, and two neighbours in one run also
//! give a bigram. White space inside a run is skipped; anything else ends it. Letters of other scripts give
//! words, digits numbers, and the border between letters and digits always splits (`rtx5090` → `rtx`, `5090`).
//! Positions count units (a character, a word, a number); a bigram has the position of its first character.
//! Punctuation leaves a gap of one position, so no phrase reaches across it.

mod class;

use class::{Class, Classes};
use std::ops::Range;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// One hanzi, kana or hangul.
    Character,
    /// Two adjacent ones.
    Bigram,
    /// A run of letters of another script.
    Word,
    /// A run of digits.
    Number,
}

/// A piece of text that is indexed or searched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    /// What it is.
    pub kind: Kind,
    /// Its place, counted in units; a bigram stands where its first character stands.
    pub position: u32,
    /// The bytes of the text it covers, skipped white space inside a bigram included.
    pub range: Range<usize>,
    content: Content<'a>,
}

impl Token<'_> {
    /// The token's text.
    #[inline]
    pub fn text(&self) -> &str {
        match &self.content {
            Content::Slice(slice) => slice,
            // Two characters were written there, so this never falls back.
            Content::Joined { bytes, length } => std::str::from_utf8(&bytes[..*length]).unwrap_or_default(),
        }
    }
}

/// A bigram across skipped white space is no slice of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Content<'a> {
    Slice(&'a str),
    Joined { bytes: [u8; 8], length: usize },
}

/// All tokens of a text in normal form, ordered by position; a bigram follows its first character.
pub fn tokens(normal: &str) -> impl Iterator<Item = Token<'_>> {
    Tokens { scan: Scan::new(normal), last: None, waiting: None }
}

/// The characters, words and numbers of a text in normal form, with the positions they have in [`tokens`].
pub fn units(normal: &str) -> impl Iterator<Item = Token<'_>> {
    let mut scan = Scan::new(normal);
    std::iter::from_fn(move || scan.next_unit().map(|unit| unit.token(normal)))
}

/// A character, word or number by its place.
#[derive(Clone, Copy)]
struct Unit {
    kind: Kind,
    position: u32,
    start: usize,
    end: usize,
}

impl Unit {
    #[inline]
    fn token<'a>(self, text: &'a str) -> Token<'a> {
        let content = Content::Slice(&text[self.start..self.end]);
        Token { kind: self.kind, position: self.position, range: self.start..self.end, content }
    }
}

/// The walk over a text, unit by unit.
struct Scan<'a> {
    text: &'a str,
    classes: &'static Classes,
    /// The byte to go on from.
    byte: usize,
    /// The position of the next unit.
    position: u32,
    /// Whether a unit was given since the last gap.
    open: bool,
}

impl<'a> Scan<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, classes: Classes::get(), byte: 0, position: 0, open: false }
    }

    #[inline]
    fn next_unit(&mut self) -> Option<Unit> {
        while let Some((class, length)) = self.classes.at(self.text, self.byte) {
            let after = self.byte + length;
            match class {
                Class::Ideographic => return Some(self.unit(Kind::Character, after)),
                Class::Letter => return Some(self.unit(Kind::Word, self.end_of_run(class, after))),
                Class::Digit => return Some(self.unit(Kind::Number, self.end_of_run(class, after))),
                Class::Space | Class::Mark => {}
                Class::Other => {
                    self.position = self.position.saturating_add(u32::from(self.open));
                    self.open = false;
                }
            }
            self.byte = after;
        }
        None
    }

    #[inline]
    fn unit(&mut self, kind: Kind, end: usize) -> Unit {
        let unit = Unit { kind, position: self.position, start: self.byte, end };
        self.byte = end;
        self.position = self.position.saturating_add(1);
        self.open = true;
        unit
    }

    /// The end of the run of `class`, marks included, that goes on at byte `at`.
    fn end_of_run(&self, class: Class, mut at: usize) -> usize {
        while let Some((found, length)) = self.classes.at(self.text, at) {
            if found != class && found != Class::Mark {
                break;
            }
            at += length;
        }
        at
    }
}

struct Tokens<'a> {
    scan: Scan<'a>,
    /// The last character given: it may begin a bigram.
    last: Option<Unit>,
    /// The unit behind the bigram just given.
    waiting: Option<Unit>,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    #[inline]
    fn next(&mut self) -> Option<Token<'a>> {
        let unit = match self.waiting.take() {
            Some(unit) => unit,
            None => {
                let unit = self.scan.next_unit()?;
                if let Some(last) = self.last
                    && are_neighbours(last, unit)
                {
                    self.waiting = Some(unit);
                    return Some(bigram(self.scan.text, last, unit));
                }
                unit
            }
        };
        self.last = Some(unit);
        Some(unit.token(self.scan.text))
    }
}

/// Whether two units that follow each other are characters of one run.
///
/// A gap shows in the positions. (It would not at the very end of their range; texts are far shorter.)
#[inline]
fn are_neighbours(first: Unit, second: Unit) -> bool {
    first.kind == Kind::Character
        && second.kind == Kind::Character
        && first.position.checked_add(1) == Some(second.position)
}

#[inline]
fn bigram(text: &str, first: Unit, second: Unit) -> Token<'_> {
    let range = first.start..second.end;
    let content = if first.end == second.start {
        Content::Slice(&text[range.clone()])
    } else {
        joined(&text[first.start..first.end], &text[second.start..second.end])
    };
    Token { kind: Kind::Bigram, position: first.position, range, content }
}

/// Two characters of at most four bytes each, written one behind the other.
fn joined<'a>(first: &str, second: &str) -> Content<'a> {
    let mut bytes = [0; 8];
    let length = first.len() + second.len();
    bytes[..first.len()].copy_from_slice(first.as_bytes());
    bytes[first.len()..length].copy_from_slice(second.as_bytes());
    Content::Joined { bytes, length }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(normal: &str, expected: &[(&str, u32)]) {
        let all: Vec<Token<'_>> = tokens(normal).collect();
        let found: Vec<(&str, u32)> = all.iter().map(|token| (token.text(), token.position)).collect();
        assert_eq!(found, expected, "{normal}");
        let without_bigrams: Vec<_> = all.into_iter().filter(|token| token.kind != Kind::Bigram).collect();
        assert_eq!(units(normal).collect::<Vec<_>>(), without_bigrams, "{normal}");
    }

    #[test]
    fn characters_and_bigrams() {
        check("连衣裙", &[("连", 0), ("连衣", 0), ("衣", 1), ("衣裙", 1), ("裙", 2)]);
        check("", &[]);
        check("美", &[("美", 0)]);
    }

    #[test]
    fn white_space_does_not_end_a_run() {
        check("红 书", &[("红", 0), ("红书", 0), ("书", 1)]);
        let bigram: Vec<_> = tokens("红 书").filter(|token| token.kind == Kind::Bigram).collect();
        assert_eq!((bigram[0].text(), bigram[0].range.clone()), ("红书", 0..7));
    }

    #[test]
    fn punctuation_ends_a_run_and_leaves_a_gap() {
        check("。美.女！！壁", &[("美", 0), ("女", 2), ("壁", 4)]);
    }

    #[test]
    fn letters_and_digits_are_split() {
        check("显卡rtx5090", &[("显", 0), ("显卡", 0), ("卡", 1), ("rtx", 2), ("5090", 3)]);
        check("iphone17pro a-b", &[("iphone", 0), ("17", 1), ("pro", 2), ("a", 3), ("b", 5)]);
        check("j\u{30C}x é", &[("j\u{30C}x", 0), ("é", 1)]);
    }

    #[test]
    fn kinds() {
        let kinds: Vec<Kind> = units("한か𠮷ж٣a1").map(|token| token.kind).collect();
        let character = Kind::Character;
        assert_eq!(
            kinds,
            [character, character, character, Kind::Word, Kind::Number, Kind::Word, Kind::Number]
        );
    }
}
