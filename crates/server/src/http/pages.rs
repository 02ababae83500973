//! The pages: search, one item, one author.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::{
        HeaderValue, Method, StatusCode,
        header::{ALLOW, CONTENT_SECURITY_POLICY, CONTENT_TYPE},
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use engine::{Engine, Item, SearchRequest};
use wire::{
    content::{self, TypeSet},
    query::{Keyword, Parameters},
    template::{self, AnswerContext},
};

use super::{
    content::{counters, item_counters},
    state::App,
};
use crate::views::{self, Address, AuthorPage, ContentPage, HomePage, Kind, Moment, NotFoundPage};

/// Results on a page.
const PAGE: usize = 20;

/// Why a page is not there.
enum Missing {
    Page(NotFoundPage),
    Failed,
    Method,
}

/// `GET /`: the search page.
pub(crate) async fn home(State(app): State<App>, request: Parts) -> Response {
    let shown = if app.shared.config.pages.search {
        search_page(&app, &request)
    } else {
        Err(Missing::Page(NotFoundPage::path()))
    };
    finish(shown)
}

/// `GET /content/{group_id}`: one item.
pub(crate) async fn content(
    State(app): State<App>,
    Path(group_id): Path<String>,
    request: Parts,
) -> Response {
    let shown = content_page(&app, &group_id, &request).await;
    finish(shown)
}

/// `GET /author/{user_id}`: an author and the author's newest items.
pub(crate) async fn author(State(app): State<App>, Path(user_id): Path<String>, request: Parts) -> Response {
    let shown = author_page(&app, &user_id, &request).await;
    finish(shown)
}

/// Any path that nothing stands at and that belongs to no dialect.
pub(crate) async fn not_found() -> Response {
    finish::<NotFoundPage>(Err(Missing::Page(NotFoundPage::path())))
}

fn search_page(app: &App, request: &Parts) -> Result<HomePage, Missing> {
    let engine = engine(app, request)?;
    let parameters = Parameters::parse(request.uri.query().unwrap_or_default()).unwrap_or_default();
    let typed = parameters.get("keyword").unwrap_or_default().trim();
    let mut page = HomePage {
        keyword: typed.to_owned(),
        kind: parameters.get("type").and_then(Kind::from_name),
        page: parameters.get("page").and_then(|page| page.parse().ok()).unwrap_or(1).max(1),
        search_id: String::new(),
        cards: Vec::new(),
        has_more: false,
        notice: None,
        examples: Vec::new(),
    };
    if typed.is_empty() {
        return Ok(page);
    }
    let Ok(keyword) = Keyword::parse(typed) else {
        page.notice = Some("关键词太长了，最多 64 个字。".to_owned());
        return Ok(page);
    };
    let new_search_id = content::search_id(app.unique());
    let search_id = parameters.get("search_id").filter(|id| id.len() <= 128);
    let kinds = page.kind.and_then(|kind| TypeSet::parse(kind.name()).ok()).unwrap_or(TypeSet::ALL);
    let found = engine.search(&SearchRequest {
        application: engine::SITE,
        user: 0,
        keyword: keyword.as_str(),
        kinds: kinds.bits(),
        offset: (page.page as usize - 1).saturating_mul(PAGE),
        count: PAGE,
        search_id,
        new_search_id: &new_search_id,
    });
    let found = found.map_err(|error| failed(&error))?;
    let base = app.base(&request.uri, &request.headers);
    for (group_id, _) in found.items() {
        if let Some(item) = visible_item(app, engine, group_id, &base)? {
            page.cards.push(card(&item, keyword.as_str()));
        }
    }
    page.has_more = found.has_more;
    page.search_id = found.search_id().to_owned();
    Ok(page)
}

async fn content_page(app: &App, group_id: &str, request: &Parts) -> Result<ContentPage, Missing> {
    let engine = engine(app, request)?;
    let number = group_id.parse().map_err(|_| Missing::Page(NotFoundPage::content()))?;
    let base = app.base(&request.uri, &request.headers);
    let shown =
        visible_item(app, engine, number, &base)?.ok_or_else(|| Missing::Page(NotFoundPage::content()))?;
    let record = engine.item(number).await.map_err(|error| failed(&error))?;
    let (body, tags) = record.map_or_else(Default::default, |item| (item.body, item.tags));
    let summary = card(&shown, "");
    let detail = shown.video_detail;
    Ok(ContentPage {
        kind: summary.kind,
        title: shown.title,
        author: summary.author,
        published: summary.published,
        cover: summary.cover,
        summary: shown.abstract_text,
        body,
        pictures: shown.content_images.iter().map(picture).collect(),
        duration_seconds: detail.as_ref().map(|detail| detail.video_duration),
        videos: detail.map_or_else(Vec::new, |detail| detail.video_list.iter().map(video).collect()),
        tags,
        counters: summary.counters,
    })
}

