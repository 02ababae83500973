//! Why suggestions and results stand where they do, in the words of the outside: for the endpoints and for the
//! command line.

use std::{borrow::Cow, sync::Arc};

use engine::{
    Engine, ExplainedResult, Explanation,
    NotSuggested::{
        self, Index, NeverSeen, NotBuiltYet, NothingFound, TooFewDocuments, TooFewUsers, TooLong,
    },
    Result, SearchFeature, SearchPage, Source, Suggestions, WhyNot,
};
use wire::{
    content,
    suggestions::{self, BannedText, ExplainedItem, MAX_ITEMS, Origin},
    time::shown_moment,
};

/// What was asked to know, and the suggestions that it is about.
pub(crate) struct Explained {
    /// The suggestions; those that are explained, if they are.
    pub(crate) found: Suggestions,
    /// The answer to what was asked.
    pub(crate) told: suggestions::Explained,
}

/// Answers what was asked about the suggestions for `keyword`.
///
/// # Errors
/// When the suggestions are not ready, or the store fails.
pub(crate) async fn explained(
    engine: &Arc<Engine>,
    keyword: &str,
    asked: suggestions::Asked<'_>,
) -> Result<Explained> {
    let why_not = match asked.why_not {
        Some(text) => {
            let verdict = engine.why_not_suggested(keyword, text, MAX_ITEMS).await?;
            Some(why_not(keyword, text, &verdict))
        }
        None => None,
    };
    if !asked.explain {
        let found = engine.suggest(keyword, MAX_ITEMS)?;
        return Ok(Explained { found, told: suggestions::Explained { explanation: None, why_not } });
    }
    let explanation = engine.explain_suggestions(keyword, MAX_ITEMS)?;
    let items = explanation.items.iter().map(|item| item.suggestion.clone()).collect();
    let told = suggestions::Explained { explanation: Some(explanation_told(explanation)), why_not };
    Ok(Explained { found: Suggestions { items, ..Suggestions::default() }, told })
}

/// Why the items of a page stand where they do.
///
/// # Errors
/// When the index fails.
pub(crate) fn explained_page(
    engine: &Engine,
    keyword: &str,
    kinds: u8,
    page: &SearchPage,
) -> Result<content::Explanation> {
    let ids: Vec<i64> = page.items().map(|(group_id, _)| group_id).collect();
    let found = engine.explain_search(keyword, kinds, &ids)?;
    Ok(content::Explanation { meant: found.meant, items: found.items.into_iter().map(result_told).collect() })
}

fn result_told(result: ExplainedResult) -> content::ExplainedItem {
    let ExplainedResult { explanation, reworded, repaired } = result;
    let all: f64 = explanation.features.iter().map(|feature| f64::from(feature.weight)).sum();
    let rounded = |number: f64| (number * 1e4).round() / 1e4;
    let told = |feature: &SearchFeature| {
        let (value, weight) = (f64::from(feature.value), f64::from(feature.weight) / all);
        content::ExplainedFeature {
            name: feature.name.to_owned(),
            value: rounded(value),
            weight: rounded(weight),
            part: rounded(value * weight),
        }
    };
    content::ExplainedItem {
        group_id: explanation.group_id.to_string(),
        tier: explanation.tier,
        reworded,
        repaired,
        score: rounded(f64::from(explanation.score)),
        features: explanation.features.iter().map(told).collect(),
    }
}

fn explanation_told(explanation: Explanation) -> suggestions::Explanation {
    let Explanation { key, letters, banned_by, items, banned } = explanation;
    suggestions::Explanation {
        key,
        letters,
        banned_by,
        items: items.into_iter().map(item_told).collect(),
        banned: banned.into_iter().map(|(text, rule)| BannedText { text, rule }).collect(),
    }
}

fn item_told(item: engine::Explained) -> ExplainedItem {
    let (source, rank) = match item.source {
        Source::Base(rank) => (Origin::Base, Some(rank)),
        Source::Recent(rank) => (Origin::Recent, Some(rank)),
        Source::Overlay => (Origin::Overlay, None),
        Source::Rule => (Origin::Rule, None),
    };
    let suggestion = item.suggestion;
    ExplainedItem {
        text: suggestion.text,
        key: item.key,
        search_type: suggestions::search_type(suggestion.class == 1).to_owned(),
        highlight_flags: suggestion.flags,
        is_intervened: suggestion.placed,
        route: (!suggestion.placed).then(|| suggestion.route.name().to_owned()),
        source,
        rank,
        queries: item.evidence.queries,
        documents: item.evidence.documents,
        entry_weight: item.evidence.entry,
        slow: item.evidence.slow,
        fast: item.evidence.fast,
        found: item.evidence.found,
        slow_score: item.slow_score,
        fast_score: item.fast_score,
        penalty: item.penalty,
        score: item.score,
        rule: item.rule,
    }
}

