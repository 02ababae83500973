//! The keys of the ways that lead to a suggestion: two for every route, one for every pair of sounds.

use engine::{FuzzyPairs, Route};
use toml::Value;

use super::Key;
use crate::config::Config;

/// The two keys of every route.
macro_rules! routes {
    ($($name:literal $route:ident),* $(,)?) => {
        &[$(
            Key {
                name: concat!("suggest.routes.", $name, ".enabled"),
                help: "whether this route leads to suggestions",
                set: |config, given| given.boolean().map(|enabled| set_enabled(config, Route::$route, enabled)),
                get: |config| config.suggest.settings.route(Route::$route).enabled.into(),
            },
            Key {
                name: concat!("suggest.routes.", $name, ".penalty"),
                help: "doublings of weight that a hit of this route stands lower, 0 to 64",
                set: |config, given| given.number(0.0..=64.0).map(|penalty| set_penalty(config, Route::$route, penalty)),
                get: |config| penalty(config, Route::$route),
            },
        )*]
    };
}

/// The key of every pair of sounds.
macro_rules! pairs {
    ($($name:literal $sounds:literal),* $(,)?) => {
        &[$(Key {
            name: concat!("suggest.fuzzy.", $name),
            help: concat!("whether the fuzzy route takes ", $sounds, " for one another"),
            set: |config, given| given.boolean().map(|taken| set_pair(config, $name, taken)),
            get: |config| has_pair(config, $name).into(),
        }),*]
    };
}

/// `suggest.routes.NAME.enabled` and `suggest.routes.NAME.penalty`.
pub(super) const ROUTES: &[Key] = routes! {
    "prefix" Prefix,
    "word_break" WordBreak,
    "any_order" AnyOrder,
    "pinyin" Pinyin,
    "initials" Initials,
    "mixed" Mixed,
    "homophone" Homophone,
    "fuzzy" Fuzzy,
    "typo" Typo,
    "look_alike" LookAlike,
};

/// `suggest.fuzzy.NAME`.
pub(super) const FUZZY: &[Key] = pairs! {
    "z_zh" "z and zh",
    "c_ch" "c and ch",
    "s_sh" "s and sh",
    "n_l" "n and l",
    "r_l" "r and l",
    "f_h" "f and h",
    "an_ang" "an and ang",
    "en_eng" "en and eng",
    "in_ing" "in and ing",
};

fn set_enabled(config: &mut Config, route: Route, enabled: bool) {
    let settings = std::mem::take(&mut config.suggest.settings);
    config.suggest.settings = settings.with_enabled(route, enabled);
}

fn set_penalty(config: &mut Config, route: Route, penalty: f64) {
    let settings = std::mem::take(&mut config.suggest.settings);
    config.suggest.settings = settings.with_penalty(route, penalty as f32);
}

/// The penalty as it would be written, not with the digits that `f32` adds to a decimal number.
fn penalty(config: &Config, route: Route) -> Value {
    let penalty = config.suggest.settings.route(route).penalty;
    penalty.to_string().parse().unwrap_or(f64::from(penalty)).into()
}

fn pair(name: &str) -> FuzzyPairs {
    FuzzyPairs::from_name(name).unwrap_or(FuzzyPairs::NONE)
}

fn set_pair(config: &mut Config, name: &str, taken: bool) {
    let pairs = config.suggest.settings.fuzzy;
    config.suggest.settings.fuzzy = if taken { pairs.with(pair(name)) } else { pairs.without(pair(name)) };
}

fn has_pair(config: &Config, name: &str) -> bool {
    config.suggest.settings.fuzzy.contains(pair(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tables above name what the engine has: all of it, in its order.
    #[test]
    fn every_route_and_every_pair_has_its_keys() {
        let routes: Vec<String> = Route::ALL
            .iter()
            .flat_map(|route| {
                ["enabled", "penalty"].map(|key| format!("suggest.routes.{}.{key}", route.name()))
            })
            .collect();
        assert_eq!(ROUTES.iter().map(|key| key.name).collect::<Vec<_>>(), routes);
        let pairs: Vec<String> =
            FuzzyPairs::names().map(|(name, _)| format!("suggest.fuzzy.{name}")).collect();
        assert_eq!(FUZZY.iter().map(|key| key.name).collect::<Vec<_>>(), pairs);
    }

    #[test]
    fn the_book_has_the_usual_penalties() {
        let book = include_str!("../../../../../docs/CONFIGURATION.md");
        for route in Route::ALL {
            let cells = format!("| `{}` | {} |", route.name(), route.usual_penalty());
            assert!(book.contains(&cells), "{cells}");
        }
    }
}
