//! `qiusuo eval`: a small dated log and a small judged set, whose figures can be told by hand.

use serde_json::{Value, json};

use crate::support::{Directory, shown};

/// Ten days: 美食 every day, 美妆 from the sixth on three times a day, others once.
fn log() -> String {
    let mut log = "date\tsource\tquery\tcount\n".to_owned();
    for day in 1..=10 {
        log.push_str(&format!("2025-06-{day:02}\ta\t美食推荐\t1\n"));
        if day >= 6 {
            log.push_str(&format!("2025-06-{day:02}\tb\t美妆教程\t3\n"));
        }
        log.push_str(&format!("2025-06-{day:02}\ta\t只有一次{day}\t1\n"));
    }
    log
}

#[test]
fn a_log_is_replayed() {
    let directory = Directory::new();
    let file = shown(&directory.write("log.tsv", log()));
    let found = directory
        .run(&[
            "eval",
            "suggest",
            "--log",
            &file,
            "--test-days",
            "2",
            "--half-life",
            "all",
            "--half-life",
            "12h",
            "--json",
        ])
        .succeeded()
        .json();
    assert_eq!(
        found["test"],
        json!({ "days": ["2025-06-09", "2025-06-10"], "queries": 10.0, "searched_before": 8.0 })
    );
    assert_eq!((&found["log"]["entries"], &found["log"]["from"]), (&json!(12), &json!("2025-06-01")));
    // 美: on the 9th and the 10th 美妆教程 (six queries) stands first, 美食推荐 (two) second; two are new.
    let ours = &found["hanzi"]["ours"];
    assert_eq!(ours["mrr_at_10"][0], json!(0.7));
    assert_eq!(ours["success_at_15"][0], json!(0.8));
    assert_eq!(ours["keystrokes_saved"][0], json!(0.6));
    assert_eq!(ours["mrr_at_10"][1], json!(0.8));
    let of = |half_life: &str| -> Value {
        let completion = found["hanzi"]["completion"].as_array().unwrap();
        completion.iter().find(|row| row["half_life"] == half_life).unwrap().clone()
    };
    // By all history: on the 9th 9 to 8 for 美妆教程, on the 10th 12 to 9.
    assert_eq!((&of("all")["mrr_at_10"][0], &of("12h")["mrr_at_10"][0]), (&json!(0.7), &json!(0.7)));
    assert_eq!(found["hanzi"]["at_least_the_best"], json!([true, true, true, true, true, true]));
    assert_eq!(found["pinyin"]["ours"]["mrr_at_10"][4], json!(0.8));

    let of_one = ["eval", "suggest", "--log", &file, "--from", "2025-06-10", "--where", "source=b", "--json"];
    let found = directory.run(&of_one).succeeded().json();
    assert_eq!(found["test"]["queries"], json!(3.0));
    assert_eq!(found["hanzi"]["ours"]["mrr_at_10"][0], json!(1.0));
    let table = directory.run(&["eval", "suggest", "--log", &file, "--test-days", "1"]).succeeded();
    assert!(
        table.stdout.contains("HANZI: MRR@10") && table.stdout.contains("most popular, 14d"),
        "{}",
        table.stdout
    );
    let unknown = ["eval", "suggest", "--log", &file, "--where", "origin=b"];
    assert!(directory.run(&unknown).exited(1).stderr.contains("date, source, query, count"));
    let early = ["eval", "suggest", "--log", &file, "--to", "2025-06-01"];
    assert!(directory.run(&early).exited(1).stderr.contains("no day to test"));
}

#[test]
fn every_route_is_typed() {
    let directory = Directory::new();
    let file = shown(&directory.write("log.tsv", log()));
    let typed = ["eval", "routes", "--log", &file, "--seed", "7", "--json"];
    let found = directory.run(&typed).succeeded().json();
    assert_eq!(found["entries"], json!(2));
    let routes = found["full"]["routes"].as_array().unwrap();
    assert_eq!(routes.len(), 10);
    assert!(routes[..6].iter().all(|route| route["recall_at_15"] == json!(1.0)), "{routes:?}");
    for rule in found["part"]["rules"].as_array().unwrap() {
        let count = |name: &str| rule[name].as_u64().unwrap();
        assert_eq!(count("typed") + count("left_out"), 2, "{rule}");
    }
    assert_eq!(directory.run(&typed).succeeded().json(), found);

    // Without a log the data directory is asked.
    let entries = shown(&directory.write("entries.txt", "美食推荐\n没有这个\n"));
    directory.run(&["import", "--kind", "queries", &file]).succeeded();
    let asked = directory
        .run(&["eval", "routes", "--entries", &entries, "--misses", "3", "--json"])
        .succeeded()
        .json();
    let prefix = &asked["full"]["rules"][0];
    assert_eq!((&prefix["rule"], &prefix["found"]), (&json!("prefix"), &json!(1)));
    assert_eq!(prefix["missed"], json!([["没有这个", "没有这个"]]));
}

