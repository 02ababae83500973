//! The demo: its content's rules, its seed words, every address in its answers, and its directories.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::support::{Demo, Directory, Server, demo, wait_for};

const TOPICS: [&str; 10] =
    ["beauty", "cars", "fitness", "food", "home", "parenting", "pets", "study", "technology", "travel"];

fn demo_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo").join(name)
}

fn read(name: &str) -> String {
    let path = demo_file(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every item with its topic.
fn items() -> Vec<(&'static str, Value)> {
    let of_topic = |topic: &'static str| {
        let lines = read(&format!("items/{topic}.ndjson"));
        lines.lines().map(|line| (topic, serde_json::from_str(line).unwrap())).collect::<Vec<_>>()
    };
    TOPICS.into_iter().flat_map(of_topic).collect()
}

/// The seed words: the rows of README's table that begin with a topic.
fn seeds() -> Vec<(String, String)> {
    let readme = read("README.md");
    let row = |line: &str| {
        let cells: Vec<&str> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
        let (topic, words) = cells.split_first()?;
        let words = words.iter().filter(|word| !word.is_empty());
        TOPICS
            .contains(topic)
            .then(|| words.map(|word| ((*topic).to_owned(), (*word).to_owned())).collect::<Vec<_>>())
    };
    readme.lines().filter_map(row).flatten().collect()
}

/// How a word is typed: as it is written, as it sounds, and by the first letters of its syllables.
fn typed(word: &str) -> [String; 3] {
    let units = text::pinyin::reading(&text::normal::normal_form(word));
    [word.to_owned(), text::pinyin::full(&units), text::pinyin::initials(&units)]
}

#[test]
fn the_content_has_its_breadth() {
    let items = items();
    assert!(items.len() >= 500, "{} items", items.len());
    let count = |key: &dyn Fn(&(&str, Value)) -> String| {
        let mut counts = BTreeMap::new();
        for item in &items {
            *counts.entry(key(item)).or_insert(0) += 1;
        }
        counts
    };
    let topics = count(&|(topic, _)| (*topic).to_owned());
    assert!(topics.len() == 10 && topics.values().all(|&items| items >= 40), "{topics:?}");
    let types = count(&|(_, item)| item["group_type"].as_str().unwrap().to_owned());
    assert!(types.len() == 3 && types.values().all(|&items| items >= 100), "{types:?}");
    let authors = count(&|(_, item)| item["user_info"]["user_id"].to_string());
    let names = count(&|(_, item)| item["user_info"]["name"].as_str().unwrap().to_owned());
    assert!(authors.len() >= 60 && names.len() == authors.len(), "{} authors", authors.len());
    let ids = count(&|(_, item)| item["group_id"].as_str().unwrap().to_owned());
    assert_eq!(ids.len(), items.len(), "every id once");
    for (_, item) in &items {
        for counter in ["digg_count", "comment_count", "share_count"] {
            assert!(item[counter].is_u64(), "{item}");
        }
        let is_video = item["group_type"] != "tuwen";
        let views = if is_video { "video_watch_count" } else { "article_read_count" };
        assert!(item[views].is_u64(), "{item}");
        let duration = &item["video_detail"]["video_duration"];
        assert_eq!(duration.as_f64().is_some_and(|seconds| seconds > 0.0), is_video, "{item}");
        let clip = item["video_detail"]["video_list"][0]["url"].as_str();
        let is_there = |clip: &str| demo_file("media").join(clip.strip_prefix("/media/").unwrap()).exists();
        assert_eq!(clip.is_some_and(is_there), is_video, "{item}");
    }
}

#[test]
fn no_two_titles_are_alike() {
    let items = items();
    let mut numbers = HashMap::new();
    let mut bigrams = |title: &str| {
        let characters: Vec<char> = title.chars().filter(|c| c.is_alphanumeric()).collect();
        let set = characters.windows(2).map(|pair| {
            let next = numbers.len();
            *numbers.entry([pair[0], pair[1]]).or_insert(next)
        });
        set.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>()
    };
    let titles: Vec<&str> = items.iter().map(|(_, item)| item["title"].as_str().unwrap()).collect();
    let sets: Vec<Vec<usize>> = titles.iter().map(|title| bigrams(title)).collect();
    for (at, set) in sets.iter().enumerate() {
        for (other_at, other) in sets.iter().enumerate().skip(at + 1) {
            let shared = set.iter().filter(|bigram| other.binary_search(bigram).is_ok()).count();
            let most = set.len().min(other.len()) * 6 / 10;
            assert!(shared <= most, "{} and {} are alike", titles[at], titles[other_at]);
        }
    }
}

#[test]
fn the_query_log_is_large_enough() {
    let mut queries = HashSet::new();
    for topic in TOPICS {
        let log = read(&format!("queries/{topic}.tsv"));
        let mut lines = log.lines();
        assert_eq!(lines.next(), Some("query\tcount"));
        for line in lines {
            let (query, count) = line.split_once('\t').unwrap();
            assert!(
                count.parse::<u64>().unwrap() >= 1 && query.trim() == query && !query.is_empty(),
                "{line}"
            );
            queries.insert(query.to_owned());
        }
    }
    assert!(queries.len() >= 2_000, "{} queries", queries.len());
}

#[test]
fn every_seed_word_fills_suggestions() {
    let seeds = seeds();
    let mut by_topic = BTreeMap::new();
    for (topic, _) in &seeds {
        *by_topic.entry(topic.as_str()).or_insert(0) += 1;
    }
    assert!(seeds.len() >= 40 && TOPICS.iter().all(|topic| by_topic.get(topic) >= Some(&4)), "{by_topic:?}");
    let mut short = Vec::new();
    for (_, word) in &seeds {
        for typed in typed(word) {
            let items = demo().suggestions(&typed);
            let texts: Vec<&str> = items.iter().map(|item| item["text"].as_str().unwrap()).collect();
            let begin = texts.iter().filter(|text| text.starts_with(word.as_str())).count();
            // Of a full list four places at the most are of texts that end with what was typed.
            let is_as_written =
                typed != *word || (begin >= 11 && texts.iter().all(|text| text.contains(word.as_str())));
            if texts.len() != 15 || begin == 0 || !is_as_written {
                short.push(format!("{word} typed {typed}: {texts:?}"));
            }
        }
    }
    assert!(short.is_empty(), "{short:#?}");
}

/// Three pages of ten for what was typed; repeats and short pages are complaints.
fn three_pages(demo: &Demo, typed: &str, complaints: &mut Vec<String>) -> Vec<Value> {
    let mut found: Vec<Value> = Vec::new();
    let search_id = format!("three pages of {}", crate::support::encode(typed));
    for offset in ["0", "10", "20"] {
        let answer = demo.search(&[("keyword", typed), ("offset", offset), ("search_id", &search_id)]);
        found.extend(answer["data"].as_array().unwrap().iter().cloned());
    }
    let ids: HashSet<&Value> = found.iter().map(|item| &item["group_id"]).collect();
    if found.len() != 30 || ids.len() != 30 {
        complaints.push(format!("{typed}: {} items, {} different", found.len(), ids.len()));
    }
    found
}

#[test]
fn every_seed_word_fills_three_pages() {
    let demo = demo();
    let texts: HashMap<String, String> = items()
        .into_iter()
        .map(|(_, item)| (item["group_id"].as_str().unwrap().to_owned(), item.to_string()))
        .collect();
    let mut complaints = Vec::new();
    for (_, word) in seeds() {
        let [written, full, initials] = typed(&word);
        // What is found stands for the word: on the first page everything that was found by its hanzi, and most
        // of what was found by its sound.
        for (typed, least) in [(written, 10), (full, 7), (initials, 0)] {
            let found = three_pages(demo, &typed, &mut complaints);
            let has_word = |item: &&Value| texts[item["group_id"].as_str().unwrap()].contains(&word);
            let right = found.iter().take(10).filter(has_word).count();
            if right < least {
                complaints.push(format!("{word} typed {typed}: {right} of 10 have the word"));
            }
        }
    }
    assert!(complaints.is_empty(), "{complaints:#?}");
}

/// What an address must answer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Expected {
    Page,
    Picture(Option<(u64, u64)>),
    Clip,
}

