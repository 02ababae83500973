//! What changed since the base was built, and how recent submissions fade.

use suggest::{BuildOptions, Candidate, Evidence, Overlay, Snapshot, Source, Weights};

use crate::support::{builder, submitted, texts};

const HOUR: i64 = 3600;
const NOW: i64 = 500_000 * HOUR;

fn of_hours(text: &str, hours: &[(i64, i64)], now: i64) -> Candidate {
    Candidate::new(text, Evidence::of_hours(hours.iter().copied(), now, &Weights::DEFAULT))
}

fn snapshot(candidates: &[Candidate]) -> Snapshot {
    Snapshot::of_base(builder(candidates, BuildOptions { at: NOW, ..BuildOptions::default() }).build())
}

fn with_overlay(snapshot: &Snapshot, candidates: &[Candidate], hidden: &[&str], now: i64) -> Snapshot {
    let hidden = hidden.iter().map(|&key| key.to_owned());
    let overlay = Overlay::new(candidates, hidden, snapshot.base.at(), now, &Weights::DEFAULT);
    Snapshot { overlay: overlay.into(), ..snapshot.clone() }
}

#[test]
fn new_entries_stand_beside_those_of_the_base() {
    let base = snapshot(&[submitted("美食", 10), submitted("美食街", 2)]);
    let both = with_overlay(&base, &[submitted("美食节", 5)], &[], NOW);
    assert_eq!(texts(&both, "美食"), ["美食", "美食节", "美食街"]);
    assert_eq!(both.explain("美食节", 15, NOW).items[0].source, Source::Overlay);
    assert_eq!((both.overlay.len(), both.overlay.is_empty()), (1, false));
}

#[test]
fn a_changed_entry_takes_the_place_of_the_bases() {
    let base = snapshot(&[submitted("美食", 10), submitted("美食街", 2)]);
    let changed = with_overlay(&base, &[submitted("美食街", 30)], &[], NOW);
    assert_eq!(texts(&changed, "美食"), ["美食街", "美食"]);
    assert_eq!(texts(&changed, "meishi"), ["美食街", "美食"]);
}

#[test]
fn what_is_hidden_is_gone_from_every_route() {
    let base = snapshot(&[submitted("美食", 10), submitted("美食街", 2)]);
    let hidden = with_overlay(&base, &[], &["美食街"], NOW);
    for keyword in ["美食", "meishi", "msj", "食街", "美食jie"] {
        assert!(!texts(&hidden, keyword).contains(&"美食街".to_owned()), "{keyword}");
    }
    assert_eq!(hidden.overlay.hidden_len(), 1);
}

#[test]
fn recent_submissions_lift_an_entry_and_fade() {
    let yesterday = 500_000 - 24;
    let base = snapshot(&[
        of_hours("美食老店", &[(499_000, 4_000), (498_000, 4_000)], NOW),
        of_hours("美食新店", &[(499_999, 10)], NOW),
        of_hours("美食昨天", &[(yesterday, 10)], NOW),
    ]);
    assert!(base.base.hot() >= 2);
    let at = |now: i64| -> Vec<String> {
        base.suggest("美食", 15, now).items.into_iter().map(|item| item.text).collect()
    };
    assert_eq!(at(NOW), ["美食新店", "美食老店", "美食昨天"]);
    // A week later what was recent has faded, and nothing had to be written for it.
    assert_eq!(at(NOW + 7 * 24 * HOUR)[0], "美食老店");
}

#[test]
fn an_overlay_made_later_compares_with_the_base() {
    // Both were asked as often at the same time; the one in the overlay is told for a week later.
    let hours = [(499_000, 64)];
    let base = snapshot(&[of_hours("美食一", &hours, NOW)]);
    let later = NOW + 7 * 24 * HOUR;
    let both = with_overlay(&base, &[of_hours("美食二", &hours, later)], &[], later);
    let items = both.explain("美食", 15, later).items;
    assert!((items[0].score - items[1].score).abs() < 0.01, "{items:?}");
}

#[test]
fn a_changed_entry_takes_the_place_whatever_became_of_it() {
    let entry = |weight: u64| Candidate::new("秋游装备", Evidence::of_entry(weight));
    let old = Candidate { extra: b"a".to_vec(), ..entry(1_000) };
    let base = snapshot(&[old, submitted("秋游", 10)]);
    let lower = with_overlay(&base, &[Candidate { extra: b"b".to_vec(), ..entry(1) }], &[], NOW);
    let items = lower.suggest("秋游", 15, NOW).items;
    assert_eq!(items.iter().map(|item| item.text.as_str()).collect::<Vec<_>>(), ["秋游", "秋游装备"]);
    assert_eq!(items[1].extra, b"b");
    let ended = with_overlay(&base, &[Candidate { valid_to: Some(NOW), ..entry(1_000) }], &[], NOW);
    assert_eq!(texts(&ended, "秋游"), ["秋游装备", "秋游"], "before its end");
    let shown = ended.suggest("秋游", 15, NOW).items;
    assert_eq!(shown.len(), 1, "at its end: {shown:?}");
    assert!(ended.by_sound("qiuyouzhuangbei").is_empty());
    assert_eq!(
        lower.by_sound("qiuyouzhuangbei"),
        ["秋游装备"],
        "an entry of the overlay is found by its sound too"
    );
}