#[test]
fn a_judged_set_is_searched() {
    let directory = Directory::new();
    let corpus =
        shown(&directory.write("corpus.tsv", "d1\t竹笋怎么做好吃\nd2\t竹笋\nd3\t冬瓜汤\nd4\t旅行\n"));
    let queries = shown(&directory.write("queries.tsv", "q1\t竹笋的做法\nq2\t旅行\nq3\t没有判断\nq4\t云\n"));
    // q2's title is judged relevant and found first; q1's best title is found, the other one is not judged; what q4
    // should find holds nothing of it.
    let judged = "q1\t0\td1\t3\nq2\t0\td4\t2\nq2\t0\td3\t1\nq4\t0\td3\t3\nq9\t0\td1\t3\n";
    let qrels = shown(&directory.write("qrels.tsv", judged));
    let arguments = |more: &[&'static str]| {
        let all = ["eval", "search", "--corpus", &corpus, "--queries", &queries, "--qrels", &qrels];
        [&all.map(str::to_owned)[..], &more.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()]
            .concat()
    };
    let run = |more: &[&'static str]| {
        let all = arguments(more);
        directory.run(&all.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let ran = run(&["--json"]).succeeded();
    assert!(ran.stderr.contains("1 judgements name"), "{}", ran.stderr);
    let found = ran.json();
    assert_eq!(found["queries"], json!(3));
    let keys: Vec<&String> = found.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["queries", "ours", "characters_bigrams", "words"]);
    for ranking in ["ours", "characters_bigrams", "words"] {
        let figures = found[ranking].as_object().unwrap();
        assert_eq!(figures.keys().collect::<Vec<_>>(), ["mrr@10", "ndcg@10", "recall@100"]);
        assert_eq!(found[ranking]["recall@100"], json!(0.66667), "{ranking}: {found}");
    }
    let table = run(&["--relevant", "3"]).succeeded();
    assert!(table.stdout.contains("RECALL@100") && table.stderr.contains("2 queries"), "{}", table.stderr);
    assert!(run(&["--relevant", "4"]).exited(1).stderr.contains("--relevant"));
    directory.write("qrels.tsv", "q1 0 d1 3\n");
    assert!(run(&[]).exited(1).stderr.contains("line 1 of"));
}

#[test]
fn pairs_are_repaired() {
    let directory = Directory::new();
    let titles = ["上海美食推荐", "美食探店记", "周末去吃美食", "红烧牛肉面", "牛肉面馆"];
    let lines: String = titles.iter().map(|title| format!("{}\n", json!({ "title": title }))).collect();
    let titles = shown(&directory.write("titles.ndjson", lines));
    let log = shown(&directory.write("log.tsv", log()));
    let pairs = shown(&directory.write(
        "pairs.tsv",
        "梅食\t美食\n牛柔面\t牛肉面\n没有的\t某样的\n美食探店\t美食探店\n牛肉面\t牛肉面\n",
    ));
    let arguments = ["eval", "corrections", "--pairs", &pairs, "--texts", &titles, &log];
    let found = directory.run(&[&arguments[..], &["--json", "--misses", "5"]].concat()).succeeded().json();
    // Twelve different queries, none of which is a title.
    assert_eq!((&found["texts"], &found["pairs"], &found["wrong"]), (&json!(17), &json!(5), &json!(3)));
    assert_eq!((&found["top_1"], &found["top_3"]), (&json!(0.66667), &json!(0.66667)));
    assert_eq!((&found["equal"], &found["changed"]), (&json!(2), &json!(0.0)));
    assert_eq!(found["missed"][0][0], json!("没有的"));
    assert!(found["model_bytes"].as_u64().unwrap() > 0 && found["p99_us"].is_u64());
    let table = directory.run(&arguments).succeeded();
    assert!(table.stdout.contains("66.67 %") && table.stderr.contains("17 texts"), "{}", table.stdout);
    let of_pairs = ["eval", "corrections", "--pairs", &pairs, "--texts", &pairs];
    assert!(directory.run(&of_pairs).exited(1).stderr.contains("holds the pairs"));
    directory.write("pairs.tsv", "梅食 美食\n");
    assert!(directory.run(&arguments).exited(1).stderr.contains("line 1 of"));
}
