//! How people reach for an entry, one rule for each route.
//!
//! Every rule takes an entry and types it (or its beginning) the way its route is there for. Chance comes from a
//! seed, the rule and the entry's key alone: an entry is typed alike whatever else is in the list. A rule that does
//! not apply to an entry gives nothing.
//!
//! | rule | typed | applies to |
//! |---|---|---|
//! | `prefix` | the compared form | every entry |
//! | `word_break` | from the second word on, or the first after it of two characters and more | two words and more; what is left has [`Share::LEAST`] |
//! | `any_order` | the words in another order, spaces between | two words and more |
//! | `any_order_joined` | the same without spaces, but between Latin words and numbers | two words and more |
//! | `pinyin` | all letters of the reading | one hanzi and more |
//! | `initials` | the first letter of each syllable | two hanzi and more |
//! | `mixed` | each hanzi as it is or as its syllable, one of each at least | two hanzi and more |
//! | `mixed_initials` | each hanzi as it is or as its initial, one of each at least | two hanzi and more |
//! | `homophone` | one hanzi (with one chance in four, of four and more, two) replaced by another of its sound | a hanzi with such another |
//! | `fuzzy` | pinyin with one sound (one chance in four: two) taken for another | a syllable with such a sound |
//! | `typo` | one letter put in, left out, replaced or changed with its neighbour, never the first; in a Latin word of the entry, or in its pinyin | four letters and more |
//! | `look_alike` | one hanzi replaced by one that looks like it | a hanzi with a look-alike |
//!
//! Words are those of [`text::segment`] that hold a letter, a digit or a hanzi. A part is [`Share::Part`] of what
//! is typed, rounded up, and at least three hanzi or six letters; a repair's mistake must be within it.

mod random;

use std::collections::HashMap;

use suggest::Route;
use text::{fuzzy, look_alikes::look_alikes, pinyin, script, segment, syllables};

pub use random::{Random, hash};

/// What letters a slip may put in.
const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
/// The fewest letters of a word in which a slip is made.
const SLIP_LETTERS: usize = 4;
/// Attempts at a mistake within the part that is typed.
const ATTEMPTS: usize = 8;

/// One way to type an entry.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// The name in a report.
    pub name: &'static str,
    /// The route that it is there for.
    pub route: Route,
    typed: fn(&Entry, &Homophones, &mut Random) -> Option<String>,
}

/// Every rule, in the order of the routes.
pub const RULES: [Rule; 12] = [
    Rule { name: "prefix", route: Route::Prefix, typed: |entry, _, _| Some(entry.key.clone()) },
    Rule { name: "word_break", route: Route::WordBreak, typed: word_break },
    Rule { name: "any_order", route: Route::AnyOrder, typed: any_order_apart },
    Rule { name: "any_order_joined", route: Route::AnyOrder, typed: any_order_joined },
    Rule { name: "pinyin", route: Route::Pinyin, typed: |entry, _, _| spelled(entry) },
    Rule { name: "initials", route: Route::Initials, typed: initials },
    Rule { name: "mixed", route: Route::Mixed, typed: |entry, _, random| mixed(entry, usize::MAX, random) },
    Rule { name: "mixed_initials", route: Route::Mixed, typed: |entry, _, random| mixed(entry, 1, random) },
    Rule { name: "homophone", route: Route::Homophone, typed: homophone },
    Rule { name: "fuzzy", route: Route::Fuzzy, typed: |entry, _, random| confused(entry, random) },
    Rule { name: "typo", route: Route::Typo, typed: |entry, _, random| typo(entry, random) },
    Rule { name: "look_alike", route: Route::LookAlike, typed: |entry, _, random| look_alike(entry, random) },
];

/// How much of an entry is typed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Share {
    /// All of it.
    Full,
    /// That part of it, 0 to 1, and no less than [`Share::LEAST`].
    Part(f64),
}

impl Share {
    /// What is typed at least, in letters; a hanzi is worth two.
    pub const LEAST: usize = 6;

