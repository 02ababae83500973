//! Leaves out what belongs to one person: addresses, telephone numbers, numbers of identity cards and accounts.

/// So many digits without a space are no year, price or model any more.
const MAX_DIGITS: usize = 6;
/// So many digits with single spaces between them are a telephone number.
const MAX_SPACED_DIGITS: usize = 9;

/// The pieces of a title in normal form between what is left out.
pub(super) fn public_pieces(normal: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for (at, run) in runs(normal) {
        if is_private(run) {
            pieces.push(&normal[start..at]);
            start = at + run.len();
        }
    }
    pieces.push(&normal[start..]);
    pieces.retain(|piece| !piece.trim().is_empty());
    pieces
}

/// The longest pieces of characters that an address or a number is made of, with their places.
fn runs(normal: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_inner = |c: char| c.is_ascii_graphic() || c == ' ';
    let mut rest = 0;
    std::iter::from_fn(move || {
        let start = rest + normal[rest..].find(is_inner)?;
        let length = normal[start..].find(|c| !is_inner(c)).unwrap_or(normal.len() - start);
        rest = start + length;
        Some((start, length))
    })
    .flat_map(move |(start, length)| split_at_words(start, &normal[start..start + length]))
}

/// Cuts at the spaces that do not stand between two digits.
fn split_at_words(start: usize, run: &str) -> Vec<(usize, &str)> {
    let bytes = run.as_bytes();
    let is_digit = |index: usize| bytes.get(index).is_some_and(u8::is_ascii_digit);
    let is_cut = |index: &usize| {
        bytes[*index] == b' ' && !(*index > 0 && is_digit(*index - 1) && is_digit(*index + 1))
    };
    let mut words = Vec::new();
    let mut from = 0;
    for cut in (0..bytes.len()).filter(is_cut).chain([bytes.len()]) {
        if cut > from {
            words.push((start + from, &run[from..cut]));
        }
        from = cut + 1;
    }
    words
}

fn is_private(run: &str) -> bool {
    let digits = run.bytes().filter(u8::is_ascii_digit).count();
    let is_address = run.contains('@') || run.contains("://") || run.starts_with("www.");
    let limit = if run.contains(' ') { MAX_SPACED_DIGITS } else { MAX_DIGITS };
    is_address || digits > limit
}

#[cfg(test)]
mod tests {
    use super::public_pieces;

    #[track_caller]
    fn check(title: &str, expected: &[&str]) {
        assert_eq!(public_pieces(title), expected, "{title}");
    }

    #[test]
    fn addresses_and_numbers_are_left_out() {
        check("联系邮箱abc.d@example.com吧", &["联系邮箱", "吧"]);
        check("电话13800138000找我", &["电话", "找我"]);
        check("电话138 0013 8000找我", &["电话", "找我"]);
        check("电话010-12345678找我", &["电话", "找我"]);
        check("身份证11010519491231002x丢了", &["身份证", "丢了"]);
        check("看https://example.com/a?b=1 这里", &["看", " 这里"]);
        check("13800138000", &[]);
    }

    #[test]
    fn years_prices_and_models_stay() {
        for title in ["2024年618攻略", "2024 618 攻略", "rtx5090价格9999元", "iphone 17 pro max 怎么样", ""]
        {
            let expected: &[&str] = if title.is_empty() { &[] } else { &[title] };
            check(title, expected);
        }
    }
}
