//! Pictures that the server draws, and the demo content's clips.

use axum::{
    body::Body,
    extract::{Path, State},
    http::{
        HeaderMap, StatusCode,
        header::{ACCEPT_RANGES, CACHE_CONTROL, CONTENT_RANGE, CONTENT_TYPE, RANGE},
    },
    response::{IntoResponse, Response},
};
use tokio::sync::Semaphore;
use wire::content::GroupType;

use super::{pages, state::App};
use crate::pictures;

/// How long a drawn picture may be kept: what it shows follows from its name alone.
const CACHE: &str = "public, max-age=86400";
/// Side of a drawn avatar, in pixels.
const AVATAR_SIDE: u32 = 240;
/// The demo content's clips.
const CLIPS: [(&str, &[u8]); 2] = [
    ("demo.mp4", include_bytes!("../../../../demo/media/demo.mp4")),
    ("demo-vertical.mp4", include_bytes!("../../../../demo/media/demo-vertical.mp4")),
];

/// `GET /cover/{group_id}.png`: the cover of an item that brought none, in the size that its type states.
pub(crate) async fn cover(State(app): State<App>, Path(file): Path<String>) -> Response {
    let number = number_of(&file);
    let kind = number.and_then(|group_id| {
        let engine = app.engine().ok()?;
        let mut kind = None;
        engine.row(group_id, &mut |row| kind = GroupType::from_bit(1 << row.kind));
        kind
    });
    match (number, kind) {
        (Some(group_id), Some(kind)) => {
            let (width, height) = kind.drawn_cover_size();
            draw(move || pictures::cover(group_id as u64, width, height)).await
        }
        _ => pages::not_found().await,
    }
}

/// `GET /avatar/{user_id}.png`.
pub(crate) async fn avatar(Path(file): Path<String>) -> Response {
    match number_of(&file) {
        Some(user_id) => draw(move || pictures::avatar(user_id as u64, AVATAR_SIDE)).await,
        None => pages::not_found().await,
    }
}

/// `GET /icon/suggest.png` and its dark twin.
pub(crate) async fn icon(Path(file): Path<String>) -> Response {
    match file.as_str() {
        "suggest.png" => draw(|| pictures::suggest_icon(false)).await,
        "suggest-night.png" => draw(|| pictures::suggest_icon(true)).await,
        _ => pages::not_found().await,
    }
}

/// `GET /media/{file}`: a clip of the demo content; one byte range is served, as players ask for it.
pub(crate) async fn media(Path(file): Path<String>, headers: HeaderMap) -> Response {
    let Some((_, clip)) = CLIPS.into_iter().find(|(name, _)| *name == file) else {
        return pages::not_found().await;
    };
    let media = [(CONTENT_TYPE, "video/mp4"), (ACCEPT_RANGES, "bytes"), (CACHE_CONTROL, CACHE)];
    match byte_range(&headers, clip.len()) {
        None => (media, Body::from(clip)).into_response(),
        Some(Ok((from, to))) => {
            let range = format!("bytes {from}-{}/{}", to - 1, clip.len());
            (StatusCode::PARTIAL_CONTENT, media, [(CONTENT_RANGE, range)], Body::from(&clip[from..to]))
                .into_response()
        }
        Some(Err(())) => {
            let range = format!("bytes */{}", clip.len());
            (StatusCode::RANGE_NOT_SATISFIABLE, [(CONTENT_RANGE, range)]).into_response()
        }
    }
}

/// The one range that is asked for, as from..to; `None` for the whole, as an unknown or manifold range may be
/// answered.
fn byte_range(headers: &HeaderMap, length: usize) -> Option<Result<(usize, usize), ()>> {
    let text = headers.get(RANGE)?.to_str().ok()?.strip_prefix("bytes=")?;
    let (from, to) = text.split_once('-')?;
    let number = |text: &str| text.parse::<usize>().ok();
    let (from, to) = match (number(from), number(to)) {
        (Some(from), Some(to)) if from <= to => (from, to.saturating_add(1).min(length)),
        (Some(from), None) if to.is_empty() => (from, length),
        (None, Some(last)) if from.is_empty() => (length.saturating_sub(last), length),
        _ => return None,
    };
    Some(if from < to { Ok((from, to)) } else { Err(()) })
}

/// Draws on a thread of its own, one picture at a time: a picture takes milliseconds, and nobody who asks for
/// many of them may hold up the APIs.
async fn draw(picture: impl FnOnce() -> pictures::Drawn + Send + 'static) -> Response {
    static ONE_AT_A_TIME: Semaphore = Semaphore::const_new(1);
    let Ok(_permit) = ONE_AT_A_TIME.acquire().await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    match tokio::task::spawn_blocking(picture).await {
        Ok(Ok(bytes)) => png(bytes),
        Ok(Err(error)) => not_drawn(&error),
        Err(error) => not_drawn(&error),
    }
}

fn not_drawn(error: &dyn std::fmt::Display) -> Response {
    tracing::error!(%error, "a picture could not be drawn");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

fn png(bytes: Vec<u8>) -> Response {
    ([(CONTENT_TYPE, "image/png"), (CACHE_CONTROL, CACHE)], Body::from(bytes)).into_response()
}

/// The number in `NUMBER.png`.
fn number_of(file: &str) -> Option<i64> {
    let digits = file.strip_suffix(".png")?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picture_names() {
        assert_eq!(number_of("17.png"), Some(17));
        assert_eq!(number_of("+17.png"), None);
        assert_eq!(number_of("17.jpg"), None);
        assert_eq!(number_of(".png"), None);
        assert_eq!(number_of("99999999999999999999.png"), None);
    }

    #[test]
    fn ranges() {
        let range = |text: &'static str| {
            let headers = HeaderMap::from_iter([(RANGE, axum::http::HeaderValue::from_static(text))]);
            byte_range(&headers, 10)
        };
        assert_eq!(range("bytes=0-3"), Some(Ok((0, 4))));
        assert_eq!(range("bytes=4-"), Some(Ok((4, 10))));
        assert_eq!(range("bytes=-3"), Some(Ok((7, 10))));
        assert_eq!(range("bytes=4-99"), Some(Ok((4, 10))));
        assert_eq!(range("bytes=10-"), Some(Err(())));
        assert_eq!(range("bytes=0-1,4-5"), None);
        assert_eq!(range("lines=0-1"), None);
    }
}
