//! A walk through the pages of one search while another process writes.

use std::collections::BTreeSet;

use crate::caller::Caller;
use crate::support::{Directory, article, joined, shown, wait_for};

/// Items per page.
const COUNT: usize = 10;

/// Old items: weak matches with every counter at nothing.
fn old(ids: std::ops::RangeInclusive<i64>) -> String {
    joined(ids.map(|id| {
        let mut line = article(id, &format!("周末在家做家常菜的第{id}次记录，做法和心得都写在里面"));
        line["publish_time"] = (1_700_000_000 + id).into();
        line
    }))
}

/// New items: whatever the ranking looks at, they stand above the old ones.
fn new(ids: std::ops::RangeInclusive<i64>) -> String {
    joined(ids.map(|id| {
        let mut line = article(id, "家常菜");
        line["tags"] = ["家常菜"].into();
        line["abstract"] = "家常菜".into();
        line["digg_count"] = 1_000_000.into();
        line["article_read_count"] = 9_000_000.into();
        line
    }))
}

#[test]
fn a_walk_does_not_see_what_is_imported_meanwhile() {
    let directory = Directory::new();
    directory.import(&old(1..=200));
    let server = directory.serve();
    let caller = Caller::new(&directory, &server);
    let expected = caller.all("家常菜");
    assert_eq!(expected.iter().copied().collect::<BTreeSet<i64>>(), (1..=200).collect());

    let page = |number: usize| caller.page("家常菜", "the-walk", number * COUNT, COUNT);
    let mut walked: Vec<i64> = (0..5).flat_map(|number| page(number).ids).collect();
    let file = directory.write("new.ndjson", new(1_001..=2_000));
    let import = directory.start(&["import", &shown(&file)]);
    wait_for("a new item in a fresh search", || {
        caller.first("家常菜").iter().any(|id| *id > 1_000).then_some(())
    });
    for number in 5.. {
        let page = page(number);
        walked.extend(page.ids);
        assert_eq!(page.has_more, number < 19, "page {number}");
        if !page.has_more {
            break;
        }
    }
    assert_eq!(walked, expected);
    import.wait().succeeded();
    // The import has returned: everything is there for whoever asks anew, up to the longest list.
    let all = caller.all("家常菜");
    assert_eq!(all.len(), 1_000);
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 1_000);
    assert_eq!(page(7).ids, expected[70..80]);
}

#[test]
fn items_taken_down_during_a_walk_are_skipped() {
    let directory = Directory::new();
    directory.import(&old(1..=100));
    let server = directory.serve();
    let caller = Caller::new(&directory, &server);
    let list = caller.all("家常菜");
    let page = |number: usize| caller.page("家常菜", "the-walk", number * COUNT, COUNT);
    assert_eq!(page(0).ids, list[..10]);
    assert_eq!(page(1).ids, list[10..20]);

    // One of the third page, all of the fourth, the first half of the ninth, all of the tenth and last.
    let gone: Vec<usize> = [25].into_iter().chain(30..40).chain(80..85).chain(90..100).collect();
    directory.import(&joined(gone.iter().map(|at| {
        let mut line = article(list[*at], "周末在家做家常菜");
        line["status"] = "offline".into();
        line
    })));
    for number in 2..10 {
        let positions = number * COUNT..(number + 1) * COUNT;
        let left: Vec<i64> = positions.filter(|at| !gone.contains(at)).map(|at| list[at]).collect();
        let page = page(number);
        assert_eq!(page.ids, left, "page {number}");
        assert_eq!(page.has_more, number < 8, "page {number}");
    }
    // Pages that were given before lose the same items, and no other moves.
    assert_eq!(page(0).ids, list[..10]);
    assert_eq!(caller.all("家常菜").len(), 100 - gone.len());

    // What comes back stands where it stood.
    directory.import(&joined([article(list[95], "周末在家做家常菜")]));
    assert!(page(8).has_more);
    assert_eq!(page(9).ids, [list[95]]);
    assert!(!page(9).has_more);
}