/// Every address of an answer item, without fragments.
fn addresses(item: &Value) -> Vec<(String, Expected)> {
    let address = |value: &Value| value.as_str().unwrap().split('#').next().unwrap().to_owned();
    let author = &item["user_info"];
    let pages = [&item["article_url"], &item["comment_url"], &item["share_url"], &author["home_page"]];
    let mut found: Vec<_> = pages.into_iter().map(|page| (address(page), Expected::Page)).collect();
    found.push((address(&author["avatar_url"]), Expected::Picture(None)));
    for image in item["cover_images"].as_array().unwrap() {
        let size = (image["width"].as_u64().unwrap(), image["height"].as_u64().unwrap());
        found.push((address(&image["url"]), Expected::Picture(Some(size))));
    }
    let videos = item["video_detail"]["video_list"].as_array();
    found.extend(videos.into_iter().flatten().map(|video| (address(&video["url"]), Expected::Clip)));
    assert!(item.get("content_images").is_none(), "the demo's articles have no pictures of their own");
    found
}

/// What is wrong with an address, if anything is.
fn fetch(server: &Server, address: &str, expected: &Expected) -> Option<String> {
    let Some(target) = address.strip_prefix(&server.base()) else {
        return Some(format!("{address} is not this server's"));
    };
    let answer = server.get(target);
    let media_type = answer.header("content-type").unwrap_or_default();
    let number = |from: usize| {
        answer.body.get(from..from + 4).map(|bytes| u32::from_be_bytes(bytes.try_into().unwrap()))
    };
    let is_right = match expected {
        Expected::Page => {
            media_type == "text/html; charset=utf-8" && answer.text().starts_with("<!doctype html>")
        }
        Expected::Picture(size) => {
            let drawn = (u64::from(number(16).unwrap_or(0)), u64::from(number(20).unwrap_or(0)));
            let is_png = media_type == "image/png" && answer.body.starts_with(b"\x89PNG\r\n\x1a\n");
            is_png && size.is_none_or(|size| size == drawn)
        }
        Expected::Clip => media_type == "video/mp4" && answer.body.get(4..8) == Some(b"ftyp"),
    };
    let is_right = is_right && answer.status == 200;
    (!is_right).then(|| format!("{address}: {} {media_type}, expected {expected:?}", answer.status))
}

