//! What is typed beside words: quotes keep a phrase together, a leading minus keeps documents out.

/// A part of a keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clause<'a> {
    /// Looked for, and relaxed where too little is found.
    Plain(&'a str),
    /// Has to stand in a document as it is.
    Phrase(&'a str),
    /// May not stand in a document.
    Excluded(&'a str),
}

/// Cuts a keyword in normal form at its white space and quotes. A quote that is not closed, and a minus with nothing
/// behind it or inside a word, mean nothing. Where nothing but exclusions would be left, they are plain.
pub(crate) fn clauses(normal: &str) -> Vec<Clause<'_>> {
    let mut found = Vec::new();
    let mut rest = normal.trim_start();
    while !rest.is_empty() {
        let unsigned =
            rest.strip_prefix(['-', '\u{2212}']).filter(|rest| !rest.starts_with(char::is_whitespace));
        let body = unsigned.filter(|body| !body.is_empty()).unwrap_or(rest);
        let (text, is_phrase, after) = match quoted(body) {
            Some((text, after)) => (text, true, after),
            None => {
                let end = end_of_plain(body);
                (&body[..end], false, &body[end..])
            }
        };
        found.push(match (body.len() < rest.len(), is_phrase) {
            (true, _) => Clause::Excluded(text),
            (false, true) => Clause::Phrase(text),
            (false, false) => Clause::Plain(text),
        });
        rest = after.trim_start();
    }
    if found.iter().all(|clause| matches!(clause, Clause::Excluded(_))) {
        for clause in &mut found {
            if let Clause::Excluded(text) = *clause {
                *clause = Clause::Plain(text);
            }
        }
    }
    found
}

/// The text between quotes at the beginning, if they are closed, and what comes behind them.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_prefix(is_quote)?;
    inside.split_once(is_quote)
}

/// Where a plain part ends: at white space, or where a phrase begins.
fn end_of_plain(text: &str) -> usize {
    let ends = |(place, c): &(usize, char)| {
        c.is_whitespace() || (*place > 0 && is_quote(*c) && quoted(&text[*place..]).is_some())
    };
    text.char_indices().find(ends).map_or(text.len(), |(place, _)| place)
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\u{201c}' | '\u{201d}')
}

#[cfg(test)]
mod tests {
    use super::{Clause::*, *};

    fn check(keyword: &str, expected: &[Clause<'_>]) {
        assert_eq!(clauses(keyword), expected, "{keyword}");
    }

    #[test]
    fn quotes_and_minus() {
        check("连衣裙 夏天", &[Plain("连衣裙"), Plain("夏天")]);
        check("\"连衣 裙\" 夏天", &[Phrase("连衣 裙"), Plain("夏天")]);
        check("红色\u{201c}连衣裙\u{201d}新款", &[Plain("红色"), Phrase("连衣裙"), Plain("新款")]);
        check("手机 -二手 -\"充电 宝\"", &[Plain("手机"), Excluded("二手"), Excluded("充电 宝")]);
    }

    #[test]
    fn what_means_nothing_is_plain() {
        check("wi-fi", &[Plain("wi-fi")]);
        check("手机 - 二手", &[Plain("手机"), Plain("-"), Plain("二手")]);
        check("手机 -", &[Plain("手机"), Plain("-")]);
        check("\"手机", &[Plain("\"手机")]);
        check("12\"寸", &[Plain("12\"寸")]);
        check("-18 -度", &[Plain("18"), Plain("度")]);
        check(" ", &[]);
    }
}
