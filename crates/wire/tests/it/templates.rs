//! Writing a template gives the bytes of the item as `serde_json` writes them.

use proptest::prelude::*;
use wire::content::{GroupType, Image, Item, UserInfo, Video, VideoDetail, render_author};
use wire::template::{self, AnswerContext, Author, Counters, Parts, TemplateError};

const BASE: &str = "https://search.example.com:8443";

fn default_author() -> UserInfo {
    UserInfo {
        avatar_url: format!("{BASE}/avatar/1.png"),
        home_page: format!("{BASE}/author/1"),
        name: "编辑部".to_owned(),
        user_id: 1,
        ..UserInfo::default()
    }
}

fn resolved(address: &str) -> String {
    if address.starts_with('/') { format!("{BASE}{address}") } else { address.to_owned() }
}

fn image(image: &Image) -> Image {
    Image { url: resolved(&image.url), ..image.clone() }
}

fn author(author: &Author) -> UserInfo {
    let id = author.user_id;
    UserInfo {
        avatar_url: resolved(author.avatar_url.as_ref().unwrap_or(&format!("/avatar/{id}.png"))),
        description: author.description.clone(),
        follow: author.follow,
        follower_count: author.follower_count,
        home_page: resolved(author.home_page.as_ref().unwrap_or(&format!("/author/{id}"))),
        name: author.name.clone(),
        user_id: id,
        user_verified: author.user_verified,
        verified_content: author.verified_content.clone(),
    }
}

fn covers(parts: &Parts) -> Vec<Image> {
    if !parts.cover_images.is_empty() {
        return parts.cover_images.iter().map(image).collect();
    }
    let (width, height) = match parts.kind {
        GroupType::Tuwen => (720, 480),
        GroupType::XiguaVideo => (1280, 720),
        GroupType::ShortVideo => (720, 1280),
    };
    vec![Image { url: format!("{BASE}/cover/{}.png", parts.group_id), height, width }]
}

fn video_detail(detail: &VideoDetail) -> VideoDetail {
    let videos = detail.video_list.iter();
    VideoDetail {
        video_list: videos.map(|video| Video { url: resolved(&video.url), ..video.clone() }).collect(),
        ..*detail
    }
}

/// The item as the contract describes it, made without the template.
fn expected(parts: &Parts, counters: &Counters, publish_time: i64, score: Option<f64>) -> Item {
    let article = parts.kind == GroupType::Tuwen;
    let page = format!("/content/{}", parts.group_id);
    Item {
        abstract_text: parts.abstract_text.clone(),
        article_read_count: article.then_some(counters.read),
        article_type: parts.kind.article_type().to_owned(),
        article_url: resolved(parts.article_url.as_ref().unwrap_or(&page)),
        comment_count: counters.comment,
        comment_url: resolved(parts.comment_url.as_ref().unwrap_or(&format!("{page}#comments"))),
        content_images: if article { parts.content_images.iter().map(image).collect() } else { Vec::new() },
        cover_images: covers(parts),
        cover_mode: parts.shown_cover_mode(),
        digg_count: counters.digg,
        group_id: parts.group_id.to_string(),
        has_video: parts.has_video,
        publish_time,
        related_score: score,
        share_count: counters.share,
        share_url: resolved(parts.share_url.as_ref().unwrap_or(&page)),
        title: parts.title.clone(),
        user_info: parts.author.as_ref().map_or_else(default_author, author),
        video_watch_count: parts.has_video.then_some(counters.watch),
        video_detail: parts.video_detail.as_ref().filter(|_| parts.has_video).map(video_detail),
    }
}

fn address() -> impl Strategy<Value = String> {
    prop_oneof!["/media/[a-z]{1,5}", "https://[a-z]{1,5}\\.example/.{0,4}", ".{0,200}"]
}

fn pictures(most: usize) -> impl Strategy<Value = Vec<Image>> {
    let one =
        (address(), 0..9000_i64, any::<i64>()).prop_map(|(url, height, width)| Image { url, height, width });
    prop::collection::vec(one, 0..most)
}

fn authors() -> impl Strategy<Value = Author> {
    let texts = (any::<String>(), any::<String>(), any::<String>());
    let addresses = (prop::option::of(address()), prop::option::of(address()));
    (texts, addresses, any::<(bool, bool)>(), any::<(i64, i64)>()).prop_map(
        |(texts, addresses, flags, numbers)| Author {
            avatar_url: addresses.0,
            description: texts.0,
            follow: flags.0,
            follower_count: numbers.0,
            home_page: addresses.1,
            name: texts.1,
            user_id: numbers.1,
            user_verified: flags.1,
            verified_content: texts.2,
        },
    )
}