#[test]
fn every_address_in_every_answer_is_served() {
    let demo = demo();
    let mut seen: BTreeMap<String, Value> = BTreeMap::new();
    let mut wanted: BTreeSet<(String, Expected)> = BTreeSet::new();
    for (_, word) in seeds() {
        for item in demo.suggestions(&word) {
            let icons = ["icon", "icon_night"].map(|key| item[key].as_str().unwrap().to_owned());
            wanted.extend(icons.map(|icon| (icon, Expected::Picture(None))));
        }
        for offset in ["0", "20", "40"] {
            let answer =
                demo.search(&[("keyword", &word), ("offset", offset), ("count", "20"), ("search_id", "all")]);
            for item in answer["data"].as_array().unwrap() {
                seen.insert(item["group_id"].as_str().unwrap().to_owned(), item.clone());
            }
        }
    }
    // An item that no seed word shows is found by its title.
    for (_, item) in items() {
        let id = item["group_id"].as_str().unwrap();
        if !seen.contains_key(id) {
            let title = item["title"].as_str().unwrap();
            let answer = demo.search(&[("keyword", title), ("count", "5")]);
            let found = answer["data"].as_array().unwrap().iter().find(|found| found["group_id"] == id);
            let found = found.unwrap_or_else(|| panic!("{title} is not found by its title: {answer}"));
            seen.insert(id.to_owned(), found.clone());
        }
    }
    assert!(seen.len() >= 500);
    wanted.extend(seen.values().flat_map(addresses));
    let wanted: Vec<_> = wanted.into_iter().collect();
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let fetch = |(address, expected): &(String, Expected)| fetch(demo, address, expected);
        let chunks = wanted.chunks(wanted.len().div_ceil(4));
        let parts: Vec<_> = chunks
            .map(|part| scope.spawn(move || part.iter().filter_map(fetch).collect::<Vec<_>>()))
            .collect();
        parts.into_iter().flat_map(|part| part.join().unwrap()).collect()
    });
    assert!(wrong.is_empty(), "{} of {}: {wrong:#?}", wrong.len(), wanted.len());
}

