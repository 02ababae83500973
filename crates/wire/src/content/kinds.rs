//! The three kinds of content and sets of them.

use std::fmt;

use super::ParameterError;

/// What kind of content an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum GroupType {
    /// A graphic article, 图文.
    Tuwen,
    /// A horizontal video, 短视频.
    XiguaVideo,
    /// A vertical video, 小视频.
    ShortVideo,
}

impl GroupType {
    /// Every kind, in the order of its bit.
    pub const ALL: [Self; 3] = [Self::Tuwen, Self::XiguaVideo, Self::ShortVideo];

    /// The name in `need_group_types` and `group_type`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tuwen => "tuwen",
            Self::XiguaVideo => "xigua_video",
            Self::ShortVideo => "short_video",
        }
    }

    /// The name in an item's `article_type`.
    pub const fn article_type(self) -> &'static str {
        match self {
            Self::Tuwen => "图文",
            Self::XiguaVideo => "短视频",
            Self::ShortVideo => "小视频",
        }
    }

    /// The kind with this [`GroupType::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The kind with this [`GroupType::article_type`].
    pub fn from_article_type(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.article_type() == name)
    }

    /// The kind's one bit in a [`TypeSet`]: also the number that a store may keep.
    pub const fn bit(self) -> u8 {
        match self {
            Self::Tuwen => 1,
            Self::XiguaVideo => 1 << 1,
            Self::ShortVideo => 1 << 2,
        }
    }

    /// The kind with this [`GroupType::bit`].
    pub fn from_bit(bit: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.bit() == bit)
    }

    /// Whether it is one of the two kinds of video.
    pub const fn is_video(self) -> bool {
        !matches!(self, Self::Tuwen)
    }

    /// Width and height of the cover that the server draws for an item without one.
    pub const fn drawn_cover_size(self) -> (u32, u32) {
        match self {
            Self::Tuwen => (720, 480),
            Self::XiguaVideo => (1280, 720),
            Self::ShortVideo => (720, 1280),
        }
    }
}

/// A set of kinds: what a search asks for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TypeSet(u8);

impl TypeSet {
    /// All three kinds, also what a search without `need_group_types` means.
    pub const ALL: Self = Self(7);

    /// Reads `need_group_types`: names joined by an ASCII comma; empty means all.
    ///
    /// # Errors
    /// When a name is not one of the three.
    pub fn parse(text: &str) -> Result<Self, ParameterError> {
        if text.is_empty() {
            return Ok(Self::ALL);
        }
        let mut bits = 0;
        for name in text.split(',') {
            let kind = GroupType::from_name(name).ok_or_else(|| {
                ParameterError::new(
                    "need_group_types",
                    "may hold only tuwen, xigua_video and short_video, joined by a comma without spaces",
                )
            })?;
            bits |= kind.bit();
        }
        Ok(Self(bits))
    }

    /// The set with these bits; `None` for an empty one or an unknown bit.
    pub const fn from_bits(bits: u8) -> Option<Self> {
        if bits == 0 || bits > Self::ALL.0 { None } else { Some(Self(bits)) }
    }

    /// The set's bits, see [`GroupType::bit`].
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Whether `kind` is in the set.
    pub const fn contains(self, kind: GroupType) -> bool {
        self.0 & kind.bit() != 0
    }

    /// The kinds of the set, in the order of their bits.
    pub fn iter(self) -> impl Iterator<Item = GroupType> {
        GroupType::ALL.into_iter().filter(move |kind| self.contains(*kind))
    }
}

impl FromIterator<GroupType> for TypeSet {
    /// Collects kinds; no kind at all means all of them, as on the wire.
    fn from_iter<I: IntoIterator<Item = GroupType>>(kinds: I) -> Self {
        let bits = kinds.into_iter().fold(0, |bits, kind| bits | kind.bit());
        Self::from_bits(bits).unwrap_or(Self::ALL)
    }
}

impl Default for TypeSet {
    fn default() -> Self {
        Self::ALL
    }
}

impl fmt::Display for TypeSet {
    /// The form of `need_group_types`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, kind) in self.iter().enumerate() {
            if index > 0 {
                formatter.write_str(",")?;
            }
            formatter.write_str(kind.name())?;
        }
        Ok(())
    }
}

impl fmt::Debug for TypeSet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "TypeSet({self})")
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn sets_are_read_and_written() {
        for bits in 1..=7 {
            let set = TypeSet::from_bits(bits).unwrap();
            assert_eq!(TypeSet::parse(&set.to_string()).unwrap(), set);
            assert_eq!(set.iter().collect::<TypeSet>(), set);
        }
        assert_eq!(TypeSet::parse("").unwrap(), TypeSet::ALL);
        assert_eq!(TypeSet::parse("short_video,tuwen,tuwen").unwrap().bits(), 5);
        assert_eq!(TypeSet::from_bits(0), None);
        assert_eq!(TypeSet::from_bits(8), None);
    }

    #[test]
    fn unknown_names_are_refused() {
        for text in ["video", "tuwen,", ",", "tuwen, short_video", "Tuwen", "tuwen，short_video"] {
            assert_eq!(TypeSet::parse(text).unwrap_err().parameter, "need_group_types", "{text}");
        }
    }

    #[test]
    fn kinds_have_two_names_and_a_bit() {
        for kind in GroupType::ALL {
            assert_eq!(GroupType::from_name(kind.name()), Some(kind));
            assert_eq!(GroupType::from_article_type(kind.article_type()), Some(kind));
            assert_eq!(GroupType::from_bit(kind.bit()), Some(kind));
        }
    }
}