    /// The beginning of `typed` that this share is.
    pub fn of(self, typed: &str) -> &str {
        let Self::Part(part) = self else { return typed };
        let wanted = (typed.chars().count() as f64 * part - 1e-9).ceil();
        let mut worth = 0;
        let end = typed.char_indices().enumerate().find(|&(count, (_, character))| {
            let enough = count as f64 >= wanted && worth >= Self::LEAST;
            worth += worth_of(character);
            enough
        });
        typed[..end.map_or(typed.len(), |(_, (at, _))| at)].trim_end()
    }
}

impl Rule {
    /// The rule of that name.
    pub fn named(name: &str) -> Option<Self> {
        RULES.into_iter().find(|rule| rule.name == name)
    }

    /// What is typed to reach `entry`; `None` if the rule does not apply to it.
    pub fn typed(self, entry: &Entry, share: Share, homophones: &Homophones, seed: u64) -> Option<String> {
        let mut random = Random::new(seed ^ hash(self.name) ^ hash(&entry.key).rotate_left(17));
        if !self.route.is_repair() {
            return (self.typed)(entry, homophones, &mut random).map(|typed| share.of(&typed).to_owned());
        }
        let right = [entry.key.clone(), pinyin::full(&entry.units)];
        let mut attempts = (0..ATTEMPTS).map_while(|_| (self.typed)(entry, homophones, &mut random));
        attempts.find_map(|typed| {
            let part = share.of(&typed);
            let has_mistake = !right.iter().any(|right| right.starts_with(part));
            has_mistake.then(|| part.to_owned())
        })
    }
}

/// An entry, taken apart once for all rules.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The form that is compared.
    pub key: String,
    characters: Vec<char>,
    /// Words with a letter, a digit or a hanzi, and the byte where each begins.
    words: Vec<(usize, String)>,
    units: Vec<pinyin::Unit>,
}

impl Entry {
    /// Takes a text apart.
    pub fn new(text: &str) -> Self {
        let key = text::normal::key(text);
        let mut words = Vec::new();
        let mut at = 0;
        for word in segment::words(&key) {
            if word.chars().any(char::is_alphanumeric) {
                words.push((at, word.to_owned()));
            }
            at += word.len();
        }
        Self { characters: key.chars().collect(), words, units: pinyin::reading(&key), key }
    }

    /// The number of words.
    pub fn words(&self) -> usize {
        self.words.len()
    }

    /// The last word but one or an earlier one, a space, and the first character of a later word: the query that is
    /// hardest to answer in any order. `None` for an entry of one word.
    pub fn word_and_a_character(&self, random: &mut Random) -> Option<String> {
        let first = random.below(self.words.len().checked_sub(1).filter(|&count| count > 0)?);
        let second = first + 1 + random.below(self.words.len() - 1 - first);
        let character = self.words[second].1.chars().next()?;
        Some(format!("{} {character}", self.words[first].1))
    }

    fn hanzi(&self) -> usize {
        self.characters.iter().filter(|&&character| script::is_hanzi(character)).count()
    }

    /// The places of the syllables among the units.
    fn syllables(&self) -> Vec<usize> {
        (0..self.units.len()).filter(|&unit| self.units[unit].is_syllable).collect()
    }
}

/// Hanzi by their first reading.
#[derive(Debug, Default)]
pub struct Homophones(HashMap<&'static str, Vec<char>>);

impl Homophones {
    /// Those of the hanzi in these texts: what an input method offers is what people write.
    pub fn of<'a>(keys: impl IntoIterator<Item = &'a str>) -> Self {
        let mut seen: Vec<char> = Vec::new();
        for key in keys {
            seen.extend(key.chars().filter(|&character| script::is_hanzi(character)));
            if seen.len() > 1 << 20 {
                seen.sort_unstable();
                seen.dedup();
            }
        }
        seen.sort_unstable();
        seen.dedup();
        let mut by_sound: HashMap<&str, Vec<char>> = HashMap::new();
        for character in seen {
            if let Some(&sound) = pinyin::character(character).first() {
                by_sound.entry(sound).or_default().push(character);
            }
        }
        Self(by_sound)
    }

    fn other(&self, sound: &str, than: char, random: &mut Random) -> Option<char> {
        let others: Vec<char> = self.0.get(sound)?.iter().copied().filter(|&other| other != than).collect();
        random.pick(&others).copied()
    }
}

