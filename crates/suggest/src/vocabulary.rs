//! Texts and their numbers.

use std::collections::HashMap;

/// Numbers texts in the order in which they are first met.
#[derive(Debug, Default)]
pub(crate) struct Vocabulary {
    numbers: HashMap<Box<str>, u32>,
    texts: Vec<Box<str>>,
}

impl Vocabulary {
    /// The number of a text; a new one if it was not met before.
    pub(crate) fn number(&mut self, text: &str) -> u32 {
        if let Some(&number) = self.numbers.get(text) {
            return number;
        }
        let number = self.texts.len() as u32;
        self.texts.push(text.into());
        self.numbers.insert(text.into(), number);
        number
    }

    /// The text of a number that was given.
    pub(crate) fn text(&self, number: u32) -> &str {
        &self.texts[number as usize]
    }

    /// All texts, by number.
    pub(crate) fn texts(&self) -> &[Box<str>] {
        &self.texts
    }
}