/// How many items a server says it has.
fn documents(server: &Server) -> u64 {
    let metrics = server.get("/metrics").text();
    let figure = metrics.lines().find_map(|line| line.strip_prefix("qiusuo_documents "));
    figure.unwrap().parse().unwrap()
}

#[test]
fn it_starts_again_on_its_directory() {
    let directory = Directory::new();
    let first = Demo::start(&directory);
    let (token, secure_key, items) =
        (first.token.clone(), first.application.secure_key.clone(), documents(&first));
    let suggested = first.suggestions("美食");
    let printed =
        |key: &str| first.get(first.printed[key].as_str().unwrap().strip_prefix(&first.base()).unwrap());
    assert_eq!((printed("page").status, &printed("suggest").json()["code"]), (200, &Value::from(0)));
    assert_eq!(
        (&printed("register").json()["ret"], &printed("search").json()["ret"]),
        (&Value::from(0), &Value::from(0))
    );
    first.server.stop().succeeded();
    // Killed in between, and started without --json: commands for people, which work as they are printed.
    Demo::start(&directory).server.kill();
    let server = Server::of(directory.start(&["demo", "--listen", "127.0.0.1:0"]));
    let printed = wait_for("the printed commands", || {
        let stdout = server.stdout();
        stdout.ends_with("/\n").then_some(stdout)
    });
    let curls: Vec<&str> =
        printed.lines().filter_map(|line| line.strip_prefix("curl '")?.strip_suffix('\'')).collect();
    let answers: Vec<Value> =
        curls.iter().map(|url| server.get(url.strip_prefix(&server.base()).unwrap()).json()).collect();
    assert_eq!(answers.len(), 3, "{printed}");
    assert_eq!(answers[0]["data"]["items"].as_array().unwrap().len(), suggested.len());
    assert_eq!((&answers[1]["ret"], &answers[2]["ret"]), (&Value::from(0), &Value::from(0)));
    assert_eq!(answers[2]["data"].as_array().unwrap().len(), 10);
    assert!(printed.ends_with(&format!("{}/\n", server.base())));
    assert!(curls[0].contains(&token), "the token is the first start's");
    assert_eq!(documents(&server), items, "nothing was loaded twice");
    let key =
        directory.run(&["sign", "--partner", "demo", "--timestamp", "1", "--nonce", "1"]).succeeded().stdout;
    assert!(
        key.trim().ends_with(&wire::signature::sign(&secure_key, "1", "1")),
        "the key is the first start's"
    );
}

/// Bytes of the files that lie directly in a directory.
fn size_of(directory: &Path) -> u64 {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.metadata().ok())
        .filter(std::fs::Metadata::is_file)
        .map(|file| file.len())
        .sum()
}

#[test]
fn a_start_that_was_interrupted_goes_on() {
    let directory = Directory::new();
    let process = directory.start(&["demo", "--listen", "127.0.0.1:0"]);
    // Well into the content, which takes about a megabyte.
    wait_for("the content", || (size_of(&directory.data()) > 600_000).then_some(()));
    process.kill();
    let demo = Demo::start(&directory);
    assert_eq!(documents(&demo), items().len() as u64);
    assert_eq!(demo.suggestions("美食").len(), 15);
}

#[test]
fn other_directories_are_refused() {
    let refused = |directory: &Directory| {
        let ran = directory.run(&["demo", "--listen", "127.0.0.1:0"]).exited(1);
        let data = directory.data();
        assert!(
            ran.stderr.contains("not empty") && ran.stderr.contains(data.to_str().unwrap()),
            "{}",
            ran.stderr
        );
        assert_eq!(ran.stdout, "");
    };
    let foreign = Directory::new();
    std::fs::create_dir_all(foreign.data()).unwrap();
    std::fs::write(foreign.data().join("photo.jpg"), "x").unwrap();
    refused(&foreign);
    assert_eq!(std::fs::read_dir(foreign.data()).unwrap().count(), 1, "nothing was added");
    let ours = Directory::new();
    ours.token("t");
    refused(&ours);
    // A configuration may be there before.
    let configured = Directory::new();
    configured.configure("[server]\npublic_url = \"https://demo.example\"\n");
    let demo = Demo::start(&configured);
    assert_eq!(demo.suggestions("美食")[0]["icon"], "https://demo.example/icon/suggest.png");
}