fn worth_of(character: char) -> usize {
    match character {
        _ if script::is_hanzi(character) => 2,
        ' ' => 0,
        _ => 1,
    }
}

fn word_break(entry: &Entry, _: &Homophones, _: &mut Random) -> Option<String> {
    let later = entry.words.iter().skip(1).filter(|(_, word)| word.chars().nth(1).is_some());
    let mut rests = later.map(|&(at, _)| &entry.key[at..]);
    let rest = rests.next().filter(|rest| rest.chars().map(worth_of).sum::<usize>() >= Share::LEAST);
    rest.map(str::to_owned)
}

/// The words in another order than their own.
fn reordered<'a>(entry: &'a Entry, random: &mut Random) -> Option<Vec<&'a str>> {
    let mut order: Vec<usize> = (0..entry.words.len()).collect();
    if order.len() < 2 {
        return None;
    }
    random.shuffle(&mut order);
    if order.is_sorted() {
        order.rotate_left(1);
    }
    Some(order.into_iter().map(|word| entry.words[word].1.as_str()).collect())
}

fn any_order_apart(entry: &Entry, _: &Homophones, random: &mut Random) -> Option<String> {
    reordered(entry, random).map(|words| words.join(" "))
}

/// Two Latin words or numbers stay apart: without the space they would be another word.
fn any_order_joined(entry: &Entry, _: &Homophones, random: &mut Random) -> Option<String> {
    let mut typed = String::new();
    for word in reordered(entry, random)? {
        let is_written_apart = |character: char| character.is_alphanumeric() && !script::is_hanzi(character);
        if typed.ends_with(is_written_apart) && word.starts_with(is_written_apart) {
            typed.push(' ');
        }
        typed.push_str(word);
    }
    Some(typed)
}

fn spelled(entry: &Entry) -> Option<String> {
    (entry.hanzi() > 0).then(|| pinyin::full(&entry.units))
}

fn initials(entry: &Entry, _: &Homophones, _: &mut Random) -> Option<String> {
    (entry.hanzi() > 1).then(|| pinyin::initials(&entry.units))
}

/// Writes some hanzi as the first `letters` letters of their syllable.
fn mixed(entry: &Entry, letters: usize, random: &mut Random) -> Option<String> {
    let mut syllables = entry.syllables();
    if syllables.len() < 2 {
        return None;
    }
    random.shuffle(&mut syllables);
    let spelled = 1 + random.below(syllables.len() - 1);
    syllables.truncate(spelled);
    let mut typed = String::new();
    for (place, unit) in entry.units.iter().enumerate() {
        if syllables.contains(&place) {
            typed.extend(unit.text.chars().take(letters));
        } else {
            typed.push(entry.characters[unit.source]);
        }
    }
    Some(typed)
}

/// One in four times two, where there are so many places.
fn mistakes(places: usize, random: &mut Random) -> usize {
    if places >= 4 && random.below(4) == 0 { 2 } else { 1 }
}

fn homophone(entry: &Entry, homophones: &Homophones, random: &mut Random) -> Option<String> {
    let mut places = entry.syllables();
    random.shuffle(&mut places);
    let mut characters = entry.characters.clone();
    let mut left = mistakes(places.len(), random);
    for unit in places.into_iter().map(|place| &entry.units[place]) {
        let own = characters[unit.source];
        if let Some(other) = homophones.other(&unit.text, own, random).filter(|_| left > 0) {
            characters[unit.source] = other;
            left -= 1;
        }
    }
    let typed: String = characters.into_iter().collect();
    (typed != entry.key).then_some(typed)
}

fn confused(entry: &Entry, random: &mut Random) -> Option<String> {
    let mut places = entry.syllables();
    random.shuffle(&mut places);
    let mut spelled: Vec<String> = entry.units.iter().map(|unit| unit.text.to_string()).collect();
    let wanted = mistakes(places.len(), random);
    let mut made = 0;
    for place in places {
        if made < wanted
            && let Some(other) = random.pick(&confusions(&spelled[place]))
        {
            spelled[place].clone_from(other);
            made += 1;
        }
    }
    (made > 0).then(|| spelled.concat())
}

