#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;

fn author() -> Author {
    Author {
        name: "阿蒙的<厨房>".into(),
        address: Address::new("/author/42"),
        avatar: Address::new("/avatar/42.png"),
        description: "家常菜，每天一道".into(),
        verified: true,
        verified_content: "美食博主".into(),
        followers: 128_431,
    }
}

fn card(kind: Kind, title: &str) -> Card {
    let (width, height) = match kind {
        Kind::Article => (720, 480),
        Kind::Video => (1280, 720),
        Kind::ShortVideo => (720, 1280),
    };
    let is_video = kind != Kind::Article;
    Card {
        kind,
        title: marked(title, "家常菜"),
        address: Address::new("/content/7101"),
        cover: Some(Picture { address: Address::new("/cover/7101.png"), width, height }),
        summary: "不用出门买菜，冰箱里剩下的就够了。土豆切丝过水，热锅冷油，醋要沿锅边下。".into(),
        author: author(),
        published: Moment::from_seconds(1_795_000_000),
        counters: Counters {
            reads: (!is_video).then_some(52_310),
            watches: is_video.then_some(9_100_000),
            likes: 1_204,
            comments: 88,
            shares: 0,
        },
        duration_seconds: is_video.then_some(126.967),
    }
}

fn home(keyword: &str, cards: Vec<Card>) -> HomePage {
    HomePage {
        keyword: keyword.into(),
        kind: None,
        page: 2,
        search_id: "0123".into(),
        cards,
        has_more: true,
        notice: None,
        examples: ["家常菜", "露营 装备", "c&a"].map(Into::into).to_vec(),
    }
}

fn three() -> Vec<Card> {
    vec![
        card(Kind::Article, "一周家常菜不重样，照着做就行"),
        card(Kind::Video, "十分钟两道家常菜：醋溜土豆丝和番茄炒蛋，厨房新手也能一次做成"),
        card(Kind::ShortVideo, "这道快手家常菜，连汤汁都拌饭吃光了"),
    ]
}

fn content(kind: Kind) -> ContentPage {
    let card = card(kind, "十分钟两道家常菜：醋溜土豆丝和番茄炒蛋");
    let is_video = kind != Kind::Article;
    ContentPage {
        kind,
        title: card.title.iter().map(|piece| piece.text.as_str()).collect(),
        author: author(),
        published: card.published,
        cover: card.cover,
        summary: card.summary,
        body: "土豆切丝，泡水十分钟。\n\n  热锅冷油，先下花椒。<script>alert(1)</script>\n".into(),
        pictures: if is_video {
            Vec::new()
        } else {
            (1..=3)
                .map(|number| Picture {
                    address: Address::new(&format!("/cover/{number}.png")),
                    width: 720,
                    height: 480,
                })
                .collect()
        },
        videos: if is_video { vec![Video { address: Address::new("/media/clip.mp4") }] } else { Vec::new() },
        duration_seconds: card.duration_seconds,
        tags: vec!["家常菜".into(), "快手菜".into()],
        counters: card.counters,
    }
}

fn author_page() -> AuthorPage {
    AuthorPage { author: author(), cards: three(), page: 1, has_more: true }
}

#[test]
fn text_is_escaped_everywhere() {
    let pages = [
        home("<b>\"家常菜\"", three()).render().unwrap(),
        content(Kind::Article).render().unwrap(),
        author_page().render().unwrap(),
    ];
    for page in pages {
        assert!(!page.contains("<script") && !page.contains("<厨房>") && !page.contains("<b>"), "{page}");
        assert!(page.contains("&#60;厨房&#62;"));
    }
}

#[test]
fn addresses_that_run_something_are_dropped() {
    let check = |text: &str, expected: &str| assert_eq!(Address::new(text).to_string(), expected);
    check("/content/1", "/content/1");
    check("https://a/b?c", "https://a/b?c");
    check("HTTP://a", "HTTP://a");
    check("javascript:alert(1)", "");
    check(" javascript:alert(1)", "");
    check("data:text/html,x", "");
    check("求索的地址很长很长", "");
    check("", "");
}

