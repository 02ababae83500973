//! Why a text is not in an answer: the first stage that dropped it.

use suggest::{Candidate, Evidence, Overlay, Route, Rules, Settings, Snapshot, Weights, WhyNot};

use crate::support::{base, snapshot, submitted, with};

const ENTRIES: &[(&str, u64)] = &[("美食", 90), ("美食推荐", 80), ("美食街", 70)];

fn verdict(snapshot: &Snapshot, keyword: &str, text: &str) -> WhyNot {
    snapshot.why_not(keyword, text, 2, 0)
}

#[test]
fn each_stage_has_its_verdict() {
    let plain = snapshot(ENTRIES);
    assert_eq!(verdict(&plain, "美食", "美食推荐"), WhyNot::Shown { position: 2 });
    assert_eq!(verdict(&plain, " ", "美食"), WhyNot::Empty);
    assert_eq!(verdict(&plain, "美食", "夜市"), WhyNot::NoEntry);
    assert_eq!(verdict(&plain, "夜", "美食街"), WhyNot::NoRoute);
    assert_eq!(verdict(&plain, "138", "电话13800138000"), WhyNot::Private);
    let rank = verdict(&plain, "美食", "美食街");
    assert!(matches!(rank, WhyNot::Rank { route: Route::Prefix, place: Some(3), .. }), "{rank:?}");
}

#[test]
fn rules_and_overlays_have_theirs() {
    let ban = Rules::new(Vec::new(), &[(7, "美食街".to_owned())], &[], false).expect("a word");
    let banned = Snapshot { rules: ban.into(), ..snapshot(ENTRIES) };
    assert_eq!(verdict(&banned, "美食", "美食街"), WhyNot::Banned { rule: 7 });
    assert_eq!(verdict(&banned, "美食街", "美食"), WhyNot::TypedBanned { rule: 7 });
    let overlay = Overlay::new(&[], ["美食街".to_owned()], 0, 0, &Weights::DEFAULT);
    let hidden = Snapshot { overlay: overlay.into(), ..snapshot(ENTRIES) };
    assert_eq!(verdict(&hidden, "美食", "美食街"), WhyNot::Hidden);
    let later = Candidate { valid_from: Some(9), ..Candidate::new("美食节", Evidence::of_entry(5)) };
    let timed = Snapshot::of_base(base(&[later, submitted("美食", 1)]));
    assert_eq!(
        verdict(&timed, "美食", "美食节"),
        WhyNot::OutsideItsTime { valid_from: Some(9), valid_to: None }
    );
}

#[test]
fn routes_and_repairs_have_theirs() {
    let plain = snapshot(ENTRIES);
    let off = with(&plain, Settings::default().with_enabled(Route::Pinyin, false));
    assert_eq!(verdict(&off, "meishi", "美食街"), WhyNot::RouteDisabled { route: Route::Pinyin });
    let both = snapshot(&[("连衣裙", 5), ("连衣", 3), ("连衣群", 4), ("连衣群主", 2)]);
    assert_eq!(
        verdict(&both, "连衣群", "连衣裙"),
        WhyNot::RepairNotNeeded { route: Route::Homophone, found: 2 }
    );
}
