//! What was typed, in the forms that the routes compare.

use std::cell::OnceCell;

use text::pinyin::{self, Unit};
use text::syllables::{Part, Piece};

use crate::flags::characters;

/// The most spellings that a keyword is looked for by, one route at a time.
const MAX_SPELLINGS: usize = 6;
/// The most ways to cut a run of letters.
const MAX_CUTS: usize = 4;

/// The words of a text in normal form, without signs and spaces.
pub(crate) fn words(normal: &str) -> Vec<&str> {
    let is_one_character = normal.chars().nth(1).is_none();
    let mut words = if is_one_character { vec![normal] } else { text::segment::words(normal) };
    words.retain(|word| word.starts_with(char::is_alphanumeric));
    words
}

/// What was typed.
#[derive(Debug, Default)]
pub(crate) struct Typed {
    /// As [`text::normal::key`] gives it.
    pub(crate) key: String,
    /// The number of its characters.
    pub(crate) characters: usize,
    /// The normal form where it is not the key: its spaces part words that those of the key do not.
    normal: Option<String>,
    /// Cut only when a route asks for words: most keywords are answered without.
    words: OnceCell<Words>,
    /// What is typed for characters one by one: the key without spaces and apostrophes, ü as v. Empty if there is
    /// anything else in the key than hanzi with a reading, Latin letters and digits.
    pub(crate) elements: Vec<char>,
    /// Put together only when a route asks for them.
    leading: OnceCell<String>,
    /// Whether `elements` holds a hanzi.
    pub(crate) has_hanzi: bool,
    /// Whether `elements` holds a Latin letter.
    pub(crate) has_letter: bool,
    /// The elements as bytes where there is no hanzi among them; else empty.
    pub(crate) letters: String,
    /// The plausible readings of the elements where there is a hanzi among them, one unit for each element; found
    /// only when a route asks for them.
    readings: OnceCell<Vec<Vec<Unit>>>,
}

/// The words that were typed.
#[derive(Debug)]
pub(crate) struct Words {
    /// In the order of typing, the last one perhaps not yet whole.
    pub(crate) all: Vec<String>,
    /// Whether there is nothing in the key but its words and spaces.
    pub(crate) is_all: bool,
}

impl Typed {
    pub(crate) fn new(keyword: &str) -> Self {
        let normal = text::normal::normal_form(keyword);
        let (key, normal) = if normal.contains(char::is_whitespace) {
            let key = text::normal::key_of_normal(&normal);
            let is_its_key = key == normal;
            (key, (!is_its_key).then_some(normal))
        } else {
            (normal, None)
        };
        // Keys are compared by their first bytes filled up with NUL; nobody types that character.
        if key.is_empty() || key.contains('\0') {
            return Self::default();
        }
        let mut typed = Self { characters: characters(key.as_bytes()), key, normal, ..Self::default() };
        typed.read_elements();
        typed
    }

    /// The words.
    pub(crate) fn words(&self) -> &Words {
        self.words.get_or_init(|| {
            let pieces = || self.normal.as_ref().unwrap_or(&self.key).split_whitespace();
            let all: Vec<String> = pieces().flat_map(words).map(str::to_owned).collect();
            let is_all = all.iter().map(String::len).sum::<usize>() == pieces().map(str::len).sum::<usize>();
            Words { all, is_all }
        })
    }

    /// The hanzi that stand first among the elements.
    pub(crate) fn leading(&self) -> &str {
        self.leading.get_or_init(|| self.elements.iter().take_while(|c| !c.is_ascii()).collect())
    }

    fn readings(&self) -> &[Vec<Unit>] {
        self.readings.get_or_init(|| {
            let text: String = self.elements.iter().collect();
            if self.has_hanzi { pinyin::readings(&text) } else { Vec::new() }
        })
    }

    /// Whether there is nothing to look for.
    pub(crate) fn is_empty(&self) -> bool {
        self.key.is_empty()
    }

    /// Whether it was typed as its key is: no space parts words that stand together in the key.
    pub(crate) fn is_its_key(&self) -> bool {
        self.normal.is_none()
    }

    fn read_elements(&mut self) {
        let is_separator = |&c: &char| c.is_whitespace() || c == '\'' || c == '’';
        let spelled = |c: char| if c == 'ü' { 'v' } else { c };
        let elements: Vec<char> = self.key.chars().filter(|c| !is_separator(c)).map(spelled).collect();
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let has_sound = |&c: &char| is_plain(c) || !pinyin::character(c).is_empty();
        if !elements.iter().all(has_sound) {
            return;
        }
        self.has_letter = elements.iter().any(char::is_ascii_lowercase);
        self.has_hanzi = !elements.iter().all(char::is_ascii);
        if !self.has_hanzi {
            self.letters = elements.iter().collect();
        }
        self.elements = elements;
    }

    /// How the elements are spelled in full: letters as they are, hanzi by each plausible reading.
    pub(crate) fn full_spellings(&self) -> Vec<String> {
        if !self.has_hanzi {
            return if self.letters.is_empty() { Vec::new() } else { vec![self.letters.clone()] };
        }
        distinct(self.readings().iter().map(|units| pinyin::full(units)).collect())
    }

    /// The first letters of what is typed, if a run of letters is cut into syllables and initials: of every cut in
    /// which an initial stands for a syllable.
    pub(crate) fn initial_spellings(&self) -> Vec<String> {
        self.spellings(
            true,
            |part, out| out.extend(part.chars().next()),
            |syllable, out| {
                out.extend(syllable.chars().next());
            },
        )
    }