#[test]
fn a_result_page_shows_its_cards_and_neighbours() {
    let page = home("家常菜 a&b", three()).render().unwrap();
    assert!(page.contains("一周<mark>家常菜</mark>不重样"), "{page}");
    assert!(page.contains("910万 播放") && page.contains("5.2万 阅读") && !page.contains("0 分享"));
    assert!(page.contains("2:07"));
    let keyword = "keyword=%E5%AE%B6%E5%B8%B8%E8%8F%9C%20a%26b";
    assert!(page.contains(&format!("href=\"/?{keyword}&#38;page=3&#38;search_id=0123\"")), "{page}");
    assert!(page.contains(&format!("rel=\"prev\" href=\"/?{keyword}\"")));
    assert!(page.contains(&format!("href=\"/?{keyword}&amp;type=short_video\"")));
    assert!(page.contains("value=\"家常菜 a&#38;b\""));
}

#[test]
fn an_empty_keyword_invites_and_an_empty_list_consoles() {
    let start = home("", Vec::new()).render().unwrap();
    assert!(
        start.contains("大家在搜") && start.contains("keyword=c%26a") && !start.contains("class=\"top\"")
    );
    let nothing = HomePage { page: 1, has_more: false, ..home("乌有", Vec::new()) }.render().unwrap();
    assert!(nothing.contains("没有找到“乌有”") && !nothing.contains("下一页"));
    let past = HomePage { has_more: false, ..home("乌有", Vec::new()) }.render().unwrap();
    assert!(past.contains("没有更多结果了"));
    let notice = Some("搜索暂时不可用，请稍后再试。".to_owned());
    let failed = HomePage { notice, ..home("乌有", Vec::new()) }.render().unwrap();
    assert!(failed.contains("搜索暂时不可用") && !failed.contains("没有找到"));
}

#[test]
fn an_item_page_has_its_parts() {
    let video = content(Kind::ShortVideo).render().unwrap();
    assert!(
        video.contains("<video controls playsinline preload=\"metadata\" poster=\"/cover/7101.png\">"),
        "{video}"
    );
    assert!(video.contains("<source src=\"/media/clip.mp4\" type=\"video/mp4\">"));
    assert!(video.contains("id=\"comments\"") && video.contains("共 88 条评论"));
    assert!(video.contains("时长 2:07") && video.contains("2026-11-18 19:06"));
    let article = content(Kind::Article).render().unwrap();
    assert!(
        !article.contains("<video")
            && article.contains("配图 3")
            && article.contains("<p>土豆切丝，泡水十分钟。</p>")
    );
}

#[test]
fn an_author_page_and_a_missing_page() {
    let page = author_page().render().unwrap();
    assert!(page.contains("12.8万 位粉丝") && page.contains("美食博主") && page.contains("href=\"?page=2\""));
    assert!(NotFoundPage::content().render().unwrap().contains("内容不存在"));
}

#[test]
fn marks_stand_where_words_match() {
    let check = |text: &str, keyword: &str, expected: &str| {
        let show = |piece: Piece| if piece.hit { format!("[{}]", piece.text) } else { piece.text };
        assert_eq!(marked(text, keyword).into_iter().map(show).collect::<String>(), expected);
    };
    check("家常菜的家常", "家常", "[家常]菜的[家常]");
    check("iPhone17 测评", "IPHONE 测", "[iPhone]17 [测]评");
    check("哈哈哈", "哈哈", "[哈哈哈]");
    check("短", "很长的词", "短");
    check("", "词", "");
    check("无", "", "无");
}

/// Writes every page into the directory that `QIUSUO_PAGES` names, for looking at them in a browser.
#[test]
fn pages_can_be_looked_at() {
    let Some(directory) = std::env::var_os("QIUSUO_PAGES").map(std::path::PathBuf::from) else { return };
    let write = |name: &str, page: String| std::fs::write(directory.join(name), page).unwrap();
    write("start.html", home("", Vec::new()).render().unwrap());
    write("results.html", home("家常菜", [three(), three()].concat()).render().unwrap());
    write("empty.html", HomePage { page: 1, has_more: false, ..home("乌有", Vec::new()) }.render().unwrap());
    write("article.html", content(Kind::Article).render().unwrap());
    write("video.html", content(Kind::Video).render().unwrap());
    write("author.html", author_page().render().unwrap());
    write("missing.html", NotFoundPage::path().render().unwrap());
}
