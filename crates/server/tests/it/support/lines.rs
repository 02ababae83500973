//! Content lines, as an import takes them. Each maker gives an object that a test may add keys to.

use serde_json::{Value, json};

/// A graphic article.
pub(crate) fn article(group_id: i64, title: &str) -> Value {
    json!({ "group_id": group_id.to_string(), "group_type": "tuwen", "title": title })
}

/// A horizontal video of two minutes.
pub(crate) fn horizontal_video(group_id: i64, title: &str) -> Value {
    json!({
        "group_id": group_id.to_string(), "group_type": "xigua_video", "title": title,
        "video_detail": { "video_duration": 126.967, "video_list": [
            { "url": "https://video.example/h.mp4", "height": 720, "width": 1280, "definition": "720p" }
        ] },
    })
}

/// A vertical video of twelve seconds.
pub(crate) fn vertical_video(group_id: i64, title: &str) -> Value {
    json!({
        "group_id": group_id.to_string(), "group_type": "short_video", "title": title,
        "video_detail": { "video_duration": 12, "video_list": [
            { "url": "https://video.example/v.mp4", "height": 1280, "width": 720, "definition": "720p" }
        ] },
    })
}

/// Lines of an import file.
pub(crate) fn joined(lines: impl IntoIterator<Item = Value>) -> String {
    lines.into_iter().map(|line| format!("{line}\n")).collect()
}
