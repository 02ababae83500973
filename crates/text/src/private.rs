//! Personal data: e-mail addresses, telephone numbers, numbers of identity cards, bank cards and accounts.
//!
//! [`is_private`] says whether a query or a title holds any. It is sure of what it finds: the date and the check
//! digit of an identity card, the check digit and first digits of a bank card, the grouping of a telephone number.
//! Years, prices, models, versions and round numbers are none. Full-width and Chinese digits (一三八) and what
//! stands between digits hide nothing.
//!
//! [`public_pieces`] is for texts that words are learnt from, and therefore leaves out more.

mod accounts;
mod digits;
mod kinds;
mod mail;
mod words;

use crate::normal::normal_form;
use std::borrow::Cow;
use std::ops::Range;

/// With fewer digits nothing but an e-mail address is private.
const FEWEST_DIGITS: usize = accounts::FEWEST_DIGITS;

/// With fewer digits there is no telephone number, the shortest of the numbers that need no introduction.
const FEWEST_DIGITS_OF_NUMBER: usize = 11;

/// Whether `text`, raw or in normal form, holds personal data.
///
/// That is an e-mail address; a mobile number of the mainland, with or without +86; a number of a fixed line with
/// its area code; an identity card; a bank card; or a QQ or WeChat account that a word introduces. Numbers that
/// begin with 400 or 800 are those of companies, so public.
pub fn is_private(text: &str) -> bool {
    let glance = Glance::at(text);
    if glance.digits < FEWEST_DIGITS && !glance.has_at {
        return false;
    }
    let normal = if glance.is_normal { Cow::Borrowed(text) } else { Cow::Owned(normal_form(text)) };
    !private_ranges(&normal, glance).is_empty()
}

/// The pieces of a text in normal form between what is private, those of white space left out.
///
/// Left out as well are addresses of pages, words with an `@`, and digits that may be a number of somebody:
/// more than six together, or ten in groups.
pub fn public_pieces(normal: &str) -> Vec<&str> {
    let mut ranges = private_ranges(normal, Glance::at(normal));
    ranges.extend(words::doubtful(normal));
    ranges.sort_unstable_by_key(|range| range.start);
    let mut pieces = Vec::with_capacity(ranges.len() + 1);
    let mut start = 0;
    for range in ranges {
        if range.start > start {
            pieces.push(&normal[start..range.start]);
        }
        start = start.max(range.end);
    }
    pieces.push(&normal[start..]);
    pieces.retain(|piece| !piece.trim().is_empty());
    pieces
}

/// The byte ranges of a normal form that are private, in no order; they may overlap.
fn private_ranges(normal: &str, glance: Glance) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    if glance.has_at {
        mail::find(normal, &mut ranges);
    }
    if glance.digits >= FEWEST_DIGITS {
        accounts::find(normal, &mut ranges);
    }
    if glance.digits >= FEWEST_DIGITS_OF_NUMBER {
        digits::find_numbers(normal, &mut ranges);
    }
    ranges
}

/// What one cheap look at a text tells.
#[derive(Clone, Copy)]
struct Glance {
    /// At least the number of digits.
    digits: usize,
    has_at: bool,
    is_normal: bool,
}

impl Glance {
    fn at(text: &str) -> Self {
        let mut glance = Self { digits: 0, has_at: false, is_normal: true };
        for c in text.chars() {
            match c {
                '0'..='9' => glance.digits += 1,
                '@' => glance.has_at = true,
                'A'..='Z' => glance.is_normal = false,
                '\0'..='\u{7F}' => {}
                '\u{4E00}'..='\u{9FFF}' | '\u{3001}'..='\u{3020}' => {
                    glance.digits += usize::from(digits::chinese(c).is_some());
                }
                _ => glance.add_other(c),
            }
        }
        glance
    }

