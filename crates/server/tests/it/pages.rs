//! The pages and pictures that answers point to.

use serde_json::json;

use crate::support::{Answer, Directory, article, demo, horizontal_video, joined};

/// A page with this status.
#[track_caller]
fn check_page(answer: &Answer, status: u16) -> String {
    let head = (answer.status, answer.header("content-type"));
    assert_eq!(head, (status, Some("text/html; charset=utf-8")), "{}", answer.text());
    let policy = answer.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") || policy.contains("default-src 'self'"), "{policy}");
    answer.text()
}

#[test]
fn whatever_is_imported_is_text_on_a_page() {
    const SCRIPT: &str = "<script>alert(\"1\")</script>'&";
    let directory = Directory::new();
    let mut item = article(1, &format!("竹笋{SCRIPT}"));
    for key in ["abstract", "content"] {
        item[key] = json!(SCRIPT);
    }
    item["tags"] = json!([SCRIPT]);
    item["user_info"] =
        json!({ "user_id": 7, "name": SCRIPT, "description": SCRIPT, "verified_content": SCRIPT });
    item["share_url"] = json!("https://a.example/\"><script>");
    let mut video = horizontal_video(2, "竹笋视频");
    video["article_url"] = json!("javascript:alert(1)");
    directory.import(&joined([item, video, article(3, "竹笋无名")]));
    let server = directory.serve();
    let pages = [
        "/content/1",
        "/content/2",
        "/content/3",
        "/author/7",
        "/author/0",
        "/?keyword=%E7%AB%B9%E7%AC%8B",
        "/?keyword=%3Cscript%3E",
    ];
    for path in pages {
        let text = check_page(&server.get(path), 200).to_lowercase();
        assert!(!text.contains("<script"), "{path}: {text}");
        assert!(!text.contains("href=\"javascript:"), "{path}: {text}");
    }
    assert!(check_page(&server.get("/content/1"), 200).contains("竹笋&#60;script&#62;"));
}

#[test]
fn what_is_not_there_is_a_page_with_404() {
    let demo = demo();
    for path in [
        "/nothing",
        "/content/1",
        "/content/x",
        "/content/99999999999999999999",
        "/author/1",
        "/author/x",
        "/cover/1.png",
        "/cover/x.png",
        "/avatar/x.png",
        "/icon/other.png",
        "/media/other.mp4",
        "/media/..%2F..%2Fetc%2Fpasswd",
        "/apix",
    ] {
        check_page(&demo.get(path), 404);
    }
    for path in ["/", "/content/1", "/author/1"] {
        let refused = demo.http().send("POST", path, &[], b"");
        assert_eq!((refused.status, refused.header("allow")), (405, Some("GET, HEAD")), "{path}");
    }
    let head = demo.http().send("HEAD", "/", &[], b"");
    assert_eq!((head.status, head.body.len()), (200, 0));
}

#[test]
fn a_search_page_may_be_switched_off() {
    let directory = Directory::new();
    directory.configure("[pages]\nsearch = false\n");
    check_page(&directory.serve().get("/"), 404);
}

#[test]
fn clips_are_served_in_ranges() {
    let http = demo().http();
    let whole = http.get("/media/demo.mp4");
    assert_eq!((whole.status, whole.header("accept-ranges")), (200, Some("bytes")));
    let length = whole.body.len();
    let range = |range: &str| http.send("GET", "/media/demo.mp4", &[("Range", range)], b"");
    let part = range("bytes=4-7");
    assert_eq!((part.status, part.body.as_slice()), (206, &b"ftyp"[..]));
    assert_eq!(part.header("content-range"), Some(&*format!("bytes 4-7/{length}")));
    assert_eq!(range("bytes=-10").body, whole.body[length - 10..]);
    let behind = range(&format!("bytes={length}-"));
    assert_eq!((behind.status, behind.header("content-range")), (416, Some(&*format!("bytes */{length}"))));
    assert_eq!(range("bytes=0-1,4-5").status, 200, "several ranges may be answered with the whole");
}

#[test]
fn drawn_pictures_are_the_same_every_time() {
    let demo = demo();
    let id = demo.search(&[("keyword", "美食")])["data"][0]["group_id"].as_str().unwrap().to_owned();
    for path in [format!("/cover/{id}.png"), "/avatar/7.png".to_owned(), "/icon/suggest.png".to_owned()] {
        let (one, other) = (demo.get(&path), demo.get(&path));
        assert_eq!((one.status, one.header("content-type")), (200, Some("image/png")));
        assert!(one.body == other.body && one.header("cache-control").is_some());
    }
    assert_ne!(demo.get("/avatar/7.png").body, demo.get("/avatar/8.png").body);
}
