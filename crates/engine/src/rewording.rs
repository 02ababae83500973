//! What a keyword finds in other words too: the lists of all its wordings, put together.

use std::collections::HashSet;

use search::{Explanation, Query, RankedList, synonyms::Rewording};

use crate::{Engine, LIST_LIMIT, Result};

/// The tier of what holds all of the keyword in other words only.
pub(crate) const REWORDED_TIER: u8 = 1;

/// A bit for each content type.
const ALL_KINDS: u8 = 7;
/// Exact matches from which on words of other regions are not looked for.
const PAGE: usize = 20;

/// Why a result stands where it does, and by which words it was found where these are not the typed ones.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Worded {
    pub(crate) explanation: Explanation,
    pub(crate) by: Option<String>,
}

/// An item of one wording's list.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Hit {
    group_id: i64,
    score: f32,
    is_exact: bool,
    /// Which list it is in, 0 for the keyword as typed, and where.
    wording: usize,
    place: usize,
}

impl Engine {
    /// The ranked list of a keyword; what holds it in other words counts as exact and stands behind what holds the
    /// typed ones.
    pub(crate) fn rank_all_wordings(&self, query: &Query<'_>) -> Result<RankedList> {
        let rewordings = self.synonyms.load().rewordings(query.keyword);
        if rewordings.is_empty() {
            return Ok(self.index().rank(query)?);
        }
        let mut typed = self.index().rank(&Query { head: query.head.max(PAGE), ..*query })?;
        let rewordings = worth_looking(rewordings, typed.tier_zero);
        if rewordings.is_empty() {
            return Ok(typed);
        }
        typed.complete();
        let query = &Query { head: usize::MAX, ..*query };
        metrics::counter!("qiusuo_searches_reworded_total").increment(1);
        let mut lists = vec![typed];
        for rewording in &rewordings {
            lists.push(self.index().rank(&reworded(query, rewording))?);
        }
        let hits = lists.iter().enumerate().map(|(wording, list)| hits_of(list, wording)).collect();
        let (order, exact) = put_together(hits);
        Ok(RankedList {
            ids: order.iter().map(|hit| hit.group_id).collect(),
            scores: order.iter().map(|hit| hit.score).collect(),
            tier_zero: exact,
            rest: None,
        })
    }

    /// The same list with the reasons.
    pub(crate) fn explain_all_wordings(&self, query: &Query<'_>) -> Result<Vec<Worded>> {
        let typed = self.index().explain(query)?;
        let exact = typed.iter().take_while(|document| document.tier == 0).count();
        let rewordings = worth_looking(self.synonyms.load().rewordings(query.keyword), exact);
        let mut lists = vec![typed];
        for rewording in &rewordings {
            lists.push(self.index().explain(&reworded(query, rewording))?);
        }
        let hits = lists.iter().enumerate().map(|(wording, list)| explained_hits(list, wording)).collect();
        let worded = |hit: Hit| {
            let mut explanation = lists[hit.wording][hit.place].clone();
            let by = hit.wording.checked_sub(1).map(|at| rewordings[at].keyword.clone());
            explanation.tier = explanation.tier.max(if by.is_some() { REWORDED_TIER } else { 0 });
            Worded { explanation, by }
        };
        Ok(put_together(hits).0.into_iter().map(worded).collect())
    }

    /// The tier in which an item matches the keyword by any of its wordings.
    pub(crate) fn tier_by_any_wording(&self, group_id: i64, keyword: &str) -> Result<Option<u8>> {
        let mut best = self.index().matches(group_id, keyword)?;
        let mut rewordings = self.synonyms.load().rewordings(keyword);
        if best != Some(0) && rewordings.iter().any(|rewording| rewording.is_regional) {
            let exact = Query { relaxed: false, head: PAGE, ..self.query(keyword, ALL_KINDS) };
            rewordings = worth_looking(rewordings, self.index().rank(&exact)?.tier_zero);
        }
        for rewording in rewordings {
            let tier = match self.index().matches(group_id, &rewording.keyword)? {
                Some(0) => Some(REWORDED_TIER),
                relaxed => relaxed.filter(|_| !rewording.is_regional),
            };
            best = best.into_iter().chain(tier).min();
        }
        Ok(best)
    }
}

/// The other wordings that are looked for. Nobody asked for the words of other regions: where the typed ones fill a page
/// they are not worth their time.
fn worth_looking(mut rewordings: Vec<Rewording>, exact: usize) -> Vec<Rewording> {
    rewordings.retain(|rewording| !rewording.is_regional || exact < PAGE);
    rewordings
}