    /// Takes account of a character of which the normal form may be several digits, or an `@`.
    #[cold]
    fn add_other(&mut self, c: char) {
        self.is_normal = false;
        match c {
            '＠' | '﹫' => self.has_at = true,
            // Letters of other alphabets, kana, marks and punctuation.
            '\u{C0}'..='\u{58F}' | '\u{2000}'..='\u{206F}' | '\u{3040}'..='\u{30FF}' => {}
            '\u{FF01}'..='\u{FF0F}' | '\u{FF1A}'..='\u{FF5E}' => {}
            '０'..='９' => self.digits += 1,
            // Dates and amounts in one character have no more: ㏽, ㉟, ⑳.
            _ => self.digits += 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expected: bool, texts: &[&str]) {
        for text in texts {
            assert_eq!(is_private(text), expected, "{text}");
            assert_eq!(is_private(&normal_form(text)), expected, "normal form of {text}");
        }
    }

    #[track_caller]
    fn check_pieces(title: &str, expected: &[&str]) {
        assert_eq!(public_pieces(title), expected, "{title}");
    }

    #[test]
    fn mobile_numbers() {
        check(
            true,
            &[
                "13800138000",
                "电话13800138000找我",
                "138 0013 8000",
                "138-0013-8000",
                "+86 138 0013 8000",
                "+8613800138000",
                "86-13800138000",
                "008613800138000",
                "１３８００１３８０００",
                "138.0013.8000",
                "一三八零零一三八零零零",
                "幺三八〇〇幺三八〇〇〇",
                "壹叁捌零零壹叁捌零零零",
                "壹參捌零零壹參捌零零零",
                "1三8零013捌000",
                "找一13800138000",
                "①③⑧00138000",
                "1 3 8 0 0 1 3 8 0 0 0",
                "1-3-8-0-0-1-3-8-0-0-0",
                "1380013 8000",
                "138🙂0013🙂8000",
                "(138) 0013-8000",
                "2024 13800138000",
                "tel:13800138000wx",
                "1,3,8,0,0,1,3,8,0,0,0",
                "1\u{200B}3\u{200B}8\u{200B}00138000",
                "138*0013*8000",
                "13 80 01 38 00 0",
            ],
        );
        check(
            false,
            &[
                "1380013800",
                "138001380001",
                "12800138000",
                "23800138000",
                "13800000000",
                "139, 1999, 2999",
                "199/1999/2999元",
                "15,000,000,000",
                "1 3 5 7 9 11 13 15",
                "158.00 1999.00",
                "2024-06-18 12:30:45",
            ],
        );
    }

    #[test]
    fn fixed_lines() {
        check(
            true,
            &[
                "010-62345678",
                "01062345678",
                "0755-86013388",
                "0755 8601 3388",
                "(021)62345678",
                "０２１－６２３４５６７８",
                "0312-5901234",
            ],
        );
        check(
            false,
            &["400-820-8820", "4008208820", "800 810 8888", "000-62345678", "95588", "0.75586013388"],
        );
    }

    #[test]
    fn identity_cards() {
        check(
            true,
            &[
                "11010519491231002X",
                "身份证11010519491231002x丢了",
                "110105 19491231 002x",
                "110105491231002",
                "11010519491231 002Ｘ",
            ],
        );
        check(false, &["110105194912310021", "11010519491331002x", "990105491231002", "123456789012345678"]);
    }

    #[test]
    fn bank_cards() {
        check(
            true,
            &["4111111111111111", "4111 1111 1111 1111", "5500-0000-0000-0004", "卡号6222600260001072444"],
        );
        check(
            false,
            &["4111111111111112", "9787111111115", "6901234567892", "1718000000000", "4000000000000000"],
        );
    }

    #[test]
    fn accounts() {
        check(
            true,
            &[
                "qq 12345678",
                "QQ：12345678",
                "加qq12345",
                "扣扣号12345678",
                "qq群 12345678",
                "扣扣一二三四五六七",
                "微信 abc12345",
                "加微信lily888",
                "微信号：lily_888",
                "vx lily888",
                "wx: a1b2c3d4",
                "Ｖ信 abc12345",
                "weixin abc12345",
                "微信12345678",
                "wechat id abc12345",
                "我的qq是12345678",
            ],
        );
        check(
            false,
            &[
                "qq 2024",
                "qq音乐 100000首",
                "qq飞车12345678皮肤",
                "微信 8.0.50",
                "微信 iphone15",
                "微信小程序2024618",
                "微信 10000步",
                "微信支付 123456",
                "abcwx 12345678",
                "qq100000人",
                "wx-9000",
                "cqq 12345678",
            ],
        );
    }

    #[test]
    fn mail() {
        check(
            true,
            &[
                "abc.d@example.com",
                "联系邮箱abc.d@example.com吧",
                "a@qq.com",
                "ａ＠ｑｑ．ｃｏｍ",
                "abc @ qq。com",
            ],
        );
        check(false, &["@小红书", "react@18.2.0", "a@b", "@qq.com", "c@t", "@", "a@.com", "a@b.c"]);
    }

    #[test]
    fn ordinary_texts_are_public() {
        check(
            false,
            &[
                "",
                "rtx5090",
                "2024年618",
                "2024年618攻略",
                "iphone 17 pro max",
                "100000000",
                "g1234次列车",
                "9999元",
                "2024 618 攻略",
                "rtx5090价格9999元",
                "2024-2025学年",
                "3.1415926535",
                "1024x768 1920x1080",
                "i9-14900k",
                "2024年10月1日 20:00",
                "12306",
                "10086",
                "一二三四五六七八九十",
                "win11 23h2 22631.3007",
                "6.18",
                "a4 80g 500张",
                "1000000000000000",
                "三国演义一百二十回",
                "1937-1945",
                "2023 2024 2025 2026",
                "10.0.19045.4291",
            ],
        );
    }

    #[test]
    fn pieces_between_what_is_private() {
        check_pieces("联系邮箱abc.d@example.com吧", &["联系邮箱", "吧"]);
        check_pieces("电话13800138000找我", &["电话", "找我"]);
        check_pieces("电话138 0013 8000找我", &["电话", "找我"]);
        check_pieces("电话010-12345678找我", &["电话", "找我"]);
        check_pieces("电话一三八零零一三八零零零找我", &["电话", "找我"]);
        check_pieces("身份证11010519491231002x丢了", &["身份证", "丢了"]);
        check_pieces("看https://example.com/a?b=1 这里", &["看", " 这里"]);
        check_pieces("想要的加微信lily888哦", &["想要的加", "哦"]);
        check_pieces("编号12345678好", &["编号", "好"]);
        check_pieces("13800138000", &[]);
        check_pieces(" ", &[]);
        check_pieces("", &[]);
    }

    #[test]
    fn years_prices_and_models_stay() {
        for title in [
            "2024年618攻略",
            "2024 618 攻略",
            "rtx5090价格9999元",
            "iphone 17 pro max 怎么样",
            "2024-06-18发布",
        ] {
            check_pieces(title, &[title]);
        }
    }
}
