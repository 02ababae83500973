//! Lists that have to make room: which of them go, and what becomes of a walk whose list is gone.

use crate::caller::Caller;
use crate::support::{Directory, article, joined};

/// Items, and so positions of every list: a list takes some 12 KB.
const ITEMS: i64 = 1_000;
/// Searches of which nobody asks a second page: more than fit into a megabyte.
const OTHERS: usize = 200;

#[test]
fn lists_that_are_paged_through_go_last_and_those_made_again_are_counted() {
    let directory = Directory::new();
    directory.configure("[pages]\nmax_bytes = \"1MB\"\n");
    directory.import(&joined((1..=ITEMS).map(|id| article(id, &format!("家常菜第{id}道")))));
    let server = directory.serve();
    let caller = Caller::new(&directory, &server);
    let figure = |name: &str| {
        let text = server.get("/metrics").text();
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.map_or(0.0, |figure| figure.parse::<f64>().unwrap())
    };
    let page = |search_id: &str, number: usize| caller.page("家常菜", search_id, number * 10, 10);
    let mut walked = [page("walk", 0).ids, page("walk", 1).ids].concat();
    page("looked at once", 0);
    for other in 0..OTHERS {
        page(&format!("other {other}"), 0);
    }
    assert!(figure("qiusuo_page_lists_evicted_total") > 50.0);
    assert!(figure("qiusuo_page_list_bytes") <= 1_000_000.0);
    assert!(figure("qiusuo_page_lists") < OTHERS as f64);

    // The list that was paged through is there still, though it was used before all the others.
    walked.extend(page("walk", 2).ids);
    assert_eq!(walked.len(), 30);
    assert_eq!(walked.iter().collect::<std::collections::BTreeSet<_>>().len(), 30);
    assert_eq!(figure("qiusuo_page_lists_made_again_total"), 0.0);

    // The one that was not is made again, and the page is answered all the same.
    let again = page("looked at once", 1);
    assert_eq!((again.ids.len(), again.has_more), (10, true));
    assert_eq!(figure("qiusuo_page_lists_made_again_total"), 1.0);
    page("looked at once", 2);
    assert_eq!(figure("qiusuo_page_lists_made_again_total"), 1.0, "it is kept from then on");
    server.stop().succeeded();
}