fn details() -> impl Strategy<Value = VideoDetail> {
    let video = (address(), any::<i64>(), any::<i64>(), "[0-9]{3}p")
        .prop_map(|(url, height, width, definition)| Video { url, height, width, definition });
    let duration = prop_oneof![0.0..9000.0, Just(12.0), Just(126.967)];
    (duration, prop::collection::vec(video, 0..3))
        .prop_map(|(video_duration, video_list)| VideoDetail { video_duration, video_list })
}

fn parts() -> impl Strategy<Value = Parts> {
    let kind = prop::sample::select(GroupType::ALL.to_vec());
    let addresses = [(); 3].map(|()| prop::option::of(address()));
    let pictures = (pictures(4), pictures(4), prop::option::of(0..4_i64));
    let rest = (any::<bool>(), prop::option::of(authors()), prop::option::of(details()));
    (any::<i64>(), kind, any::<(String, String)>(), addresses, pictures, rest).prop_map(
        |(group_id, kind, texts, [article_url, comment_url, share_url], pictures, rest)| Parts {
            group_id,
            kind,
            title: texts.0,
            abstract_text: texts.1,
            article_url,
            comment_url,
            share_url,
            content_images: pictures.0,
            cover_images: pictures.1,
            cover_mode: pictures.2,
            has_video: rest.0,
            author: rest.1,
            video_detail: rest.2,
        },
    )
}

fn counters() -> impl Strategy<Value = Counters> {
    any::<[i64; 5]>().prop_map(|[read, comment, digg, share, watch]| Counters {
        read,
        comment,
        digg,
        share,
        watch,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_template_writes_what_the_item_serialises_to(
        parts in parts(), counters in counters(), publish_time: i64, score in prop::option::of(0.0..1.0),
    ) {
        let template = template::encode(&parts);
        let rendered = render_author(&default_author(), BASE);
        let context = AnswerContext { base: BASE, default_author: &rendered, related_score: score };
        let mut out = Vec::new();
        template::write(&template, &counters, publish_time, &context, &mut out).unwrap();
        let item = expected(&parts, &counters, publish_time, score);
        prop_assert_eq!(String::from_utf8(out).unwrap(), serde_json::to_string(&item).unwrap());
        prop_assert_eq!(template::item(&template, &counters, publish_time, &context), Ok(item));
        prop_assert_eq!(template::has_default_author(&template), Ok(parts.author.is_none()));
    }

    #[test]
    fn any_bytes_are_refused_or_written(bytes in prop::collection::vec(0..12_u8, 0..40)) {
        let context = AnswerContext { base: BASE, default_author: "{}", related_score: None };
        let _outcome = template::write(&bytes, &Counters::default(), 0, &context, &mut Vec::new());
        let _item = template::item(&bytes, &Counters::default(), 0, &context);
    }

    #[test]
    fn a_cut_template_is_no_item(parts in parts(), share in 0.0..1.0) {
        let template = template::encode(&parts);
        let length = (template.len() as f64 * share) as usize;
        let context = AnswerContext { base: BASE, default_author: "{}", related_score: None };
        prop_assert!(template::item(&template[..length], &Counters::default(), 0, &context).is_err());
    }
}

#[test]
fn versions_and_damage_are_told_apart() {
    let context = AnswerContext { base: "", default_author: "{}", related_score: Some(f64::NAN) };
    let write =
        |template: &[u8]| template::write(template, &Counters::default(), 0, &context, &mut Vec::new());
    assert_eq!(write(&[]), Err(TemplateError::Damaged));
    assert_eq!(write(&[9]), Err(TemplateError::Version(9)));
    assert_eq!(write(&[1, 99]), Err(TemplateError::Damaged));
    assert_eq!(write(&[1, 0, 5, b'x']), Err(TemplateError::Damaged));
    assert_eq!(write(&[1, 0, 0xff, 0xff, 0xff, 0xff, 0xff]), Err(TemplateError::Damaged));
    assert_eq!(write(&[1, 9]), Ok(()), "a score that is not a number is left out");
}

#[test]
fn cover_modes_have_defaults() {
    let line = |kind: &str, covers: usize, mode: &str| {
        let images = vec![r#"{"url":"https://x/"}"#; covers].join(",");
        let line =
            format!(r#"{{"group_id":1,"group_type":"{kind}","title":"t","cover_images":[{images}]{mode}}}"#);
        let found = wire::import::content_line(&line, None).unwrap();
        let context = AnswerContext { base: "", default_author: "{}", related_score: None };
        template::item(&found.answer, &Counters::default(), 0, &context).unwrap().cover_mode
    };
    assert_eq!(line("tuwen", 0, ""), 3);
    assert_eq!(line("xigua_video", 0, ""), 1);
    assert_eq!(line("short_video", 1, ""), 1);
    assert_eq!(line("tuwen", 1, ""), 3);
    assert_eq!(line("tuwen", 3, ""), 2);
    assert_eq!(line("tuwen", 0, r#","cover_mode":0"#), 0);
}