/// The syllables that this one is taken for.
fn confusions(syllable: &str) -> Vec<String> {
    const INITIALS: [(&str, &str); 6] =
        [("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("r", "l"), ("f", "h")];
    const FINALS: [(&str, &str); 3] = [("ang", "an"), ("eng", "en"), ("ing", "in")];
    let mut found = Vec::new();
    for (one, two) in INITIALS.into_iter().flat_map(|(one, two)| [(one, two), (two, one)]) {
        found.extend(syllable.strip_prefix(one).map(|rest| format!("{two}{rest}")));
    }
    for (one, two) in FINALS.into_iter().flat_map(|(one, two)| [(one, two), (two, one)]) {
        found.extend(syllable.strip_suffix(one).map(|rest| format!("{rest}{two}")));
    }
    found.retain(|other| {
        other != syllable
            && syllables::is_syllable(other)
            && fuzzy::matches(other, syllable, fuzzy::Pairs::ALL)
    });
    found
}

fn typo(entry: &Entry, random: &mut Random) -> Option<String> {
    let is_latin =
        |word: &str| word.len() >= SLIP_LETTERS && word.bytes().all(|byte| byte.is_ascii_lowercase());
    let latin: Vec<&(usize, String)> = entry.words.iter().filter(|(_, word)| is_latin(word)).collect();
    let letters = spelled(entry).filter(|letters| is_latin(letters));
    let in_latin = !latin.is_empty() && (letters.is_none() || random.below(2) == 0);
    if in_latin {
        let (at, word) = random.pick(&latin)?;
        let wrong = slip(word, random);
        return Some(format!("{}{wrong}{}", &entry.key[..*at], &entry.key[at + word.len()..]));
    }
    letters.map(|letters| slip(&letters, random))
}

/// One wrong letter, not the first.
fn slip(word: &str, random: &mut Random) -> String {
    let mut letters: Vec<u8> = word.bytes().collect();
    let at = 1 + random.below(letters.len() - 1);
    let other = LETTERS[random.below(LETTERS.len())];
    match random.below(4) {
        0 => letters.insert(at, other),
        1 => {
            letters.remove(at);
        }
        2 if letters[at] != other => letters[at] = other,
        _ => {
            let pairs: Vec<usize> =
                (1..letters.len() - 1).filter(|&at| letters[at] != letters[at + 1]).collect();
            match random.pick(&pairs) {
                Some(&pair) => letters.swap(pair, pair + 1),
                None => letters.insert(at, other),
            }
        }
    }
    letters.into_iter().map(char::from).collect()
}

fn look_alike(entry: &Entry, random: &mut Random) -> Option<String> {
    let alike = |place: &usize| !look_alikes(entry.characters[*place]).is_empty();
    let places: Vec<usize> = (0..entry.characters.len()).filter(alike).collect();
    let mut characters = entry.characters.clone();
    let place = *random.pick(&places)?;
    characters[place] = *random.pick(look_alikes(characters[place]))?;
    Some(characters.into_iter().collect())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    const TEXTS: [&str; 7] =
        ["连衣裙长款搭配", "重庆火锅底料", "iphone手机壳", "美食", "未来科技展", "macbook pro", "咖啡，奶茶"];

    fn homophones() -> Homophones {
        Homophones::of(["连衣裙长款搭配重庆火锅底料一群联练配佩食时", "美没实手首"])
    }

    fn typed(name: &str, text: &str, seed: u64) -> Option<String> {
        Rule::named(name).unwrap().typed(&Entry::new(text), Share::Full, &homophones(), seed)
    }

    #[test]
    fn a_seed_says_it_all() {
        for rule in RULES {
            for text in TEXTS {
                for share in [Share::Full, Share::Part(0.6)] {
                    let all: Vec<_> =
                        (0..3).map(|_| rule.typed(&Entry::new(text), share, &homophones(), 7)).collect();
                    assert!(all.windows(2).all(|pair| pair[0] == pair[1]), "{} {text}", rule.name);
                }
            }
        }
        let different = (0..20).map(|seed| typed("typo", "重庆火锅底料", seed));
        let mut different: Vec<_> = different.collect();
        different.sort();
        different.dedup();
        assert!(different.len() > 10);
    }

    #[test]
    fn each_rule_types_what_it_says() {
        for seed in 0..50 {
            let text = "连衣裙长款搭配";
            assert_eq!(typed("prefix", text, seed).unwrap(), text);
            let rest = typed("word_break", text, seed).unwrap();
            assert!(text.ends_with(&rest) && rest != text && rest.chars().count() >= 3);
            let words = typed("any_order", text, seed).unwrap();
            let mut sorted: Vec<&str> = words.split(' ').collect();
            assert!(sorted != segment::words(text));
            assert_eq!(typed("any_order_joined", text, seed).unwrap().chars().count(), 7);
            sorted.sort_unstable();
            let mut own = segment::words(text);
            own.sort_unstable();
            assert_eq!(sorted, own);
            assert_eq!(typed("pinyin", text, seed).unwrap(), "lianyiqunchangkuandapei");
            assert_eq!(typed("initials", text, seed).unwrap(), "lyqckdp");
            let mixed = typed("mixed", text, seed).unwrap();
            assert!(mixed.chars().any(script::is_hanzi));
            assert!(mixed.chars().any(|c| c.is_ascii_lowercase()));
            assert_eq!(typed("mixed_initials", text, seed).unwrap().chars().count(), 7);
            let other = typed("homophone", text, seed).unwrap();
            assert_ne!(other, text);
            assert_eq!(pinyin::full(&pinyin::reading(&other)).len(), "lianyiqunchangkuandapei".len());
            let wrong = typed("fuzzy", text, seed).unwrap();
            assert_ne!(wrong, "lianyiqunchangkuandapei");
            let slipped = typed("typo", text, seed).unwrap();
            assert!(slipped.starts_with('l') && slipped.len().abs_diff("lianyiqunchangkuandapei".len()) <= 1);
            let alike = typed("look_alike", "未来科技展", seed).unwrap();
            assert_eq!("未来科技展".chars().zip(alike.chars()).filter(|(one, two)| one != two).count(), 1);
        }
    }

    #[test]
    fn a_rule_that_does_not_apply_says_so() {
        assert_eq!(typed("word_break", "美食", 1), None);
        assert_eq!(typed("any_order", "美食", 1), None);
        assert_eq!(typed("pinyin", "macbook pro", 1), None);
        assert_eq!(typed("initials", "macbook pro", 1), None);
        assert_eq!(typed("homophone", "macbook pro", 1), None);
        assert_eq!(typed("fuzzy", "macbook pro", 1), None);
        assert!(typed("typo", "macbook pro", 1).is_some());
        assert_eq!(typed("typo", "啊", 1), None);
        assert!(Rule::named("nothing").is_none());
    }

    #[test]
    fn a_part_has_enough_to_go_by() {
        let part = Share::Part(0.6);
        assert_eq!(part.of("连衣裙长款搭配"), "连衣裙长款");
        assert_eq!(part.of("连衣裙"), "连衣裙");
        assert_eq!(part.of("连衣裙长"), "连衣裙");
        assert_eq!(part.of("lianyiqun"), "lianyi");
        assert_eq!(part.of("lyqckdp"), "lyqckd");
        assert_eq!(part.of("美食"), "美食");
        assert_eq!(part.of("连yi裙"), "连yi裙");
        assert_eq!(part.of("长款 连衣裙 搭配"), "长款 连衣裙");
        assert_eq!(Share::Full.of("连衣裙"), "连衣裙");
        for seed in 0..30 {
            let typed = Rule::named("look_alike").unwrap().typed(
                &Entry::new("未来科技展"),
                part,
                &homophones(),
                seed,
            );
            assert!(typed.is_none_or(|typed| !"未来科技展".starts_with(&typed)));
        }
    }

    #[test]
    fn the_short_second_word() {
        let entry = Entry::new("连衣裙长款搭配");
        let mut random = Random::new(1);
        for _ in 0..20 {
            let typed = entry.word_and_a_character(&mut random).unwrap();
            let (_, last) = typed.split_once(' ').unwrap();
            assert_eq!(last.chars().count(), 1);
        }
        assert_eq!(Entry::new("美食").word_and_a_character(&mut random), None);
    }
}