    /// What is typed, as it sounds when sounds are taken for one another.
    pub(crate) fn sound_spellings(&self) -> Vec<String> {
        self.spellings(false, text::fuzzy::canonical, text::fuzzy::canonical)
    }

    /// Every combination of a cut of each run of letters and a reading of the hanzi between them. Nothing if a run
    /// of letters cannot be cut.
    fn spellings(
        &self,
        initials: bool,
        letters: impl Fn(&str, &mut String),
        hanzi: impl Fn(&str, &mut String),
    ) -> Vec<String> {
        let readings = if self.has_hanzi { self.readings().len() } else { 1 };
        let mut spellings = Vec::new();
        for reading in 0..readings {
            let mut ways = vec![(String::new(), !initials)];
            for run in runs(&self.elements) {
                ways = self.extend(&ways, run, reading, initials, (&letters, &hanzi));
            }
            spellings.extend(ways.into_iter().filter(|&(_, is_wanted)| is_wanted).map(|(way, _)| way));
        }
        let mut spellings = distinct(spellings);
        spellings.truncate(MAX_SPELLINGS);
        spellings
    }

    fn extend(
        &self,
        ways: &[(String, bool)],
        run: Run<'_>,
        reading: usize,
        initials: bool,
        (letters, hanzi): (&impl Fn(&str, &mut String), &impl Fn(&str, &mut String)),
    ) -> Vec<(String, bool)> {
        let mut extended = Vec::new();
        match run {
            Run::Digit(digit) => {
                extended.extend(ways.iter().map(|(way, wanted)| (format!("{way}{digit}"), *wanted)));
            }
            Run::Hanzi(index) => {
                let unit = self.readings().get(reading).and_then(|units| units.get(index));
                for (way, wanted) in ways {
                    let mut way = way.clone();
                    hanzi(unit.map_or("", |unit| &unit.text), &mut way);
                    extended.push((way, *wanted));
                }
            }
            Run::Letters(typed, is_last) => {
                let typed: String = typed.iter().collect();
                for cut in text::syllables::cuts(&typed, initials, MAX_CUTS) {
                    // Before a hanzi the syllable is over: what began one stands for it, if it is an initial.
                    let stands = |piece: &Piece| {
                        piece.part == Part::Initial || (!is_last && piece.part == Part::Beginning)
                    };
                    let is_cut_off =
                        |piece: &Piece| stands(piece) && !is_initial(&typed[piece.range.clone()]);
                    if cut.iter().any(is_cut_off) || (!initials && cut.iter().any(stands)) {
                        continue;
                    }
                    let is_short = cut.iter().any(stands);
                    for (way, wanted) in ways {
                        let mut way = way.clone();
                        for piece in &cut {
                            letters(&typed[piece.range.clone()], &mut way);
                        }
                        extended.push((way, *wanted || is_short));
                    }
                }
            }
        }
        extended.truncate(MAX_SPELLINGS * 2);
        extended
    }
}

/// Whether letters may stand for a syllable that they begin.
fn is_initial(letters: &str) -> bool {
    letters.len() == 1 || matches!(letters, "zh" | "ch" | "sh")
}

fn distinct(mut texts: Vec<String>) -> Vec<String> {
    let mut seen = Vec::with_capacity(texts.len());
    texts.retain(|text| {
        let is_new = !text.is_empty() && !seen.contains(text);
        seen.push(text.clone());
        is_new
    });
    texts
}

/// A part of what is typed.
#[derive(Clone, Copy)]
enum Run<'e> {
    /// Letters, and whether they are the end.
    Letters(&'e [char], bool),
    Digit(char),
    /// The index of a hanzi.
    Hanzi(usize),
}

fn runs(elements: &[char]) -> impl Iterator<Item = Run<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = elements.get(at..)?;
        let first = *rest.first()?;
        let letters = rest.iter().take_while(|c| c.is_ascii_lowercase()).count();
        let start = at;
        at += letters.max(1);
        Some(match letters {
            0 if first.is_ascii_digit() => Run::Digit(first),
            0 => Run::Hanzi(start),
            _ => Run::Letters(&rest[..letters], letters == rest.len()),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyword_is_spelled_as_it_may_sound() {
        let typed = Typed::new("连Yi裙");
        assert_eq!(typed.full_spellings(), ["lianyiqun"]);
        assert!(typed.has_hanzi && typed.has_letter && typed.letters.is_empty());
        assert_eq!(Typed::new("长").full_spellings(), ["chang", "zhang"]);
        assert_eq!(Typed::new("xi'an").letters, "xian");
        assert_eq!(Typed::new("ldh演唱会").initial_spellings(), ["ldhych"]);
        assert!(Typed::new("c++").elements.is_empty());
        assert!(Typed::new("lyqun").initial_spellings().contains(&"lyq".to_owned()));
        let sound = |syllables: &[&str]| {
            let mut out = String::new();
            syllables.iter().for_each(|syllable| text::fuzzy::canonical(syllable, &mut out));
            out
        };
        assert_eq!(Typed::new("zhongguo").sound_spellings()[0], sound(&["zong", "guo"]));
    }

    #[test]
    fn words_are_cut_at_spaces_and_by_the_dictionary() {
        assert_eq!(Typed::new("连衣裙 长款").words().all, ["连衣裙", "长款"]);
        assert_eq!(Typed::new("连衣裙长").words().all, ["连衣裙", "长"]);
        assert_eq!(Typed::new("rust, book").words().all, ["rust", "book"]);
    }
}
