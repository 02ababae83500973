//! What a character is for cutting, as one look-up.

use crate::normal::three_byte_code;
use crate::script::is_ideographic;
use std::sync::LazyLock;
use unicode_normalization::char::is_combining_mark;

static CLASSES: LazyLock<Classes> = LazyLock::new(Classes::build);

/// What a character is for cutting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Ideographic,
    Letter,
    Digit,
    /// Belongs to what stands before it.
    Mark,
    Space,
    Other,
}

/// The classes of the basic plane; the others are computed.
pub(super) struct Classes {
    dense: Box<[Class; 0x1_0000]>,
}

impl Classes {
    pub(super) fn get() -> &'static Self {
        &CLASSES
    }

    fn build() -> Self {
        let mut dense = Box::new([Class::Other; 0x1_0000]);
        for (code, class) in (0..).zip(dense.iter_mut()) {
            *class = char::from_u32(code).map_or(Class::Other, classify);
        }
        Self { dense }
    }

    /// The class of the character at byte `at` and its length in bytes; none at the end.
    #[inline]
    pub(super) fn at(&self, text: &str, at: usize) -> Option<(Class, usize)> {
        let bytes = text.as_bytes();
        let first = *bytes.get(at)?;
        if first < 0x80 {
            return Some((self.dense[usize::from(first)], 1));
        }
        if let (0xE0..=0xEF, Some(&[second, third])) =
            (first, bytes.get(at + 1..at + 3).and_then(<[u8]>::as_array))
        {
            return Some((self.dense[usize::from(three_byte_code(first, second, third))], 3));
        }
        let c = text.get(at..)?.chars().next()?;
        Some((self.of(c), c.len_utf8()))
    }

    fn of(&self, c: char) -> Class {
        match u16::try_from(u32::from(c)) {
            Ok(code) => self.dense[usize::from(code)],
            Err(_) => classify(c),
        }
    }
}

fn classify(c: char) -> Class {
    if is_ideographic(c) {
        Class::Ideographic
    } else if is_combining_mark(c) {
        Class::Mark
    } else if c.is_alphabetic() {
        Class::Letter
    } else if c.is_numeric() {
        Class::Digit
    } else if c.is_whitespace() {
        Class::Space
    } else {
        Class::Other
    }
}
