//! Characters by short numbers, in the order in which they were first seen.

/// What no text holds, and what lies outside of the basic plane (some emoji, very rare hanzi).
pub(super) const UNKNOWN: u16 = 0;
/// Stands twice in front of every text.
pub(super) const START: u16 = 1;
/// Stands behind every text.
pub(super) const END: u16 = 2;
/// Stands behind [`END`], so that every pair begins a triple.
pub(super) const STOP: u16 = 3;
/// The first number of a character.
const FIRST: u16 = 4;

/// Code points that may have a number. Without the surrogates they are few enough for 16 bits beside the four above.
const PLANE: usize = 1 << 16;

/// The characters of all texts.
pub(super) struct Alphabet {
    by_code: Box<[u16]>,
    characters: Vec<char>,
}

impl Alphabet {
    pub(super) fn new() -> Self {
        Self { by_code: vec![UNKNOWN; PLANE].into_boxed_slice(), characters: Vec::new() }
    }

    /// The number of a character.
    pub(super) fn number(&self, c: char) -> u16 {
        self.by_code.get(c as usize).copied().unwrap_or(UNKNOWN)
    }

    /// The number of a character, given now if it has none.
    pub(super) fn take_in(&mut self, c: char) -> u16 {
        let Some(number) = self.by_code.get_mut(c as usize) else { return UNKNOWN };
        if *number == UNKNOWN
            && let Ok(next) = u16::try_from(self.characters.len() + usize::from(FIRST))
        {
            *number = next;
            self.characters.push(c);
        }
        *number
    }

    /// The character of a number.
    pub(super) fn character(&self, number: u16) -> Option<char> {
        self.characters.get(usize::from(number.checked_sub(FIRST)?)).copied()
    }

    /// Every character with its number.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u16, char)> + '_ {
        (FIRST..).zip(self.characters.iter().copied())
    }

    /// One more than the last number.
    pub(super) fn len(&self) -> usize {
        self.characters.len() + usize::from(FIRST)
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.by_code) + self.characters.capacity() * size_of::<char>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lead_there_and_back() {
        let mut alphabet = Alphabet::new();
        assert_eq!(alphabet.number('美'), UNKNOWN);
        let taken = alphabet.take_in('美');
        assert_eq!((alphabet.take_in('美'), alphabet.number('美')), (taken, taken));
        assert_eq!(alphabet.character(taken), Some('美'));
        assert_eq!((alphabet.take_in('🙂'), alphabet.number('🙂')), (UNKNOWN, UNKNOWN));
        assert_eq!([UNKNOWN, START, END, STOP].map(|number| alphabet.character(number)), [None; 4]);
        assert_eq!(alphabet.iter().collect::<Vec<_>>(), [(taken, '美')]);
    }

    #[test]
    fn every_character_of_the_plane_has_room() {
        let mut alphabet = Alphabet::new();
        let plane = || (0..PLANE as u32).filter_map(char::from_u32);
        plane().for_each(|c| assert_ne!(alphabet.take_in(c), UNKNOWN));
        plane().for_each(|c| assert_eq!(alphabet.character(alphabet.number(c)), Some(c)));
    }
}
