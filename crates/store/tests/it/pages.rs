use std::collections::HashMap;

use proptest::prelude::*;
use store::pages::{CallerKey, LIFETIME_MS, ListKey, PageFigures, PageList, PageLists, Rest};

fn list(length: usize, first: i64) -> PageList {
    PageList {
        ids: (first..first + length as i64).collect(),
        scores: vec![0.5; length].into(),
        search_id: "s".into(),
        ..PageList::default()
    }
}

#[test]
fn the_end_of_a_list_is_made_once_and_when_it_is_reached() {
    let made = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = std::sync::Arc::clone(&made);
    let rest = Rest::new(100, move || {
        counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        (Box::new([13, 14]), Box::new([0.25]))
    });
    let list = PageList { rest, ..list(3, 10) };
    let times = || made.load(std::sync::atomic::Ordering::Relaxed);
    assert_eq!(
        (list.len_within(3), list.ids_from(1).next(), list.get(2), times()),
        (3, Some(11), Some((12, 0.5)), 0)
    );
    assert_eq!(list.ids_from(2).collect::<Vec<_>>(), [12, 13, 14]);
    assert_eq!((list.get(3), list.get(4), list.get(5)), (Some((13, 0.25)), Some((14, 0.0)), None));
    assert_eq!((list.len_within(4), list.len_within(9), times()), (4, 5, 1));
    let alone = PageLists::new(1 << 20);
    alone.put(ListKey(1), CallerKey(1), list, 0);
    assert_eq!(alone.figures().bytes, bytes(3) + 100);
}

/// The bytes that one list of that length counts for.
fn bytes(length: usize) -> usize {
    let lists = PageLists::new(1 << 20);
    lists.put(ListKey(1), CallerKey(1), list(length, 0), 0);
    lists.figures().bytes
}

#[test]
fn a_list_lives_ten_minutes_after_its_last_use() {
    let lists = PageLists::new(1 << 20);
    let (key, caller) = (ListKey(7), CallerKey(1));
    assert!(lists.get(&key, 0, false).is_none());
    assert_eq!(lists.put(key, caller, list(3, 10), 0).ids, list(3, 10).ids);
    assert_eq!(lists.get(&key, LIFETIME_MS - 1, true).unwrap().ids[..], [10, 11, 12]);
    assert_eq!(lists.latest(&caller, 2 * LIFETIME_MS - 2), Some(key));
    assert_eq!(lists.latest(&caller, 2 * LIFETIME_MS - 1), None);
    assert!(lists.get(&key, 2 * LIFETIME_MS - 1, true).is_none());
    assert_eq!(lists.figures(), PageFigures::default(), "a list whose time was over is not an eviction");
}

#[test]
fn lists_whose_time_is_over_go_without_others_coming() {
    let lists = PageLists::new(1 << 20);
    lists.put(ListKey(1), CallerKey(1), list(3, 0), 0);
    lists.put(ListKey(2), CallerKey(2), list(3, 0), 1);
    lists.expire(LIFETIME_MS);
    assert_eq!((lists.figures().lists, lists.figures().evicted), (1, 0));
    lists.expire(LIFETIME_MS + 1);
    assert_eq!(lists.figures(), PageFigures::default());
    assert_eq!(lists.latest(&CallerKey(2), 2), None);
}

#[test]
fn the_latest_list_of_a_caller() {
    let lists = PageLists::new(1 << 20);
    let (one, two) = (CallerKey(1), CallerKey(2));
    lists.put(ListKey(1), one, list(1, 0), 0);
    lists.put(ListKey(2), two, list(1, 0), 1);
    lists.put(ListKey(3), one, list(1, 0), 2);
    assert_eq!(lists.latest(&one, 3), Some(ListKey(3)));
    assert_eq!(lists.latest(&two, 3), Some(ListKey(2)));
    assert_eq!(lists.latest(&CallerKey(3), 3), None);
}

#[test]
fn lists_asked_for_a_second_page_go_last() {
    let room = 4 * bytes(10);
    let lists = PageLists::new(room);
    let put = |key, now| lists.put(ListKey(key), CallerKey(key), list(10, 0), now);
    let alive = |key| lists.latest(&CallerKey(key), 100).is_some();
    (1..=4).for_each(|key| drop(put(key, key as i64)));
    lists.get(&ListKey(1), 5, true).unwrap();
    lists.get(&ListKey(2), 6, false).unwrap();
    put(5, 7);
    assert_eq!([1, 2, 3, 4, 5].map(alive), [true, true, false, true, true], "3 was unused longest");
    put(6, 8);
    put(7, 9);
    assert_eq!([1, 2, 4, 5, 6, 7].map(alive), [true, false, false, true, true, true]);
    for key in [5, 6, 7] {
        lists.get(&ListKey(key), 10, true).unwrap();
    }
    put(8, 11);
    assert_eq!(
        [1, 5, 6, 7, 8].map(alive),
        [false, true, true, true, true],
        "none is left with one page only"
    );
    put(9, 12);
    assert_eq!([5, 8, 9].map(alive), [true, false, true], "8 had one page");
    assert_eq!(lists.figures(), PageFigures { lists: 4, bytes: room, evicted: 5 });
}