/// The verdict as a word, a sentence, and what to do about it.
fn why_not(keyword: &str, text: &str, verdict: &NotSuggested) -> suggestions::WhyNot {
    let mut told = suggestions::WhyNot { text: text.to_owned(), ..suggestions::WhyNot::default() };
    match verdict {
        Index(WhyNot::Shown { position }) => {
            told.shown = true;
            told.position = Some(*position);
        }
        Index(WhyNot::Banned { rule } | WhyNot::TypedBanned { rule }) => told.rule = Some(*rule),
        Index(WhyNot::RouteDisabled { route } | WhyNot::RepairNotNeeded { route, .. }) => {
            told.route = Some(route.name().to_owned());
        }
        Index(WhyNot::Rank { route, place, score, last_score }) => {
            told.route = Some(route.name().to_owned());
            told.position = *place;
            (told.score, told.last_score) = (Some(*score), Some(*last_score));
        }
        _ => {}
    }
    let (stage, reason, remedy) = verdict_told(keyword, text, verdict);
    suggestions::WhyNot { stage: stage.to_owned(), reason, remedy, ..told }
}

/// A sentence for each stage that may have kept the text out.
fn verdict_told(keyword: &str, text: &str, verdict: &NotSuggested) -> (&'static str, String, String) {
    let entry = "give it as an entry: qiusuo import --kind entries";
    match verdict {
        Index(verdict) => index_told(keyword, text, verdict),
        NeverSeen => (
            "never_seen",
            format!("`{text}` is neither a query, nor a phrase of titles, nor an entry"),
            entry.to_owned(),
        ),
        TooFewUsers { users, minimum } => (
            "too_few_users",
            format!("`{text}` was searched by {users} different users; {minimum} are needed"),
            format!("lower suggest.minimum_users, or {entry}"),
        ),
        NothingFound => {
            ("nothing_found", format!("`{text}` was searched and never found anything"), entry.to_owned())
        }
        TooFewDocuments { documents, minimum } if *documents < u64::from(*minimum) => (
            "too_few_documents",
            format!("`{text}` stands as a phrase in {documents} titles; {minimum} are needed"),
            entry.to_owned(),
        ),
        TooFewDocuments { documents, .. } => (
            "no_phrase",
            format!(
                "`{text}` stands in {documents} titles, but its words do not hold together, or a longer phrase \
                 holds them better"
            ),
            entry.to_owned(),
        ),
        TooLong => (
            "too_long",
            format!("`{text}` is longer than a suggestion may be"),
            "give a shorter text".to_owned(),
        ),
        NotBuiltYet => (
            "not_built_yet",
            format!("`{text}` is a candidate that the next build of the suggestions takes up"),
            "wait for the build".to_owned(),
        ),
    }
}

fn index_told(keyword: &str, text: &str, verdict: &WhyNot) -> (&'static str, String, String) {
    let lift = |rule: &i64| format!("qiusuo rules remove {rule}");
    let pin = || {
        let (keyword, text) = (quoted(keyword), quoted(text));
        format!("pin it: qiusuo rules pin {keyword} {text} --position N")
    };
    let none = String::new;
    match verdict {
        WhyNot::Shown { position } => {
            ("shown", format!("`{text}` is suggested, at position {position}"), none())
        }
        WhyNot::Empty => (
            "empty",
            "nothing is left of the text, or of the keyword, in the form that is compared".to_owned(),
            "ask with letters, digits or hanzi".to_owned(),
        ),
        WhyNot::Private => {
            ("private", format!("`{text}` looks like personal data, which is never suggested"), none())
        }
        WhyNot::NoEntry => (
            "no_entry",
            format!("`{text}` is no entry of the suggestions in force"),
            "give it as an entry: qiusuo import --kind entries".to_owned(),
        ),
        WhyNot::Hidden => (
            "hidden",
            format!("nothing supports `{text}` any more: what did was taken offline or changed"),
            "bring the content back, or give it as an entry".to_owned(),
        ),
        WhyNot::Banned { rule } => ("banned", format!("rule {rule} bans `{text}`"), lift(rule)),
        WhyNot::TypedBanned { rule } => {
            ("keyword_banned", format!("rule {rule} bans `{keyword}`, which was typed"), lift(rule))
        }
        WhyNot::OutsideItsTime { valid_from, valid_to } => (
            "outside_its_time",
            format!("`{text}` is shown {}", window(*valid_from, *valid_to)),
            "import the entry again with another valid_from or valid_to".to_owned(),
        ),
        WhyNot::NoRoute => ("no_route", format!("no route leads from `{keyword}` to `{text}`"), pin()),
        WhyNot::RouteDisabled { route } => (
            "route_disabled",
            format!("the route {} leads to `{text}`, and it is switched off", route.name()),
            format!("set suggest.routes.{}.enabled = true", route.name()),
        ),
        WhyNot::RepairNotNeeded { route, found } => (
            "repair_not_needed",
            format!(
                "only the repair {} leads to `{text}`, and there are {found} suggestions without it",
                route.name()
            ),
            "raise suggest.repairs_below or suggest.slips_below, or pin it".to_owned(),
        ),
        WhyNot::Rank { route, place, score, last_score } => {
            let place = place.map_or_else(|| "far behind".to_owned(), |place| format!("in place {place}"));
            let reason = format!(
                "`{text}` is reached by the route {}, {place}: its score is {score:.2}, that of the last one \
                 shown {last_score:.2}",
                route.name()
            );
            ("rank", reason, pin())
        }
    }
}

