//! Contract 2's paging: exact ends, lists that stay as they were made, types and ids of a search.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::{
    library::{Library, REDWOOD, WHALE, WHALES, ids, library, whales},
    support::{Directory, article, joined},
};

/// Positions of a ranked list.
const LIST_LIMIT: usize = 1_000;

/// A search for the whales with offset and count.
fn page(library: &Library, keyword: &str, offset: usize, count: usize) -> Value {
    library.search(&[
        ("keyword", keyword),
        ("offset", &offset.to_string()),
        ("count", &count.to_string()),
        ("search_id", "fixed"),
    ])
}

#[test]
fn has_more_is_exact_at_the_end_of_a_list() {
    let library = library();
    for count in [1, 7, 10, 17, 20] {
        let mut seen = HashSet::new();
        let mut offset = 0;
        loop {
            let answer = page(library, WHALE, offset, count);
            let found = ids(&answer);
            let left = WHALES - offset;
            assert_eq!(found.len(), left.min(count), "{count} from {offset}");
            assert_eq!(answer["has_more"], json!(left > count), "{count} from {offset}");
            assert!(found.into_iter().all(|id| seen.insert(id.to_owned())));
            offset += count;
            if answer["has_more"] == json!(false) {
                break;
            }
        }
        assert_eq!(seen.len(), WHALES);
        let behind = page(library, WHALE, WHALES, count);
        assert_eq!((ids(&behind).len(), &behind["has_more"]), (0, &json!(false)));
    }
}

#[test]
fn a_list_ends_at_its_thousandth_position() {
    let library = library();
    let check = |offset: usize, count, expected, has_more| {
        let answer = page(library, REDWOOD, offset, count);
        assert_eq!(
            (ids(&answer).len(), &answer["has_more"]),
            (expected, &json!(has_more)),
            "{count} from {offset}"
        );
    };
    check(LIST_LIMIT - 21, 20, 20, true);
    check(LIST_LIMIT - 20, 20, 20, false);
    check(LIST_LIMIT - 1, 20, 1, false);
    check(LIST_LIMIT, 20, 0, false);
    let far = library.search(&[("keyword", REDWOOD), ("offset", "99999999999999999999")]);
    assert_eq!((ids(&far).len(), &far["has_more"]), (0, &json!(false)));
}

#[test]
fn counts_have_a_default() {
    let library = library();
    for parameters in [vec![], vec![("count", "0")], vec![("offset", "0"), ("need_group_types", "")]] {
        let answer = library.search(&[&[("keyword", WHALE)][..], &parameters].concat());
        assert_eq!(ids(&answer).len(), 10, "{parameters:?}");
    }
    let decoded = library.server.get(&format!(
        "{}&keyword=+%E8%93%9D%E9%B2%B8+&keyword=other&count=3&count=x",
        library.application.search_target(&library.access_token, &[])
    ));
    assert_eq!(ids(&decoded.json()).len(), 3, "the first of a repeated name counts, + is a space");
    let headers = [("JUSTONEAPI_PYTHON_SKD_VERSION", "3")];
    let target = library.application.search_target(&library.access_token, &[("keyword", WHALE)]);
    assert_eq!(library.server.http().send("GET", &target, &headers, b"").json()["ret"], 0);
    let without_slash = target.replace("/v4/?", "/v4?");
    assert_eq!(library.server.get(&without_slash).json()["ret"], 0);
}

#[test]
fn only_the_types_asked_for_are_answered() {
    let library = library();
    let found = |types: &str| {
        let mut kinds = Vec::new();
        let mut all = HashSet::new();
        for offset in ["0", "20"] {
            let answer = library.search(&[
                ("keyword", WHALE),
                ("count", "20"),
                ("offset", offset),
                ("need_group_types", types),
                ("search_id", "t"),
            ]);
            for item in answer["data"].as_array().unwrap() {
                kinds.push(item["article_type"].as_str().unwrap().to_owned());
                all.insert(item["group_id"].as_str().unwrap().to_owned());
            }
        }
        kinds.sort();
        kinds.dedup();
        (kinds.join(" "), all.len())
    };
    assert_eq!(found("tuwen"), ("图文".to_owned(), 12));
    assert_eq!(found("xigua_video"), ("短视频".to_owned(), 12));
    assert_eq!(found("short_video"), ("小视频".to_owned(), 11));
    assert_eq!(found("tuwen,short_video"), ("图文 小视频".to_owned(), 23));
    assert_eq!(found("short_video,xigua_video,tuwen,tuwen").1, WHALES);
    assert_eq!(found("").1, WHALES);
}

