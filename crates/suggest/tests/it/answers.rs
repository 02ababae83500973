//! The order of whole answers, against looking at every entry.

use std::cmp::Reverse;

use proptest::prelude::*;
use suggest::{Explained, Route, Settings, Snapshot};

use crate::oracle;
use crate::support::{base, only, with};

fn name(item: &Explained) -> (String, u8) {
    (item.key.clone(), item.suggestion.class)
}

/// An answer of all exact routes must be what the answers of each alone make, each entry by its best route.
fn merged(snapshot: &Snapshot, keyword: &str, now: i64) -> Vec<((String, u8), i64)> {
    let mut best: Vec<((String, u8), i64)> = Vec::new();
    for route in Route::ALL.into_iter().filter(|route| !route.is_repair()) {
        for item in with(snapshot, only(&[route])).explain(keyword, 10_000, now).items {
            if item.suggestion.route.is_repair() {
                continue;
            }
            let score = (item.score * 512.0).round() as i64;
            match best.iter_mut().find(|(known, _)| *known == name(&item)) {
                Some((_, known)) => *known = score.max(*known),
                None => best.push((name(&item), score)),
            }
        }
    }
    best.sort_by_key(|&(_, score)| Reverse(score));
    best
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn each_exact_route_equals_a_scan(
        candidates in oracle::candidates(),
        keywords in prop::collection::vec(oracle::keyword(), 12),
        now in 0..14i64,
    ) {
        let snapshot = Snapshot::of_base(base(&candidates));
        let entries = oracle::entries(&candidates, now);
        for keyword in &keywords {
            for route in Route::ALL.into_iter().filter(|route| !route.is_repair()) {
                let items = with(&snapshot, only(&[route])).explain(keyword, 1000, now).items;
                prop_assert!(items.is_sorted_by(|one, two| one.score >= two.score));
                let mut found: Vec<_> = items.iter().map(|item| item.key.clone()).collect();
                let mut expected = oracle::reached(&entries, keyword, route);
                found.sort();
                expected.sort();
                if oracle::is_whole(keyword, route) {
                    prop_assert_eq!(&found, &expected, "keyword {} by {:?}", keyword, route);
                } else {
                    prop_assert!(found.iter().all(|key| expected.contains(key)), "keyword {} by {:?}", keyword, route);
                }
            }
        }
    }

    #[test]
    fn the_best_of_all_routes_come_first(
        candidates in oracle::candidates(),
        keywords in prop::collection::vec(oracle::keyword(), 8),
        now in 0..14i64,
        limit in prop_oneof![Just(15usize), 0..20usize],
    ) {
        let mut settings = Settings::default();
        settings.repairs_below = 0;
        let snapshot = with(&Snapshot::of_base(base(&candidates)), settings);
        for keyword in &keywords {
            let items = snapshot.explain(keyword, limit, now).items;
            let mut expected = merged(&snapshot, keyword, now);
            expected.truncate(limit);
            let scores: Vec<i64> = items.iter().map(|item| (item.score * 512.0).round() as i64).collect();
            let expected: Vec<i64> = expected.iter().map(|(_, score)| *score).collect();
            prop_assert_eq!(scores.len(), expected.len(), "keyword {}", keyword);
            // The last place of a full list may be that of an entry that is wholly what was typed.
            let compared = if scores.len() < limit { limit } else { limit.saturating_sub(1) };
            prop_assert!(scores.iter().zip(&expected).take(compared).all(|(one, two)| one == two), "keyword {}", keyword);
            prop_assert!(scores.last() <= expected.last(), "keyword {}", keyword);
            let mut names: Vec<_> = items.iter().map(name).collect();
            names.sort();
            let count = names.len();
            names.dedup();
            prop_assert_eq!(names.len(), count, "keyword {}: each once", keyword);
            let plain: Vec<_> = snapshot.suggest(keyword, limit, now).items;
            prop_assert_eq!(plain, items.into_iter().map(|item| item.suggestion).collect::<Vec<_>>());
        }
    }

    #[test]
    fn no_repair_stands_above_an_exact_hit(
        candidates in oracle::candidates(),
        keywords in prop::collection::vec(oracle::keyword(), 12),
        penalties in prop::collection::vec(0.0..64.0f32, 10),
    ) {
        let settings = Route::ALL
            .into_iter()
            .zip(&penalties)
            .fold(Settings::default(), |settings, (route, &penalty)| settings.with_penalty(route, penalty));
        let snapshot = with(&Snapshot::of_base(base(&candidates)), settings);
        for keyword in &keywords {
            let items = snapshot.explain(keyword, 15, 5).items;
            prop_assert!(items.is_sorted_by_key(|item| item.suggestion.route.is_repair()), "keyword {}", keyword);
            for group in items.chunk_by(|one, two| one.suggestion.route.is_repair() == two.suggestion.route.is_repair()) {
                prop_assert!(group.is_sorted_by(|one, two| one.score >= two.score), "keyword {}", keyword);
            }
        }
    }
}
