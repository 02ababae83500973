//! Which neighbouring words, and which tags, are fit to be shown as phrases, and how they are written.

use super::stop_words;

/// The most words of a phrase.
pub(super) const MAX_WORDS: usize = 6;
/// The fewest characters of a phrase.
const MIN_CHARACTERS: usize = 2;
/// The widest phrase: 16 hanzi, or 32 letters, which say as much.
const MAX_COLUMNS: usize = 32;

/// Tells the phrases that begin with the first of these words: their numbers of words and their texts.
///
/// They are neither too short nor too long, have a character that is no digit, and neither begin nor end with a
/// word that says nothing there.
pub(super) fn each_beginning<'a>(words: impl Iterator<Item = &'a str>, mut see: impl FnMut(usize, &str)) {
    let (mut phrase, mut width) = (String::new(), 0);
    for (index, word) in words.take(MAX_WORDS).enumerate() {
        let says_nothing = stop_words::says_nothing(word);
        if index == 0 && says_nothing {
            return;
        }
        let joined = phrase.len();
        join(&mut phrase, word);
        width += columns(&phrase[joined..]);
        if width > MAX_COLUMNS {
            return;
        }
        let is_no_topic = index == 0 && stop_words::is_no_topic(word);
        if !says_nothing && !is_no_topic && is_fit(&phrase) {
            see(index + 1, &phrase);
        }
    }
}

/// A tag as a phrase: in normal form, without the marks around it, if it is fit to be shown.
pub(super) fn tag(tag: &str) -> Option<String> {
    let key = text::normal::key(tag);
    let bare = match key.strip_prefix('#') {
        Some(rest) => rest.trim_end_matches('#').trim(),
        None => &key,
    };
    let is_inner =
        |c: char| c.is_alphanumeric() || matches!(c, ' ' | '.' | '+' | '#' | '%' | '-' | '&' | '·');
    let is_word = bare.starts_with(char::is_alphanumeric) && bare.chars().all(is_inner);
    let is_empty = stop_words::says_nothing(bare) || stop_words::is_no_topic(bare);
    let is_public = text::private::public_pieces(bare) == [bare];
    (is_word && !is_empty && is_public && columns(bare) <= MAX_COLUMNS && is_fit(bare))
        .then(|| bare.to_owned())
}

/// Appends a word, after a space where the two would run into each other.
fn join(phrase: &mut String, word: &str) {
    let joins = |c: char| !text::script::is_ideographic(c);
    if phrase.ends_with(joins) && word.starts_with(joins) {
        phrase.push(' ');
    }
    phrase.push_str(word);
}

fn is_fit(phrase: &str) -> bool {
    phrase.chars().any(char::is_alphabetic) && phrase.chars().nth(MIN_CHARACTERS - 1).is_some()
}

fn columns(phrase: &str) -> usize {
    phrase.chars().map(|c| if text::script::is_ideographic(c) { 2 } else { 1 }).sum()
}
