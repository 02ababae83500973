//! The normal form: what is compared, indexed and matched in place of the text as written.
//!
//! A text becomes NFKC (full-width letters, ligatures, compatibility characters), then lower case, then
//! simplified Chinese, character by character. Characters that are invisible by definition (zero-width spaces
//! and joiners, soft hyphens, variation selectors) are dropped: they only hide one text from another.
//! The normal form of a normal form is itself.
//!
//! The folding to simplified knows no context. Where a traditional character has two simplified ones, the more
//! usual is taken for both sides of every comparison, so nothing is missed: 乾 always becomes 干 (乾坤 is found
//! as 干坤), 著 becomes 着 as Taiwan uses it (著名 is found as 着名), 瞭 becomes 了, 藉 becomes 借.
//! `data/folding_by_hand.txt` lists all departures from the source table; 沈, 覆, 像 and 吒 stay as they are.

mod scan;
mod table;

pub use table::simplify;
pub(crate) use table::three_byte_code;

use scan::Sink;
use std::ops::Range;

/// A text in normal form that knows which source characters each of its characters came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NormalForm {
    text: String,
    length: usize,
    source_length: usize,
    /// The source range of each character; absent when character i came from source character i.
    source: Option<Vec<Range<usize>>>,
}

impl NormalForm {
    /// The text in normal form.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The number of characters of [`text`](Self::text).
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether nothing is left of the source.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The half-open range of source characters that normal character `index` came from.
    ///
    /// Starts and ends never decrease with `index`. Beyond the end the range is empty, at the end of the source.
    pub fn source(&self, index: usize) -> Range<usize> {
        let end = self.source_length..self.source_length;
        if index >= self.length {
            return end;
        }
        match &self.source {
            None => index..index + 1,
            Some(ranges) => ranges.get(index).cloned().unwrap_or(end),
        }
    }

    /// The number of characters of the source.
    pub fn source_len(&self) -> usize {
        self.source_length
    }
}

/// The normal form of `source` with the way back to its characters.
pub fn normalize(source: &str) -> NormalForm {
    if source.is_ascii() {
        let text = source.to_ascii_lowercase();
        return NormalForm { length: text.len(), source_length: text.len(), text, source: None };
    }
    let mut mapped = Mapped { text: String::with_capacity(source.len()), length: 0, ranges: None };
    let source_length = scan::scan(source, &mut mapped);
    NormalForm { text: mapped.text, length: mapped.length, source_length, source: mapped.ranges }
}

/// The normal form of `source` as a plain string: [`normalize`] without the map, for indexing.
pub fn normal_form(source: &str) -> String {
    if source.is_ascii() {
        return source.to_ascii_lowercase();
    }
    let mut plain = Plain { text: String::with_capacity(source.len()) };
    scan::scan(source, &mut plain);
    plain.text
}

/// Appends the normal form of `source` to `out`, for those who keep a buffer.
pub(crate) fn push_normal_form(source: &str, out: &mut String) {
    let mut plain = Plain { text: std::mem::take(out) };
    scan::scan(source, &mut plain);
    *out = plain.text;
}

/// The identity of a query or a suggestion: two texts with the same key are the same wish.
///
/// The normal form, trimmed, with inner runs of white space as one space, and without the spaces beside hanzi.
pub fn key(source: &str) -> String {
    key_of_normal(&normal_form(source))
}

/// The [`key`] of a text whose normal form is at hand.
pub fn key_of_normal(normal: &str) -> String {
    if !normal.contains(char::is_whitespace) {
        return normal.to_owned();
    }
    let mut key = String::with_capacity(normal.len());
    for part in normal.split_whitespace() {
        let glued = key.ends_with(crate::script::is_hanzi) || part.starts_with(crate::script::is_hanzi);
        if !key.is_empty() && !glued {
            key.push(' ');
        }
        key.push_str(part);
    }
    key
}

