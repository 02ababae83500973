//! Why a text is not in an answer.

use std::sync::Arc;

use crate::answer::Images;
use crate::builder::{BuildOptions, Builder};
use crate::candidate::{Candidate, Evidence};
use crate::explain::WhyNot;
use crate::lane::Part;
use crate::record::Record;
use crate::route::Route;
use crate::typed::Typed;

use super::{Snapshot, is_valid};
use crate::moment::Moment;

/// How far behind the end of an answer a text is looked for.
const FURTHEST: usize = 1_000;

/// Looks at the stages in the order in which an answer passes them.
pub(super) fn why_not(snapshot: &Snapshot, keyword: &str, text: &str, limit: usize, now: i64) -> WhyNot {
    let (typed, key) = (Typed::new(keyword), text::normal::key(text));
    if typed.is_empty() || key.is_empty() {
        return WhyNot::Empty;
    }
    let answer = snapshot.suggest(keyword, limit, now);
    let is_it = |shown: &str| text::normal::key(shown) == key;
    if let Some(index) = answer.items.iter().position(|item| is_it(&item.text)) {
        return WhyNot::Shown { position: index + 1 };
    }
    if let Some(rule) = snapshot.rules.ban_of(keyword, &typed.key) {
        return WhyNot::TypedBanned { rule };
    }
    let images = Images::new(snapshot, now);
    if let Some(reason) = not_an_entry(snapshot, &images, text, &key, now) {
        return reason;
    }
    let last_score = snapshot.explain(keyword, limit, now).items.last().map_or(0.0, |item| item.score);
    reached(snapshot, keyword, &key, limit, now, last_score)
}

/// Why there is no entry that may be shown.
fn not_an_entry(snapshot: &Snapshot, images: &Images<'_>, text: &str, key: &str, now: i64) -> Option<WhyNot> {
    if text::private::is_private(text) {
        return Some(WhyNot::Private);
    }
    let of = |part: Part| images.view(part).find(key).collect::<Vec<Record<'_>>>();
    let (overlay, mut base) = (of(Part::Overlay), of(Part::Base));
    if overlay.is_empty() && base.is_empty() {
        return Some(WhyNot::NoEntry);
    }
    base.retain(|record| snapshot.is_in_force(record));
    if overlay.is_empty() && base.is_empty() {
        return Some(WhyNot::Hidden);
    }
    if let Some(rule) = snapshot.rules.ban_of(text, key) {
        return Some(WhyNot::Banned { rule });
    }
    let records: Vec<_> = overlay.iter().chain(&base).collect();
    let moment = Moment::new(now);
    if records.iter().any(|record| is_valid(record, &moment)) {
        return None;
    }
    let details = records.first()?.details();
    Some(WhyNot::OutsideItsTime { valid_from: details.valid_from, valid_to: details.valid_to })
}

/// Which route leads to the entry, and what keeps it from being shown.
fn reached(snapshot: &Snapshot, keyword: &str, key: &str, limit: usize, now: i64, last_score: f64) -> WhyNot {
    let exact = find(snapshot, keyword, key, limit, now, false);
    if let Some((route, place, score)) = exact {
        return WhyNot::Rank { route, place: Some(place), score, last_score };
    }
    let is_disabled = |route: Route| !snapshot.settings.route(route).enabled;
    let reaching = alone(snapshot, keyword, key);
    match reaching {
        None => WhyNot::NoRoute,
        Some(route) if is_disabled(route) => WhyNot::RouteDisabled { route },
        Some(route) if route.is_repair() => {
            let below = snapshot.settings.tried_below(route);
            // What was found before repairs of this kind are tried.
            let is_before = |other: Route| !other.is_repair() || snapshot.settings.tried_below(other) > below;
            let items = snapshot.suggest(keyword, limit, now).items;
            let found = items.iter().filter(|item| is_before(item.route)).count();
            if found >= limit.min(below) {
                return WhyNot::RepairNotNeeded { route, found };
            }
            match find(snapshot, keyword, key, limit, now, true) {
                Some((route, place, score)) => WhyNot::Rank { route, place: Some(place), score, last_score },
                None => WhyNot::Rank { route, place: None, score: 0.0, last_score },
            }
        }
        Some(route) => WhyNot::Rank { route, place: None, score: 0.0, last_score },
    }
}

/// The place of the entry in a longer answer: its route, place and score.
fn find(
    snapshot: &Snapshot,
    keyword: &str,
    key: &str,
    limit: usize,
    now: i64,
    with_repairs: bool,
) -> Option<(Route, usize, f64)> {
    let mut settings = (*snapshot.settings).clone();
    settings.repairs_below = if with_repairs { limit + FURTHEST } else { 0 };
    settings.slips_below = settings.repairs_below;
    let longer = Snapshot { settings: Arc::new(settings), ..snapshot.clone() };
    let items = longer.explain(keyword, limit + FURTHEST, now).items;
    let place = items.iter().position(|item| item.key == key)?;
    let item = items.get(place)?;
    Some((item.suggestion.route, place + 1, item.score))
}

/// The first route that leads to the entry, whatever else it leads to: asked of a base that holds nothing else.
fn alone(snapshot: &Snapshot, keyword: &str, key: &str) -> Option<Route> {
    let mut builder = Builder::new(BuildOptions::default());
    builder.push(&Candidate::new(key, Evidence::submitted(1)));
    let base = Arc::new(builder.build());
    Route::ALL.into_iter().find(|&only| {
        let mut settings = Route::ALL
            .into_iter()
            .fold((*snapshot.settings).clone(), |all, route| all.with_enabled(route, route == only));
        (settings.repairs_below, settings.slips_below) = (1, 1);
        let alone = Snapshot { base: Arc::clone(&base), settings: Arc::new(settings), ..Snapshot::default() };
        !alone.suggest(keyword, 1, 0).items.is_empty()
    })
}
