//! The ways from what was typed to an entry, and what each of them costs.

use text::fuzzy::Pairs;

use crate::score::Loss;

/// How a suggestion was reached. The first six are exact: what was typed is part of the text, or the way a part of
/// it is typed. The others repair what was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Route {
    /// The text begins with what was typed.
    Prefix,
    /// What was typed stands in the text, from the beginning of a later word on.
    WordBreak,
    /// Every typed word stands in the text, the last one as the beginning of a word.
    AnyOrder,
    /// A reading of the text in full pinyin begins with what was typed.
    Pinyin,
    /// The initials of a reading of the text begin with what was typed.
    Initials,
    /// Hanzi, syllables and initials, each for one character, in the order of the text.
    Mixed,
    /// Other characters of the same sound were typed.
    Homophone,
    /// Pinyin was typed with a sound that is often taken for another.
    Fuzzy,
    /// A letter is wrong, missing, too much, or changed places with its neighbour.
    Typo,
    /// A character that looks like the right one was typed.
    LookAlike,
}

impl Route {
    /// All routes, the exact ones first.
    pub const ALL: [Self; 10] = [
        Self::Prefix,
        Self::WordBreak,
        Self::AnyOrder,
        Self::Pinyin,
        Self::Initials,
        Self::Mixed,
        Self::Homophone,
        Self::Fuzzy,
        Self::Typo,
        Self::LookAlike,
    ];

    /// The name in configuration and explanations.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Prefix => "prefix",
            Self::WordBreak => "word_break",
            Self::AnyOrder => "any_order",
            Self::Pinyin => "pinyin",
            Self::Initials => "initials",
            Self::Mixed => "mixed",
            Self::Homophone => "homophone",
            Self::Fuzzy => "fuzzy",
            Self::Typo => "typo",
            Self::LookAlike => "look_alike",
        }
    }

    /// The route of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|route| route.name() == name)
    }

    /// Whether it repairs what was typed: such a hit stands below every exact one.
    pub const fn is_repair(self) -> bool {
        self as u8 >= Self::Homophone as u8
    }

    /// The usual penalty in doublings, see [`crate::Weights`].
    pub const fn usual_penalty(self) -> f32 {
        match self {
            Self::Prefix | Self::Homophone => 0.0,
            Self::Pinyin | Self::Fuzzy | Self::LookAlike => 1.0,
            Self::Typo => 2.0,
            Self::Initials | Self::Mixed => 4.0,
            Self::WordBreak => 24.0,
            Self::AnyOrder => 26.0,
        }
    }
}

/// Whether a route is used, and what it costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RouteSetting {
    /// Whether it is used at all.
    pub enabled: bool,
    /// Doublings that its hits stand lower, 0 to 64.
    pub penalty: f32,
}

/// What an operator may set about the routes.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    routes: [RouteSetting; Route::ALL.len()],
    /// The penalties once more, as scores are lowered by them: every hit of a request is.
    losses: [Loss; Route::ALL.len()],
    /// The sounds that the fuzzy route takes for one another.
    pub fuzzy: Pairs,
    /// Repairs are tried when there are fewer suggestions than this, and than were asked for.
    pub repairs_below: usize,
    /// Wrong letters and look-alike characters, which cost the most and mean the least where something else was
    /// found, are tried when there are fewer than this.
    pub slips_below: usize,
}

impl Settings {
    /// The setting of a route.
    pub fn route(&self, route: Route) -> RouteSetting {
        self.routes[route as usize]
    }

    /// What a hit of a route is lowered by.
    pub(crate) fn loss(&self, route: Route) -> Loss {
        self.losses[route as usize]
    }

    /// The repairs in the order in which they are tried, each group with the number of suggestions below which it is.
    pub(crate) fn repairs(&self) -> [(&'static [Route], usize); 2] {
        [
            (&[Route::Homophone, Route::Fuzzy], self.repairs_below),
            (&[Route::Typo, Route::LookAlike], self.repairs_below.min(self.slips_below)),
        ]
    }

    /// The number of suggestions below which a repair is tried.
    pub(crate) fn tried_below(&self, repair: Route) -> usize {
        let groups = self.repairs().into_iter();
        groups.filter(|(routes, _)| routes.contains(&repair)).map(|(_, below)| below).next().unwrap_or(0)
    }

    /// Sets whether a route is used.
    #[must_use]
    pub fn with_enabled(mut self, route: Route, enabled: bool) -> Self {
        self.routes[route as usize].enabled = enabled;
        self
    }

    /// Sets a route's penalty in doublings; kept within 0 to 64.
    #[must_use]
    pub fn with_penalty(mut self, route: Route, penalty: f32) -> Self {
        let penalty = if penalty.is_nan() { 0.0 } else { penalty.clamp(0.0, 64.0) };
        self.routes[route as usize].penalty = penalty;
        self.losses[route as usize] = Loss::of_doublings(f64::from(penalty));
        self
    }
}

impl Default for Settings {
    fn default() -> Self {
        let routes = Route::ALL.map(|route| RouteSetting { enabled: true, penalty: route.usual_penalty() });
        let losses = routes.map(|route| Loss::of_doublings(f64::from(route.penalty)));
        Self { routes, losses, fuzzy: Pairs::ALL, repairs_below: 15, slips_below: 5 }
    }
}