/// The words of other regions may mean something else here, so a part of them is not enough.
fn reworded<'a>(query: &Query<'_>, rewording: &'a Rewording) -> Query<'a> {
    Query { keyword: &rewording.keyword, relaxed: query.relaxed && !rewording.is_regional, ..*query }
}

fn hits_of(list: &RankedList, wording: usize) -> Vec<Hit> {
    let hit = |(place, (group_id, score)): (usize, (&i64, &f32))| Hit {
        group_id: *group_id,
        score: *score,
        is_exact: place < list.tier_zero,
        wording,
        place,
    };
    list.ids.iter().zip(&list.scores).enumerate().map(hit).collect()
}

fn explained_hits(list: &[Explanation], wording: usize) -> Vec<Hit> {
    let hit = |(place, document): (usize, &Explanation)| Hit {
        group_id: document.group_id,
        score: document.score,
        is_exact: document.tier == 0,
        wording,
        place,
    };
    list.iter().enumerate().map(hit).collect()
}

/// What holds the typed words, then what holds other words for them, then what holds a part of either; each item once.
/// With it how many hold all of it.
fn put_together(lists: Vec<Vec<Hit>>) -> (Vec<Hit>, usize) {
    let (exact, relaxed): (Vec<Vec<Hit>>, Vec<Vec<Hit>>) =
        lists.into_iter().map(|list| list.into_iter().partition(|hit| hit.is_exact)).unzip();
    let mut exact = exact.into_iter();
    let mut order = exact.next().unwrap_or_default();
    order.extend(merged(exact.as_slice()));
    let mut seen = HashSet::new();
    order.retain(|hit| seen.insert(hit.group_id));
    order.truncate(LIST_LIMIT);
    let count = order.len();
    order.extend(merged(&relaxed).into_iter().filter(|hit| seen.insert(hit.group_id)));
    order.truncate(LIST_LIMIT);
    (order, count)
}

/// Lists merged by score. Each keeps its own order, which is not that of its scores alone.
fn merged(lists: &[Vec<Hit>]) -> Vec<Hit> {
    let mut rests: Vec<_> = lists.iter().map(Vec::as_slice).collect();
    let mut order = Vec::with_capacity(rests.iter().map(|rest| rest.len()).sum());
    while let Some((list, hit)) = best_head(&rests) {
        order.push(hit);
        rests[list] = &rests[list][1..];
    }
    order
}

/// The head with the best score and the list that it heads; of equals the first.
fn best_head(rests: &[&[Hit]]) -> Option<(usize, Hit)> {
    let heads = rests.iter().enumerate().filter_map(|(list, rest)| Some((list, *rest.first()?)));
    heads.reduce(|best, head| if head.1.score > best.1.score { head } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(ids: &[i64], scores: &[f32], exact: usize) -> RankedList {
        RankedList { ids: ids.to_vec(), scores: scores.to_vec(), tier_zero: exact, rest: None }
    }

    #[test]
    fn other_words_stand_behind_the_typed_ones_and_before_parts() {
        let lists = [
            list(&[1, 2, 3, 4], &[0.2, 0.1, 0.9, 0.5], 2),
            list(&[5, 2, 6, 7], &[0.4, 0.9, 0.7, 0.6], 2),
            list(&[8], &[0.95], 1),
        ];
        let hits = lists.iter().enumerate().map(|(wording, list)| hits_of(list, wording)).collect();
        let (order, exact) = put_together(hits);
        assert_eq!(order.iter().map(|hit| hit.group_id).collect::<Vec<_>>(), [1, 2, 8, 5, 3, 6, 7, 4]);
        assert_eq!(exact, 4);
        let from: Vec<(usize, usize)> = order.iter().map(|hit| (hit.wording, hit.place)).collect();
        assert_eq!(from[2..5], [(2, 0), (1, 0), (0, 2)]);
    }

    #[test]
    fn no_list_grows_too_long() {
        let ids: Vec<i64> = (0..LIST_LIMIT as i64).collect();
        let scores = vec![0.5; LIST_LIMIT];
        let others: Vec<i64> = ids.iter().map(|id| id + 900).collect();
        let lists = [list(&ids, &scores, 900), list(&others, &scores, LIST_LIMIT)];
        let hits = lists.iter().enumerate().map(|(wording, list)| hits_of(list, wording)).collect();
        let (order, exact) = put_together(hits);
        assert_eq!((order.len(), exact), (LIST_LIMIT, LIST_LIMIT));
    }
}