/// Collects the text only.
struct Plain {
    text: String,
}

impl Sink for Plain {
    fn same(&mut self, run: &str, _first: usize, _count: usize) {
        self.text.push_str(run);
    }

    fn one(&mut self, c: char, _at: usize) {
        self.text.push(c);
    }

    fn cluster(&mut self, output: &[char], _range: Range<usize>) {
        self.text.extend(output);
    }
}

/// Collects the text and, from the first character on that is not one for one, the source ranges.
struct Mapped {
    text: String,
    length: usize,
    ranges: Option<Vec<Range<usize>>>,
}

impl Sink for Mapped {
    fn same(&mut self, run: &str, first: usize, count: usize) {
        self.text.push_str(run);
        self.length += count;
        if let Some(ranges) = &mut self.ranges {
            ranges.extend((first..first + count).map(|at| at..at + 1));
        }
    }

    fn one(&mut self, c: char, at: usize) {
        self.text.push(c);
        self.length += 1;
        if let Some(ranges) = &mut self.ranges {
            ranges.push(at..at + 1);
        }
    }

    fn cluster(&mut self, output: &[char], range: Range<usize>) {
        let identity = output.len() == 1 && range.len() == 1;
        if self.ranges.is_none() && !identity {
            self.ranges = Some((0..self.length).map(|at| at..at + 1).collect());
        }
        if let Some(ranges) = &mut self.ranges {
            ranges.extend(output.iter().map(|_| range.clone()));
        }
        self.text.extend(output);
        self.length += output.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, expected: &str) {
        assert_eq!(normal_form(source), expected, "{source}");
        assert_eq!(normalize(source).text(), expected, "{source}");
    }

    #[test]
    fn folds_width_case_and_script() {
        check("北京冬奥會開幕式煙火", "北京冬奥会开幕式烟火");
        check("ＲＴＸ５０９０ 顯卡", "rtx5090 显卡");
        check("iPhone17Pro　對比", "iphone17pro 对比");
        check("ﾊﾟﾝ", "パン");
        check("Cafe\u{301} ÀÉ", "café àé");
        check("①㎒㈱⼈", "1mhz(株)人");
        check("ΟΔΟΣ ὁδός", "οδοσ ὁδόσ");
        check("", "");
    }

    #[test]
    fn folding_prefers_recall() {
        check("乾坤 乾淨 穿著 著名 瞭解 哪吒 瀋陽 沈 大阪", "干坤 干净 穿着 着名 了解 哪吒 沈阳 沈 大阪");
        check("裏裡 麪麵 臺台 啟啓 衞衛", "里里 面面 台台 启启 卫卫");
    }

    #[test]
    fn invisible_characters_are_dropped() {
        check("美\u{200B}女\u{FEFF}", "美女");
        check("e\u{200D}\u{301}", "é");
        check("☎\u{FE0F}", "☎");
    }

    #[test]
    fn every_character_knows_its_source() {
        let form = normalize("a㎒e\u{301}開\u{200B}");
        assert_eq!(form.text(), "amhzé开");
        let ranges: Vec<_> = (0..form.len()).map(|index| form.source(index)).collect();
        assert_eq!(ranges, [0..1, 1..2, 1..2, 1..2, 2..4, 4..6]);
        assert_eq!((form.len(), form.source_len(), form.source(99)), (6, 6, 6..6));
    }

    #[test]
    fn one_for_one_texts_need_no_map() {
        for source in ["abc", "會開幕 ABC", "Éa", "🙂美女"] {
            assert!(normalize(source).source.is_none(), "{source}");
        }
    }

    #[test]
    fn keys_ignore_spaces_beside_hanzi() {
        assert_eq!(key("  iPhone   17  Pro "), "iphone 17 pro");
        assert_eq!(key("iPhone 手機　殼"), "iphone手机壳");
        assert_eq!(key("小 红\t书"), "小红书");
        assert_eq!(key("   "), "");
    }
}
