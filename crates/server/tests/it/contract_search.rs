//! Contract 2, content search, from outside: registration, item shape, HTTP and HTTPS.

use std::collections::HashSet;

use client::{Client, GroupType, Ret, SearchRequest, TypeSet};
use serde_json::{Value, json};

use crate::{
    library::{Library, WHALE, ids, is_req_id, keys, library, shapes, whales},
    support::{Application, Directory, borrowed, demo, joined, now, target},
};

#[test]
fn a_registration_gives_a_token() {
    let library = library();
    let body = library.server.get(&library.application.register_target("user-0001")).json();
    assert_eq!(keys(&body), ["ret", "msg", "message", "data", "req_id"]);
    assert_eq!(
        (&body["ret"], &body["msg"], &body["message"]),
        (&json!(0), &json!("success"), &json!("success"))
    );
    assert_eq!(keys(&body["data"]), ["access_token", "expires_in"]);
    assert_eq!(body["data"]["expires_in"], 5_184_000);
    let token = body["data"]["access_token"].as_str().unwrap();
    assert!(token.starts_with('A') && token.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{token}");
    assert!(is_req_id(&body["req_id"]), "{body}");
    // The path is served without its final slash too, and optional facts about the user are taken.
    let without_slash = library.application.register_target("user-0001").replace("/v4/?", "/v4?");
    let told =
        format!("{without_slash}&ouid=o&age=100&gender=f&birth=1990&os=android&city=&ip=1.2.3.4&unknown=1");
    assert_eq!(library.server.get(&told).json()["ret"], 0);
    // Both tokens stay good.
    let again = library.application.register(&library.server, "user-0001");
    for token in [token, &again] {
        let answer = library.application.search(&library.server, token, &[("keyword", WHALE)]).json();
        assert_eq!(answer["ret"], 0, "{answer}");
    }
}

#[test]
fn a_registration_may_be_posted() {
    let library = library();
    let application = &library.application;
    let path = "/access_token/register/wap/v4/";
    let post = |query: &[(&str, &str)], form: &str| {
        let headers = [("Content-Type", "application/x-www-form-urlencoded")];
        library.server.http().send("POST", &target(path, query), &headers, form.as_bytes()).json()
    };
    let signed = application.signed_registration("posted 用户");
    let without_uuid = borrowed(&signed[..4]);
    let form = "uuid=posted+%E7%94%A8%E6%88%B7&age=7&gender=m&birth=2001&ouid=o";
    assert_eq!(post(&without_uuid, form)["ret"], 0);
    // The query wins over the body; all of it may stand in the query.
    assert_eq!(post(&borrowed(&signed), "uuid=someone-else")["ret"], 0);
    assert_eq!(post(&borrowed(&signed), "")["ret"], 0);
    let refused = |answer: Value, named: &str| {
        assert_eq!(
            (keys(&answer).as_slice(), &answer["ret"]),
            (&["ret", "msg", "message", "req_id"][..], &json!(10001))
        );
        assert!(answer["msg"].as_str().unwrap().contains(named), "{answer} does not name {named}");
        assert_eq!(answer["msg"], answer["message"]);
        assert!(is_req_id(&answer["req_id"]));
    };
    for name in ["partner", "timestamp", "nonce", "signature", "access_token"] {
        refused(post(&borrowed(&signed), &format!("uuid=u&{name}=x")), name);
    }
    refused(post(&without_uuid, "age=7"), "uuid");
    refused(post(&without_uuid, &form.replace("age=7", "age=101")), "age");
    refused(post(&without_uuid, "uuid=%zz"), "%25");
    refused(post(&without_uuid, "uuid=%FF"), "UTF-8");
    refused(post(&without_uuid, &format!("uuid={}", "u".repeat(9_000))), "8192");
}

#[test]
fn one_uuid_registered_twice_at_the_same_moment() {
    let library = library();
    let registered: Vec<String> = std::thread::scope(|scope| {
        let register = || library.application.register(&library.server, "twin");
        let calls: Vec<_> = (0..4).map(|_| scope.spawn(register)).collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    for token in registered {
        assert_eq!(
            library.application.search(&library.server, &token, &[("keyword", WHALE)]).json()["ret"],
            0
        );
    }
}

#[test]
fn three_pages_of_the_demo_with_raw_requests() {
    let demo = demo();
    let access_token = demo.application.register(demo, "raw-reader");
    let mut seen = HashSet::new();
    let mut search_id = String::new();
    for page in 0..3 {
        let offset = (page * 10).to_string();
        let mut parameters = vec![("keyword", "美食"), ("offset", &offset), ("count", "10")];
        if page > 0 {
            parameters.push(("search_id", &search_id));
        }
        let answer = demo.application.search(demo, &access_token, &parameters);
        let body = answer.json();
        assert_eq!(keys(&body), ["ret", "msg", "req_id", "search_id", "has_more", "data"]);
        assert_eq!(
            (&body["ret"], &body["msg"], &body["has_more"]),
            (&json!(0), &json!("success"), &json!(true))
        );
        assert!(is_req_id(&body["req_id"]));
        let page_ids = ids(&body).into_iter().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(page_ids.len(), 10);
        assert!(page_ids.into_iter().all(|id| seen.insert(id)), "page {page} repeats an item");
        if page > 0 {
            assert_eq!(body["search_id"], search_id);
        }
        search_id = body["search_id"].as_str().unwrap().to_owned();
        assert!(search_id.len() == 32 && search_id.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
}

/// Registers, walks three pages and says what was seen.
async fn walk(client: Client, application: &Application, keyword: &str) -> Vec<String> {
    let user =
        client.content(&application.partner, &application.secure_key).register("client").await.unwrap();
    assert_eq!(user.expires_in(), Some(5_184_000));
    let mut request = SearchRequest::new(keyword);
    let mut seen: Vec<String> = Vec::new();
    for page in 1..=3 {
        let answer = user.search(&request).await.unwrap();
        assert_eq!(answer.data.len(), 10, "page {page}");
        seen.extend(answer.data.iter().map(|item| item.group_id.clone()));
        request = request.next_page(&answer).unwrap();
    }
    assert_eq!(seen.iter().collect::<HashSet<_>>().len(), 30, "no item comes twice");
    seen
}

#[tokio::test]
async fn three_pages_through_the_client_over_http() {
    let demo = demo();
    let client = Client::new(&demo.base()).unwrap();
    walk(client.clone(), &demo.application, "美食").await;
    assert_eq!(client.suggest(&demo.token, "美食").await.unwrap().items.len(), 15);
    assert_eq!(client.suggest("wrong", "美食").await.unwrap_err().code(), Some(client::Code::InvalidToken));
    let stranger = client.content("demo", "wrong key").register("u").await;
    assert_eq!(stranger.err().unwrap().ret(), Some(Ret::Signature));
    let only_videos = SearchRequest {
        types: [GroupType::XiguaVideo, GroupType::ShortVideo].into_iter().collect::<TypeSet>(),
        count: 20,
        ..SearchRequest::new("美食")
    };
    let user = client.content("demo", &demo.application.secure_key).user(&demo.access_token);
    let answer = user.search(&only_videos).await.unwrap();
    assert!(
        !answer.data.is_empty()
            && answer.data.iter().all(|item| item.has_video && item.video_detail.is_some())
    );
}

#[tokio::test]
async fn three_pages_through_the_client_over_https() {
    let directory = Directory::new();
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let certificate = directory.write("certificate.pem", made.cert.pem());
    let key = directory.write("key.pem", made.signing_key.serialize_pem());
    directory.import(&joined(whales()));
    let (token, application) = (directory.token("t"), directory.application("tls"));
    let [certificate, key] = [&certificate, &key].map(|path| path.to_str().unwrap());
    let server =
        directory.serve_with(&["--tls-listen", "127.0.0.1:0", "--tls-cert", certificate, "--tls-key", key]);
    let base = format!("https://{}", server.https_address.as_ref().unwrap());
    // Another test may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let root = reqwest::Certificate::from_pem(made.cert.pem().as_bytes()).unwrap();
    let http = reqwest::Client::builder().tls_certs_only([root]).no_proxy().build().unwrap();
    let client = Client::with_http(&base, http.clone()).unwrap();
    walk(client.clone(), &application, WHALE).await;
    let user = client.content(&application.partner, &application.secure_key).register("u").await.unwrap();
    let answer = user.search(&SearchRequest::new(WHALE)).await.unwrap();
    assert!(
        answer.data.iter().all(|item| item.article_url.starts_with(&base)),
        "addresses are those of HTTPS"
    );
    let suggested = client.suggest(&token, WHALE).await.unwrap();
    assert!(suggested.items.iter().all(|item| item.icon.starts_with(&base)));
    // A client that does not know the certificate gets nothing, and the plain port stays open.
    let stranger = reqwest::Client::builder().tls_certs_only([]).no_proxy().build().unwrap();
    assert!(stranger.get(format!("{base}/ping")).send().await.is_err());
    assert_eq!(http.get(format!("{base}/readyz")).send().await.unwrap().status(), 200);
    assert_eq!(server.get("/readyz").status, 200);
}

/// The item of this id among the answers for a keyword, as its bytes stand on the wire.
fn item_text(library: &Library, group_id: &str) -> String {
    let answer = library.search(&[("keyword", "砚台")]);
    let found = answer["data"].as_array().unwrap().iter().find(|item| item["group_id"] == group_id);
    found.unwrap_or_else(|| panic!("{group_id} is not in {answer}")).to_string()
}

#[test]
fn an_item_has_the_keys_of_its_type_in_their_order() {
    let library = library();
    let base = library.server.base();
    let default_author = format!(
        r#"{{"avatar_url":"{base}/avatar/0.png","description":"本站内容","follow":false,"follower_count":0,"home_page":"{base}/author/0","name":"求索","user_id":0,"user_verified":false,"verified_content":""}}"#
    );
    let own_addresses = |id: i64| {
        let page = format!("{base}/content/{id}");
        (format!(r#""article_url":"{page}","comment_count":0,"comment_url":"{page}#comments""#), page)
    };
    // An article with everything: its own addresses stay; body and tags are searched, never answered.
    let full = r##"{"abstract":"端砚与歙砚","article_read_count":7,"article_type":"图文","article_url":"https://a.example/501","comment_count":8,"comment_url":"https://a.example/501/c","content_images":[{"url":"https://p.example/1.png","height":3,"width":4}],"cover_images":[{"url":"https://p.example/c.png","height":5,"width":6}],"cover_mode":2,"digg_count":9,"group_id":"501","has_video":false,"publish_time":1700000000,"share_count":10,"share_url":"https://a.example/501/s","title":"砚台收藏","user_info":{"avatar_url":"https://p.example/u.png","description":"藏家","follow":true,"follower_count":11,"home_page":"https://a.example/u","name":"墨客","user_id":12,"user_verified":true,"verified_content":"鉴定师"}}"##;
    assert_eq!(item_text(library, "501"), full);
    // An article with nothing but a title.
    let (addresses, page) = own_addresses(502);
    let bare = format!(
        r#"{{"abstract":"","article_read_count":0,"article_type":"图文",{addresses},"cover_images":[{{"url":"{base}/cover/502.png","height":480,"width":720}}],"cover_mode":3,"digg_count":0,"group_id":"502","has_video":false,"publish_time":1700000000,"share_count":0,"share_url":"{page}","title":"砚台入门","user_info":{default_author}}}"#
    );
    assert_eq!(item_text(library, "502"), bare);
    let video = |id: i64,
                 kind: &str,
                 (height, width): (u32, u32),
                 title: &str,
                 watched: u32,
                 detail: &str| {
        let (addresses, page) = own_addresses(id);
        format!(
            r#"{{"abstract":"","article_type":"{kind}",{addresses},"cover_images":[{{"url":"{base}/cover/{id}.png","height":{height},"width":{width}}}],"cover_mode":1,"digg_count":0,"group_id":"{id}","has_video":true,"publish_time":1700000000,"share_count":0,"share_url":"{page}","title":"{title}","user_info":{default_author},"video_watch_count":{watched},"video_detail":{detail}}}"#
        )
    };
    let detail = r#"{"video_duration":126.967,"video_list":[{"url":"https://video.example/h.mp4","height":720,"width":1280,"definition":"720p"}]}"#;
    assert_eq!(item_text(library, "503"), video(503, "短视频", (720, 1280), "砚台制作", 13, detail));
    let detail = r#"{"video_duration":12.0,"video_list":[{"url":"https://video.example/v.mp4","height":1280,"width":720,"definition":"720p"}]}"#;
    assert_eq!(item_text(library, "504"), video(504, "小视频", (1280, 720), "砚台清洗", 14, detail));
    // Title, body and tag all find it.
    for keyword in ["松烟墨", "文房", "端砚"] {
        assert_eq!(ids(&library.search(&[("keyword", keyword)])), ["501"], "{keyword}");
    }
}

#[test]
fn the_relevance_and_the_default_author_are_settings() {
    let directory = Directory::new();
    directory.configure(
        "[server]\npublic_url = \"https://search.example\"\n[content]\nrelated_score = true\n[content.default_author]\nname = \"编辑部\"\nuser_id = 9\navatar_url = \"/icon/suggest.png\"\n",
    );
    directory.import(&joined(shapes()));
    let application = directory.application("a");
    let server = directory.serve();
    let access_token = application.register(&server, "u");
    let body = application.search(&server, &access_token, &[("keyword", "砚台")]).json();
    let items = body["data"].as_array().unwrap();
    assert_eq!(items.len(), 4);
    for item in items {
        let names = keys(item);
        let score_at = names.iter().position(|&name| name == "related_score").unwrap();
        assert_eq!((names[score_at - 1], names[score_at + 1]), ("publish_time", "share_count"));
        assert!((0.0..=1.0).contains(&item["related_score"].as_f64().unwrap()), "{item}");
    }
    let bare = items.iter().find(|item| item["group_id"] == "502").unwrap();
    assert_eq!(bare["article_url"], "https://search.example/content/502");
    assert_eq!((&bare["user_info"]["name"], &bare["user_info"]["user_id"]), (&json!("编辑部"), &json!(9)));
    assert_eq!(bare["user_info"]["avatar_url"], "https://search.example/icon/suggest.png");
    assert_eq!(bare["user_info"]["home_page"], "https://search.example/author/9");
}

#[test]
fn an_unchanged_nonce_is_taken_again() {
    let library = library();
    let target = library.application.search_target(&library.access_token, &[("keyword", WHALE)]);
    for _ in 0..3 {
        assert_eq!(library.server.get(&target).json()["ret"], 0);
    }
    let short = library.application.signed_at(&now().to_string(), "123", None);
    let parameters = [("access_token", library.access_token.as_str()), ("keyword", WHALE)];
    let target = target_of(&[&borrowed(&short), &parameters[..]].concat());
    assert_eq!(library.server.get(&target).json()["ret"], 0, "the vendor's own example has a nonce of three");
}

fn target_of(parameters: &[(&str, &str)]) -> String {
    target("/data/stream/search/v4/", parameters)
}
