//! Other words for a keyword: operators' synonyms by the command line, and the words of regions.

use serde_json::{Value, json};

use crate::support::{Directory, article, joined, shown};

/// Titles, numbered from 1 on.
fn directory(titles: &[&str]) -> Directory {
    let directory = Directory::new();
    let line = |(id, title): (usize, &&str)| json!({ "group_id": id, "group_type": "tuwen", "title": title });
    let file = shown(&directory.write("items.ndjson", joined((1..).zip(titles).map(line))));
    directory.run(&["import", &file]).succeeded();
    directory
}

/// The items that a keyword finds with their tiers and the words they were found by.
#[track_caller]
fn found(directory: &Directory, keyword: &str) -> Vec<(String, u64, Option<String>)> {
    let told = directory.run(&["search", keyword, "--explain", "--json"]).succeeded().json();
    let item = |item: &Value| {
        let reworded = item["reworded"].as_str().map(str::to_owned);
        (item["group_id"].as_str().unwrap().to_owned(), item["tier"].as_u64().unwrap(), reworded)
    };
    told["explanation"]["items"].as_array().unwrap().iter().map(item).collect()
}

fn item(id: &str, tier: u64, reworded: Option<&str>) -> (String, u64, Option<String>) {
    (id.to_owned(), tier, reworded.map(str::to_owned))
}

#[test]
fn synonyms_cross_scripts_both_ways() {
    let directory = directory(&["肯德基新品套餐", "KFC 套餐测评", "麦当劳套餐", "肯德基门店"]);
    let before = [item("2", 0, None)];
    assert_eq!(found(&directory, "kfc"), before);
    directory.run(&["rules", "synonyms", "肯德基", "ＫＦＣ"]).succeeded();
    let by = Some("肯德基");
    assert_eq!(found(&directory, "kfc"), [item("2", 0, None), item("4", 1, by), item("1", 1, by)]);
    assert_eq!(found(&directory, "\"kfc\""), before);
    let by = Some("肯德基 套餐");
    let parts = [item("4", 2, by), item("3", 2, None)];
    assert_eq!(found(&directory, "KFC套餐"), [&[item("2", 0, None), item("1", 1, by)], &parts[..]].concat());
    let ids = |keyword| found(&directory, keyword).into_iter().map(|item| item.0).collect::<Vec<_>>();
    assert_eq!(ids("肯德基"), ["4", "1", "2"]);
    let ran = directory.run(&["search", "--matches", "1", "kfc"]).succeeded();
    assert_eq!(ran.stdout.trim_end(), "true\t1");
}

#[test]
fn synonyms_from_one_word_are_found_by_that_word_alone() {
    let directory = directory(&["土豆丝", "马铃薯丝", "洋芋丝"]);
    let application = directory.application("shop");
    let server = directory.serve();
    let access_token = application.register(&server, "user");
    let added =
        directory.run(&["rules", "synonyms", "--from", "土豆", "马铃薯", "洋芋", "--json"]).succeeded();
    let rule =
        json!({ "id": 1, "rule": "synonyms", "from": "土豆", "words": ["马铃薯", "洋芋"], "added": true });
    assert_eq!(added.json(), rule);
    let search = |keyword: &str| -> Vec<String> {
        let answer = application.search(&server, &access_token, &[("keyword", keyword)]).json();
        let items = answer["data"].as_array().unwrap().iter();
        items.map(|item| item["group_id"].to_string().trim_matches('"').to_owned()).collect()
    };
    assert_eq!(search("土豆丝").len(), 3, "in force when the command returns");
    assert_eq!(search("土豆丝")[0], "1");
    assert_eq!(search("马铃薯丝"), ["2"]);
    directory.run(&["rules", "remove", "1"]).succeeded();
    assert_eq!(search("土豆丝"), ["1"]);
}

#[test]
fn regions_find_each_other() {
    let directory = directory(&["免费软件推荐", "免費軟體推薦", "滑鼠"]);
    assert_eq!(found(&directory, "軟體"), [item("2", 0, None), item("1", 1, Some("软件"))]);
    assert_eq!(found(&directory, "鼠标"), [item("3", 1, Some("滑鼠"))]);
    let matches =
        |directory: &Directory| directory.run(&["search", "--matches", "2", "软件"]).succeeded().stdout;
    assert_eq!(matches(&directory).trim_end(), "true\t1");
    // Where the typed words fill a page, the other region's are not looked for, and do not match.
    directory.import(&joined((100..120).map(|id| article(id, "软件"))));
    assert_eq!(matches(&directory).trim_end(), "false");
    assert!(!found(&directory, "软件").contains(&item("2", 1, Some("软体"))));
}
