//! The limits of a content line: what is just allowed enters, one more does not.

use serde_json::{Value, json};

use super::{check_figures, found, import, rejected_keys};
use crate::support::{Directory, article};

/// Imports the line with `allowed` and the line with `refused`, which must fail under `key`.
fn check(key: &str, allowed: &Value, refused: &Value) {
    let directory = Directory::new();
    let summary = import(&directory, &[], &format!("{allowed}\n{refused}\n")).exited(3).json();
    assert_eq!(rejected_keys(&summary), [(2, key.to_owned())]);
    check_figures(&summary, 2, 1, 0, 1);
}

/// The same article with another value.
fn with(key: &str, value: Value) -> Value {
    let mut line = article(1, "竹笋焖肉");
    line[key] = value;
    line
}

fn images(count: usize) -> Value {
    (0..count).map(|n| json!({ "url": format!("https://pictures.example/{n}.jpg") })).collect()
}

fn address(length: usize) -> String {
    let start = "https://pages.example/";
    format!("{start}{}", "a".repeat(length - start.len()))
}

#[test]
fn of_text() {
    let padded = format!(" {}\u{3000}", "笋".repeat(512));
    check("title", &with("title", padded.into()), &with("title", "笋".repeat(513).into()));
    let tags = |count: usize, length: usize| with("tags", vec!["笋".repeat(length); count].into());
    check("tags", &tags(32, 64), &tags(33, 1));
    check("tags[0]", &tags(1, 64), &tags(1, 65));
    let name = |length: usize| with("user_info", json!({ "name": "明".repeat(length) }));
    check("user_info.name", &name(1_024), &name(1_025));
    let description = |length: usize| with("user_info", json!({ "description": "明".repeat(length) }));
    check("user_info.description", &description(1_024), &description(1_025));
}

#[test]
fn of_a_body() {
    let body = |length: usize| with("content", format!("{}笋", "a ".repeat((length - 3) / 2) + "a").into());
    assert_eq!(body(1 << 20)["content"].as_str().unwrap().len(), 1 << 20);
    check("content", &body(1 << 20), &with("content", "笋".repeat((1 << 20) / 3 + 1).into()));
}

#[test]
fn of_addresses_and_numbers() {
    let page = |length: usize| with("article_url", address(length).into());
    check("article_url", &page(2_048), &page(2_049));
    let cover = |length: usize| with("cover_images", json!([{ "url": address(length) }]));
    check("cover_images[0].url", &cover(2_048), &cover(2_049));
    check("cover_images", &with("cover_images", images(9)), &with("cover_images", images(10)));
    check("content_images", &with("content_images", images(50)), &with("content_images", images(51)));
    let user = |id: u64| with("user_info", json!({ "user_id": id }));
    check("user_info.user_id", &user((1 << 53) - 1), &user(1 << 53));
    let home_page = |length: usize| with("user_info", json!({ "name": "a", "home_page": address(length) }));
    check("user_info.home_page", &home_page(2_048), &home_page(2_049));
}

#[test]
fn of_a_line() {
    let directory = Directory::new();
    let line = |id: i64, length: usize| {
        let mut line = article(id, "竹笋焖肉");
        line["padding"] = "".into();
        let padding = "a".repeat(length - line.to_string().len());
        line["padding"] = padding.into();
        line.to_string()
    };
    let limit = 4 << 20;
    assert_eq!(line(1, limit).len(), limit);
    let lines = [line(1, limit), line(2, limit + 1), article(3, "竹笋焖肉").to_string()].join("\n");
    let summary = import(&directory, &[], &lines).exited(3).json();
    check_figures(&summary, 3, 2, 0, 1);
    assert_eq!(rejected_keys(&summary), [(2, "line".to_owned())]);
    assert_eq!(found(&directory, "竹笋").len(), 2);
}