#[test]
fn a_search_id_is_echoed_and_belongs_to_one_keyword_and_types() {
    let library = library();
    let longest = "!~ #&+%".repeat(20)[..128].to_owned();
    let with = |parameters: &[(&str, &str)]| {
        library.search(&[parameters, &[("search_id", &longest), ("count", "20")]].concat())
    };
    let whales = with(&[("keyword", WHALE)]);
    assert_eq!(whales["search_id"], longest);
    let redwoods = with(&[("keyword", REDWOOD)]);
    assert!(ids(&redwoods).iter().all(|id| !ids(&whales).contains(id)), "another keyword is another list");
    let videos = with(&[("keyword", WHALE), ("need_group_types", "short_video")]);
    assert!(videos["data"].as_array().unwrap().iter().all(|item| item["article_type"] == "小视频"));
    assert_eq!(ids(&with(&[("keyword", WHALE)])), ids(&whales));
}

#[test]
fn a_list_stays_as_it_was_made() {
    let directory = Directory::new();
    directory.import(&joined(whales()));
    let application = directory.application("a");
    let server = directory.serve();
    let access_token = application.register(&server, "u");
    let search = |parameters: &[(&str, &str)]| {
        let answer =
            application.search(&server, &access_token, &[&[("keyword", WHALE)], parameters].concat()).json();
        assert_eq!(answer["ret"], 0, "{answer}");
        answer
    };
    let owned = |answer: &Value| ids(answer).into_iter().map(str::to_owned).collect::<Vec<_>>();
    // The whole list as it is now, under two ids and under none.
    let first = owned(&search(&[("search_id", "a"), ("count", "20")]));
    let second = owned(&search(&[("search_id", "a"), ("count", "20"), ("offset", "20")]));
    let unnamed = search(&[]);
    // New items come in with a better title, one of page two is taken down.
    let mut gone = article(second[3].parse().unwrap(), "蓝鲸观察下架");
    gone["status"] = json!("offline");
    directory.import(&joined((0..30).map(|n| article(5_000 + n, &format!("蓝鲸{n}"))).chain([gone])));
    let fresh = search(&[("count", "20")]);
    assert!(
        ids(&fresh).iter().all(|id| id.len() == 4 && id.starts_with('5')),
        "the new ones come first: {fresh}"
    );
    // The named list is unchanged but for the item that is gone; its page is short.
    let later = search(&[("search_id", "a"), ("count", "20"), ("offset", "20")]);
    let mut expected = second.clone();
    expected.remove(3);
    assert_eq!((owned(&later), &later["has_more"]), (expected, &json!(false)));
    assert_eq!(owned(&search(&[("search_id", "a"), ("count", "20")])), first);
    // Where the last position is the one that is gone, nothing is more.
    assert_eq!(unnamed["has_more"], true);
}

/// Walks four pages of the whales while better ones come in behind the first page. `later` says which `search_id`
/// a later page is asked with, by the answer before it.
fn check_walk_without_id(later: impl Fn(&Value) -> Option<String>) {
    let directory = Directory::new();
    directory.import(&joined(whales()));
    let application = directory.application("a");
    let server = directory.serve();
    let access_token = application.register(&server, "u");
    let search = |parameters: &[(&str, &str)]| {
        application.search(&server, &access_token, &[&[("keyword", WHALE)], parameters].concat()).json()
    };
    let mut answers = vec![search(&[])];
    directory.import(&joined((0..30).map(|n| article(5_000 + n, &format!("蓝鲸{n}")))));
    for offset in ["10", "20", "30"] {
        let search_id = if offset == "10" { None } else { later(answers.last().unwrap()) };
        let mut parameters = vec![("offset", offset)];
        parameters.extend(search_id.as_deref().map(|id| ("search_id", id)));
        answers.push(search(&parameters));
    }
    let mut seen: Vec<&str> = answers.iter().flat_map(ids).collect();
    assert!(seen.iter().all(|id| !id.starts_with('5')), "an item that came later is in the list: {seen:?}");
    assert_eq!(answers[3]["has_more"], false);
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), WHALES, "no repeat, no gap");
}

#[test]
fn a_page_without_search_id_continues_the_latest_list() {
    check_walk_without_id(|_| None);
}

#[test]
fn the_id_of_a_continued_page_names_the_list() {
    check_walk_without_id(|before| before["search_id"].as_str().map(str::to_owned));
}
