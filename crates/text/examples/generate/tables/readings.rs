//! The tables of pinyin readings: how often a character has which reading, and the readings of words.

use super::{hand_lines, lexicon_lines};
use jieba_rs::Jieba;
use pinyin::{ToPinyin, ToPinyinMulti};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::io;
use std::path::Path;
use text::normal::normal_form;

/// A reading with a smaller part of a character's use is left out.
const MIN_SHARE: f64 = 0.1;

const PHRASES: &str = "pinyin_phrase.tsv.gz";
const BY_HAND: &str = "readings_by_hand.txt";

/// Readings of characters with their shares in percent, the most frequent first.
type Characters = BTreeMap<char, Vec<(String, u32)>>;

/// A phrase in normal form that the dictionary of the segmenter knows as one word.
struct Phrase {
    word: String,
    syllables: Vec<String>,
    frequency: usize,
}

/// `folded_words.txt`: dictionary words that the normal form changes, with their frequencies.
pub(crate) fn folded_words(lexicon: &Path, _data: &Path) -> io::Result<String> {
    let jieba = Jieba::new();
    let mut folded = BTreeMap::new();
    for line in lexicon_lines(lexicon, PHRASES)? {
        let Some((written, _)) = line.split_once('\t') else { continue };
        let normal = normal_form(written);
        if normal != written && jieba.has_word(written) {
            let own = if jieba.has_word(&normal) { jieba.suggest_freq(&normal) } else { 0 };
            let frequency = folded.entry(normal).or_insert(own);
            *frequency = jieba.suggest_freq(written).max(*frequency);
        }
    }
    Ok(lines(folded.iter().map(|(word, frequency)| format!("{word}\t{frequency}"))))
}

/// `readings.txt`: characters with several plausible readings or with another first one than the base.
pub(crate) fn characters(lexicon: &Path, data: &Path) -> io::Result<String> {
    let jieba = Jieba::new();
    let table = character_table(&jieba, &phrases(&jieba, lexicon)?, data)?;
    Ok(lines(table.iter().map(|(c, readings)| {
        readings.iter().fold(c.to_string(), |mut line, (syllable, percent)| {
            // Writing to a string cannot fail.
            let _ = write!(line, "\t{syllable} {percent}");
            line
        })
    })))
}

/// `words.txt`: words with a character of several readings; with their readings where not the usual ones.
pub(crate) fn words(lexicon: &Path, data: &Path) -> io::Result<String> {
    let jieba = Jieba::new();
    let phrases = phrases(&jieba, lexicon)?;
    let characters = character_table(&jieba, &phrases, data)?;
    let mut listed = BTreeMap::new();
    for phrase in phrases {
        let usual = usual_reading(&characters, &phrase.word) == phrase.syllables;
        let several = phrase.word.chars().any(|c| characters.get(&c).is_some_and(|list| list.len() > 1));
        if !usual {
            listed.insert(phrase.word, format!("\t{}", phrase.syllables.join(" ")));
        } else if several {
            listed.insert(phrase.word, String::new());
        }
    }
    for line in hand_lines(data, BY_HAND)? {
        if let Some((word, readings)) = line.split_once('\t')
            && word.chars().count() > 1
        {
            listed.insert(word.to_owned(), format!("\t{readings}"));
        }
    }
    Ok(lines(listed.iter().map(|(word, readings)| format!("{word}{readings}"))))
}

/// The phrases that are words; those with a syllable that no character of theirs can have are left out.
fn phrases(jieba: &Jieba, lexicon: &Path) -> io::Result<Vec<Phrase>> {
    let mut phrases: BTreeMap<String, Phrase> = BTreeMap::new();
    for line in lexicon_lines(lexicon, PHRASES)? {
        let Some((written, reading)) = line.split_once('\t') else { continue };
        let syllables: Vec<String> = reading.split(' ').map(toneless).collect();
        if !jieba.has_word(written) || !is_possible(written, &syllables) {
            continue;
        }
        let word = normal_form(written);
        let frequency = jieba.suggest_freq(written);
        // Two words may fold to one (着名 is also rarely written for 著名): the more frequent gives the reading.
        if phrases.get(&word).is_none_or(|other| other.frequency < frequency) {
            phrases.insert(word.clone(), Phrase { word, syllables, frequency });
        }
    }
    Ok(phrases.into_values().collect())
}