async fn author_page(app: &App, user_id: &str, request: &Parts) -> Result<AuthorPage, Missing> {
    let engine = engine(app, request)?;
    let missing = || Missing::Page(NotFoundPage::author());
    let number: i64 = user_id.parse().map_err(|_| missing())?;
    let parameters = Parameters::parse(request.uri.query().unwrap_or_default()).unwrap_or_default();
    let page = parameters.get("page").and_then(|page| page.parse().ok()).unwrap_or(1).clamp(1, 50);
    let base = app.base(&request.uri, &request.headers);
    let from = (page as usize - 1) * PAGE;
    let items = engine.items_of_author(number, from as i64, PAGE as i64 + 1).await;
    let items = items.map_err(|error| failed(&error))?;
    let shown = items.iter().take(PAGE).map(|item| answer_item(app, item, &base));
    let cards: Vec<_> = shown.collect::<Result<Vec<_>, _>>()?.iter().map(|item| card(item, "")).collect();
    let author = match cards.first() {
        Some(card) => card.author.clone(),
        None if number == app.shared.default_author.user_id && page == 1 => default_author(app),
        None => return Err(missing()),
    };
    Ok(AuthorPage { author, cards, page, has_more: items.len() > PAGE })
}

fn engine<'a>(app: &'a App, request: &Parts) -> Result<&'a Engine, Missing> {
    if !matches!(request.method, Method::GET | Method::HEAD) {
        return Err(Missing::Method);
    }
    app.engine().map(|engine| &**engine).map_err(|_| Missing::Failed)
}

fn failed(error: &engine::Error) -> Missing {
    tracing::error!(%error, "a page could not be made");
    Missing::Failed
}

/// The item as the API would answer it; `None` when it is not visible.
fn visible_item(
    app: &App,
    engine: &Engine,
    group_id: i64,
    base: &str,
) -> Result<Option<content::Item>, Missing> {
    let author = content::render_author(&app.shared.default_author, base);
    let context = AnswerContext { base, default_author: &author, related_score: None };
    let mut item = None;
    engine.row(group_id, &mut |row| {
        item = Some(template::item(row.answer, &counters(row.counters), row.publish_time, &context));
    });
    item.transpose().map_err(|error| damaged(&error))
}

fn answer_item(app: &App, item: &Item, base: &str) -> Result<content::Item, Missing> {
    let author = content::render_author(&app.shared.default_author, base);
    let context = AnswerContext { base, default_author: &author, related_score: None };
    let counters = item_counters(item);
    template::item(&item.answer, &counters, item.publish_time, &context).map_err(|error| damaged(&error))
}

fn damaged(error: &template::TemplateError) -> Missing {
    tracing::error!(%error, "an item cannot be shown");
    Missing::Failed
}

fn card(item: &content::Item, keyword: &str) -> views::Card {
    let kind = content::GroupType::from_article_type(&item.article_type)
        .and_then(|kind| Kind::from_name(kind.name()));
    views::Card {
        kind: kind.unwrap_or(Kind::Article),
        title: if keyword.is_empty() {
            views::unmarked(&item.title)
        } else {
            views::marked(&item.title, keyword)
        },
        address: Address::new(&item.article_url),
        cover: item.cover_images.first().map(picture),
        summary: item.abstract_text.clone(),
        author: author_view(&item.user_info),
        published: Moment::from_seconds(item.publish_time),
        counters: views::Counters {
            reads: item.article_read_count,
            watches: item.video_watch_count,
            likes: item.digg_count,
            comments: item.comment_count,
            shares: item.share_count,
        },
        duration_seconds: item.video_detail.as_ref().map(|detail| detail.video_duration),
    }
}

fn author_view(author: &content::UserInfo) -> views::Author {
    views::Author {
        name: author.name.clone(),
        address: Address::new(&author.home_page),
        avatar: Address::new(&author.avatar_url),
        description: author.description.clone(),
        verified: author.user_verified,
        verified_content: author.verified_content.clone(),
        followers: author.follower_count,
    }
}

fn default_author(app: &App) -> views::Author {
    let author = &app.shared.default_author;
    let own = content::UserInfo {
        home_page: format!("/author/{}", author.user_id),
        avatar_url: if author.avatar_url.is_empty() {
            format!("/avatar/{}.png", author.user_id)
        } else {
            author.avatar_url.clone()
        },
        ..author.clone()
    };
    author_view(&own)
}

fn picture(image: &content::Image) -> views::Picture {
    views::Picture { address: Address::new(&image.url), width: image.width, height: image.height }
}

fn video(video: &content::Video) -> views::Video {
    views::Video { address: Address::new(&video.url) }
}

fn finish<T: Template>(page: Result<T, Missing>) -> Response {
    let (status, rendered) = match page {
        Ok(page) => (StatusCode::OK, page.render()),
        Err(Missing::Page(page)) => (StatusCode::NOT_FOUND, page.render()),
        Err(Missing::Method) => (StatusCode::METHOD_NOT_ALLOWED, Ok("the method must be GET\n".to_owned())),
        Err(Missing::Failed) => {
            (StatusCode::SERVICE_UNAVAILABLE, Ok("the page cannot be shown now; try again\n".to_owned()))
        }
    };
    let (status, body, media_type) = match rendered {
        Ok(body) if body.starts_with('<') => (status, body, "text/html; charset=utf-8"),
        Ok(body) => (status, body, "text/plain; charset=utf-8"),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            (
                StatusCode::INTERNAL_SERVER_ERROR,
                "the page cannot be shown\n".to_owned(),
                "text/plain; charset=utf-8",
            )
        }
    };
    let mut response = (status, [(CONTENT_TYPE, media_type)], body).into_response();
    let policy = HeaderValue::from_static(views::CONTENT_SECURITY_POLICY);
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    response
}