#[test]
fn of_two_lists_made_at_once_the_first_stays() {
    let lists = PageLists::new(2 * bytes(10));
    let put = |key, caller, first, now| lists.put(ListKey(key), CallerKey(caller), list(10, first), now);
    assert_eq!(put(1, 1, 100, 0).ids[0], 100);
    lists.get(&ListKey(1), 0, true).unwrap();
    assert_eq!(put(1, 1, 200, 5).ids[0], 100, "the one that others were answered from");
    assert_eq!(lists.get(&ListKey(1), 5, true).unwrap().ids[0], 100);
    assert_eq!(lists.figures().lists, 1);
    put(2, 1, 0, 6);
    put(3, 2, 0, 7);
    assert!(lists.get(&ListKey(2), 7, false).is_none(), "the first is still one that was paged through");
    put(1, 1, 300, 8);
    assert_eq!(lists.latest(&CallerKey(1), 8), Some(ListKey(1)), "it becomes the caller's latest again");
    put(1, 4, 300, 9);
    assert_eq!((lists.latest(&CallerKey(1), 9), lists.latest(&CallerKey(4), 9)), (None, Some(ListKey(1))));
    let over = 9 + LIFETIME_MS;
    assert_eq!(put(1, 1, 400, over).ids[0], 400, "a list whose time is over is none");
    assert_eq!(
        (lists.latest(&CallerKey(1), over), lists.latest(&CallerKey(4), over)),
        (Some(ListKey(1)), None)
    );
}

#[test]
fn threads_that_make_the_same_list_are_answered_from_one() {
    let lists = PageLists::new(1 << 20);
    for key in 0..50_u128 {
        let answered: Vec<i64> = std::thread::scope(|scope| {
            let put = |first| lists.put(ListKey(key), CallerKey(key), list(3, first), 0).ids[0];
            let threads = [1, 2, 3].map(|first| scope.spawn(move || put(first)));
            threads.map(|thread| thread.join().unwrap()).into()
        });
        let kept = lists.get(&ListKey(key), 0, true).unwrap().ids[0];
        assert_eq!(answered, [kept; 3]);
    }
}

#[test]
fn a_list_larger_than_the_room_is_handed_back_and_not_kept() {
    let lists = PageLists::new(2_000);
    lists.put(ListKey(1), CallerKey(1), list(5, 0), 0);
    assert_eq!(lists.put(ListKey(2), CallerKey(2), list(1_000, 0), 0).ids.len(), 1_000);
    assert!(lists.get(&ListKey(2), 0, false).is_none() && lists.latest(&CallerKey(2), 0).is_none());
    assert!(lists.get(&ListKey(1), 0, false).is_some(), "nothing had to go for it");
}

#[test]
fn threads_may_share_the_lists() {
    let lists = PageLists::new(1 << 20);
    std::thread::scope(|scope| {
        for thread in 0..4_u128 {
            let lists = &lists;
            scope.spawn(move || {
                for round in 0..500_u128 {
                    let key = ListKey((thread * 31 + round) % 97);
                    lists.put(key, CallerKey(key.0 % 13), list(200, 0), round as i64);
                    lists.get(&ListKey(round % 97), round as i64, round % 2 == 0);
                    if let Some(latest) = lists.latest(&CallerKey(round % 13), round as i64) {
                        assert_eq!(latest.0 % 13, round % 13);
                    }
                }
            });
        }
    });
    assert!(lists.figures().bytes <= 1 << 20);
}

#[derive(Clone, Debug)]
enum Step {
    Put { key: u8, length: usize },
    Get { key: u8, later_page: bool },
    Wait { ms: i64 },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..20_u8, 0..40_usize).prop_map(|(key, length)| Step::Put { key, length }),
        4 => (0..20_u8, any::<bool>()).prop_map(|(key, later_page)| Step::Get { key, later_page }),
        1 => (1..LIFETIME_MS).prop_map(|ms| Step::Wait { ms }),
    ]
}

/// A list as the model knows it.
struct Known {
    bytes: usize,
    used_ms: i64,
    /// Whether a later page was asked for, and at which step it was used last: the order of going.
    order: (bool, usize),
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// The lists against a plain model with the same rules and no cleverness.
    #[test]
    fn the_lists_do_what_the_rules_say(steps in proptest::collection::vec(step(), 1..120)) {
        let max_bytes = 6 * bytes(20);
        let lists = PageLists::new(max_bytes);
        let mut model: HashMap<u8, Known> = HashMap::new();
        let (mut now, mut evicted) = (0, 0);
        for (at, step) in steps.into_iter().enumerate() {
            match step {
                Step::Wait { ms } => now += ms,
                Step::Get { key, later_page } => {
                    model.retain(|_, known| now - known.used_ms < LIFETIME_MS);
                    let found = lists.get(&ListKey(key.into()), now, later_page);
                    prop_assert_eq!(found.is_some(), model.contains_key(&key));
                    if let Some(known) = model.get_mut(&key) {
                        (known.used_ms, known.order) = (now, (known.order.0 || later_page, at));
                    }
                }
                Step::Put { key, length } => {
                    lists.put(ListKey(key.into()), CallerKey(key.into()), list(length, 0), now);
                    model.retain(|_, known| now - known.used_ms < LIFETIME_MS);
                    if let Some(known) = model.get_mut(&key) {
                        (known.used_ms, known.order.1) = (now, at);
                        continue;
                    }
                    let bytes = bytes(length);
                    while model.values().map(|known| known.bytes).sum::<usize>() + bytes > max_bytes {
                        let oldest = *model.iter().min_by_key(|(_, known)| known.order).unwrap().0;
                        model.remove(&oldest);
                        evicted += 1;
                    }
                    model.insert(key, Known { bytes, used_ms: now, order: (false, at) });
                }
            }
            let figures = lists.figures();
            prop_assert!(figures.bytes <= max_bytes);
            prop_assert_eq!(figures.evicted, evicted);
            for key in 0..20_u8 {
                let live = model.get(&key).is_some_and(|known| now - known.used_ms < LIFETIME_MS);
                prop_assert_eq!(lists.latest(&CallerKey(key.into()), now).is_some(), live, "list {}", key);
            }
        }
    }
}