fn is_possible(written: &str, syllables: &[String]) -> bool {
    written.chars().count() == syllables.len()
        && written.chars().zip(syllables).all(|(c, syllable)| possible(c).contains(syllable))
}

/// All readings of a character that the base knows.
fn possible(c: char) -> Vec<String> {
    c.to_pinyin_multi().into_iter().flatten().map(|reading| toneless(reading.plain())).collect()
}

fn character_table(jieba: &Jieba, phrases: &[Phrase], data: &Path) -> io::Result<Characters> {
    let mut uses: BTreeMap<char, BTreeMap<String, usize>> = BTreeMap::new();
    for phrase in phrases {
        for (c, syllable) in phrase.word.chars().zip(&phrase.syllables) {
            *uses.entry(c).or_default().entry(syllable.clone()).or_default() += phrase.frequency;
        }
    }
    let mut table: Characters = BTreeMap::new();
    for (c, counts) in &mut uses {
        let Some(first) = c.to_pinyin().map(|reading| toneless(reading.plain())) else { continue };
        // As a word of its own a character has its first reading.
        let alone = c.to_string();
        if jieba.has_word(&alone) {
            *counts.entry(first.clone()).or_default() += jieba.suggest_freq(&alone);
        }
        let readings = plausible(counts);
        if readings.len() > 1 || readings.first().is_some_and(|(syllable, _)| *syllable != first) {
            table.insert(*c, readings);
        }
    }
    add_by_hand(&mut table, data)?;
    Ok(table)
}

/// The readings with at least [`MIN_SHARE`] of the use, the most frequent first.
fn plausible(counts: &BTreeMap<String, usize>) -> Vec<(String, u32)> {
    let total: usize = counts.values().sum();
    let mut ordered: Vec<(&String, &usize)> = counts.iter().collect();
    ordered.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    let shares = ordered.into_iter().map(|(syllable, &count)| (syllable, count as f64 / total as f64));
    shares
        .filter(|&(_, share)| share >= MIN_SHARE)
        .map(|(syllable, share)| (syllable.clone(), (share * 100.0).round() as u32))
        .collect()
}

fn add_by_hand(table: &mut Characters, data: &Path) -> io::Result<()> {
    for line in hand_lines(data, BY_HAND)? {
        let mut fields = line.split('\t');
        let Some(name) = fields.next() else { continue };
        let mut characters = name.chars();
        if let (Some(c), None) = (characters.next(), characters.next()) {
            let readings = fields.filter_map(|field| {
                let (syllable, percent) = field.split_once(' ')?;
                Some((syllable.to_owned(), percent.parse().ok()?))
            });
            table.insert(c, readings.collect());
        }
    }
    Ok(())
}

fn usual_reading(characters: &Characters, word: &str) -> Vec<String> {
    let usual = |c: char| match characters.get(&c).and_then(|list| list.first()) {
        Some((syllable, _)) => syllable.clone(),
        None => c.to_pinyin().map(|reading| toneless(reading.plain())).unwrap_or_default(),
    };
    word.chars().map(usual).collect()
}

/// A syllable without its tone, ü as v.
fn toneless(syllable: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    let decomposed: String =
        syllable.nfd().filter(|&c| !matches!(c, '\u{300}' | '\u{301}' | '\u{304}' | '\u{30C}')).collect();
    decomposed.replace("u\u{308}", "v").replace("e\u{302}", "ei")
}

fn lines(lines: impl Iterator<Item = String>) -> String {
    lines.fold(String::new(), |content, line| content + &line + "\n")
}