/// A text as one argument of a shell's command.
fn quoted(text: &str) -> Cow<'_, str> {
    if !text.is_empty() && text.chars().all(char::is_alphanumeric) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("'{}'", text.replace('\'', r"'\''")))
}

fn window(from: Option<i64>, to: Option<i64>) -> String {
    match (from.map(shown_moment), to.map(shown_moment)) {
        (Some(from), Some(to)) => format!("from {from} until before {to}"),
        (Some(from), None) => format!("from {from} on"),
        (None, Some(to)) => format!("until before {to}"),
        (None, None) => "at any time".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use engine::Route;

    use super::*;

    fn check(verdict: &NotSuggested, stage: &str, reason: &str, remedy: &str) {
        let told = why_not("竹", "竹笋", verdict);
        assert!(
            told.stage == stage && told.reason.contains(reason) && told.remedy.contains(remedy),
            "{told:?}"
        );
        assert_eq!(told.shown, stage == "shown");
    }

    #[test]
    fn a_remedy_can_be_given_to_a_shell() {
        for (text, expected) in [
            ("竹笋7x", "竹笋7x"),
            ("竹 笋", "'竹 笋'"),
            ("$(id)", "'$(id)'"),
            ("--all", "'--all'"),
            ("it's", r"'it'\''s'"),
        ] {
            assert_eq!(quoted(text), expected);
        }
        let told = why_not("竹;", "竹 笋", &Index(WhyNot::NoRoute));
        assert_eq!(told.remedy, "pin it: qiusuo rules pin '竹;' '竹 笋' --position N");
    }

    #[test]
    fn every_verdict_is_a_sentence() {
        check(&Index(WhyNot::Shown { position: 2 }), "shown", "at position 2", "");
        check(&Index(WhyNot::Banned { rule: 7 }), "banned", "rule 7 bans `竹笋`", "rules remove 7");
        check(&Index(WhyNot::TypedBanned { rule: 7 }), "keyword_banned", "`竹`", "rules remove 7");
        let times = WhyNot::OutsideItsTime { valid_from: Some(0), valid_to: None };
        check(&Index(times), "outside_its_time", "from 1970-01-01T08:00:00+08:00 on", "valid_from");
        let disabled = WhyNot::RouteDisabled { route: Route::LookAlike };
        check(&Index(disabled), "route_disabled", "look_alike", "suggest.routes.look_alike.enabled = true");
        let rank = WhyNot::Rank { route: Route::Prefix, place: Some(19), score: 1.0, last_score: 2.5 };
        check(&Index(rank), "rank", "in place 19: its score is 1.00", "rules pin 竹 竹笋");
        check(
            &TooFewUsers { users: 3, minimum: 5 },
            "too_few_users",
            "by 3 different users; 5",
            "minimum_users",
        );
        let few = TooFewDocuments { documents: 2, minimum: 3 };
        check(&few, "too_few_documents", "in 2 titles; 3", "--kind entries");
        check(&TooFewDocuments { documents: 9, minimum: 3 }, "no_phrase", "in 9 titles", "--kind entries");
        check(&NeverSeen, "never_seen", "neither a query", "--kind entries");
    }
}
