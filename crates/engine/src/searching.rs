//! The search use case: a ranked list, kept for paging, and slices of it.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use search::{
    Explanation, Query, RankedList,
    correction::weights::{MANY_TIMES, THRESHOLD, THRESHOLD_IF_FOUND},
};
use store::pages::{CallerKey, ListKey, PageList, PageLists, Rest};

use crate::{
    Engine, Result,
    rewording::{REWORDED_TIER, Worded},
    suggestions::PAGE_OF_A_COMMAND,
};

/// Positions that a ranked list has at the most; from here on a page is empty and the last one.
pub const LIST_LIMIT: usize = 1_000;
/// The application of this server's own search page: no caller's.
pub const SITE: u32 = 0;
/// Exact matches below which the query may be repaired.
const TOO_FEW: usize = 3;

/// One search call, its parameters checked.
#[derive(Clone, Copy, Debug)]
pub struct SearchRequest<'a> {
    /// The application that calls.
    pub application: u32,
    /// The user on whose behalf it calls.
    pub user: u64,
    /// The keyword, trimmed.
    pub keyword: &'a str,
    /// The content types asked for, one bit each.
    pub kinds: u8,
    /// The first position of the page.
    pub offset: usize,
    /// The positions of the page.
    pub count: usize,
    /// The caller's name for this search, if it sent one.
    pub search_id: Option<&'a str>,
    /// The name that the server gives this search where the caller sent none.
    pub new_search_id: &'a str,
}

/// One page of a ranked list.
#[derive(Debug)]
pub struct SearchPage {
    list: Arc<PageList>,
    from: usize,
    to: usize,
    /// Whether a visible position remains behind this page.
    pub has_more: bool,
    /// How the list came out, where this request made it.
    pub made: Option<Made>,
}

/// How a list came out that was made just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Made {
    /// Whether anything holds all of the keyword.
    pub exact: bool,
}

/// Why results stand where they do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExplainedSearch {
    /// What the keyword was taken for, where it found too little as it was typed.
    pub meant: Option<String>,
    /// The results that were asked about, in the order in which they were given.
    pub items: Vec<ExplainedResult>,
}

/// Why a result stands where it does.
#[derive(Clone, Debug, PartialEq)]
pub struct ExplainedResult {
    /// Tier, score and features.
    pub explanation: Explanation,
    /// The other words for the keyword by which it was found: synonyms, or the words of another region.
    pub reworded: Option<String>,
    /// Whether it was found by [`ExplainedSearch::meant`] rather than by the keyword as it was typed; tier and
    /// features are then those of what was meant.
    pub repaired: bool,
}

impl SearchPage {
    /// The name of the search that the page belongs to: the caller's, or that of the list it continues. Empty
    /// for a page that belongs to no list.
    pub fn search_id(&self) -> &str {
        &self.list.search_id
    }

    /// Whether there is nothing on the page.
    pub fn is_empty(&self) -> bool {
        self.from == self.to
    }

    /// The items of the page with their relevance (0–1; 0 where none was worked out), in order. An item that
    /// was taken down since the list was made may be among them: its row is gone.
    pub fn items(&self) -> impl Iterator<Item = (i64, f32)> + '_ {
        (self.from..self.to).filter_map(|at| self.list.get(at))
    }
}

impl Engine {
    /// Answers one page. The list is made at the first page and kept: later pages are slices of the same
    /// list, so nothing repeats and nothing is skipped whatever is written meanwhile.
    ///
    /// # Errors
    /// When the index fails.
    pub fn search(&self, request: &SearchRequest<'_>) -> Result<SearchPage> {
        // One more than the page has, for `has_more`.
        let head = request.offset.saturating_add(request.count).saturating_add(1);
        self.page_of(request, || self.rank(request.keyword, request.kinds, head))
    }

    /// A page for somebody who is not a caller of the API (the command line): nothing is kept and nothing is
    /// logged.
    ///
    /// # Errors
    /// When the index fails.
    pub fn search_once(&self, keyword: &str, kinds: u8, offset: usize, count: usize) -> Result<SearchPage> {
        let list = Arc::new(page_list(self.rank(keyword, kinds, usize::MAX)?, ""));
        Ok(self.slice(list, offset, count))
    }

    /// One page of the list that the request's identity names; `rank` makes the list where there is none.
    pub(crate) fn page_of(
        &self,
        request: &SearchRequest<'_>,
        rank: impl FnOnce() -> Result<RankedList>,
    ) -> Result<SearchPage> {
        let (list, made) = self.list(request, rank)?;
        Ok(SearchPage { made, ..self.slice(list, request.offset, request.count) })
    }

    fn slice(&self, list: Arc<PageList>, offset: usize, count: usize) -> SearchPage {
        let to = list.len_within(offset.saturating_add(count));
        let from = offset.min(to);
        let has_more = list.ids_from(to).any(|group_id| self.index().row(group_id, &mut |_| {}));
        SearchPage { list, from, to, has_more, made: None }
    }

    /// The lists that the request's belongs to.
    fn lists(&self, request: &SearchRequest<'_>) -> &PageLists {
        if request.application == SITE { &self.site_pages } else { &self.pages }
    }

    /// The request's list and, if it was made just now, how it came out.
    fn list(
        &self,
        request: &SearchRequest<'_>,
        rank: impl FnOnce() -> Result<RankedList>,
    ) -> Result<(Arc<PageList>, Option<Made>)> {
        if request.offset >= LIST_LIMIT {
            return Ok((Arc::new(PageList::default()), None));
        }
        let now = self.clock().unix_ms();
        let caller = caller_key(request);
        let later_page = request.offset > 0;
        let known = match request.search_id {
            Some(search_id) => Some(list_key(request, search_id)),
            None if later_page => self.lists(request).latest(&caller, now),
            None => None,
        };
        if let Some(list) = known.and_then(|key| self.lists(request).get(&key, now, later_page)) {
            return Ok((list, None));
        }
        if later_page {
            metrics::counter!("qiusuo_page_lists_made_again_total").increment(1);
        }
        let search_id = request.search_id.unwrap_or(request.new_search_id);
        let ranked = rank()?;
        let made = Made { exact: ranked.tier_zero > 0 };
        let list = page_list(ranked, search_id);
        Ok((self.lists(request).put(list_key(request, search_id), caller, list, now), Some(made)))
    }

    /// Why each of `ids` stands where it does in the list for a keyword that is made now; those that are not in it
    /// are left out. Nothing is kept and nothing is logged.
    ///
    /// # Errors
    /// When the index fails.
    pub fn explain_search(&self, keyword: &str, kinds: u8, ids: &[i64]) -> Result<ExplainedSearch> {
        let plain = self.explain_all_wordings(&self.query(keyword, kinds))?;
        let exact = plain.iter().take_while(|item| item.explanation.tier <= REWORDED_TIER).count();
        let meant = self.meant(keyword, kinds, exact)?.map(|meant| meant.keyword);
        let repaired = match &meant {
            Some(meant) => self.explain_all_wordings(&self.query(meant, kinds))?,
            None => Vec::new(),
        };
        let listed = |list: &[Worded]| list.iter().map(|item| item.explanation.group_id).collect::<Vec<_>>();
        let order = behind_exact(&listed(&plain), exact, &listed(&repaired));
        let explained: HashMap<i64, ExplainedResult> = order
            .into_iter()
            .map(|from| {
                let list = if from.repaired { &repaired } else { &plain };
                let Worded { explanation, by } = list[from.place].clone();
                (explanation.group_id, ExplainedResult { explanation, reworded: by, repaired: from.repaired })
            })
            .collect();
        Ok(ExplainedSearch { meant, items: ids.iter().filter_map(|id| explained.get(id).cloned()).collect() })
    }

    /// The tier in which the visible item `group_id` matches `keyword`: 0 for all of it, 1 for all of it in other
    /// words, 2 for a part; `None` when it does not match or is not there.
    ///
    /// # Errors
    /// When the index fails.
    pub fn search_tier(&self, group_id: i64, keyword: &str) -> Result<Option<u8>> {
        self.tier_by_any_wording(group_id, keyword)
    }

    pub(crate) fn query<'a>(&self, keyword: &'a str, kinds: u8) -> Query<'a> {
        Query {
            keyword,
            kinds,
            now: self.clock().unix_seconds(),
            spread: self.options.spread,
            relaxed: true,
            head: usize::MAX,
        }
    }

    /// The ranked list for a keyword, repaired where the plain keyword finds too little. At least its first `head`
    /// positions are in order.
    fn rank(&self, keyword: &str, kinds: u8, head: usize) -> Result<RankedList> {
        let head = head.max(TOO_FEW);
        let mut plain = self.rank_all_wordings(&Query { head, ..self.query(keyword, kinds) })?;
        let Some(meant) = self.meant(keyword, kinds, plain.tier_zero)? else { return Ok(plain) };
        metrics::counter!("qiusuo_searches_repaired_total", "route" => meant.route).increment(1);
        tracing::debug!(query.route = meant.route, "a keyword was searched as what was probably meant by it");
        let repaired = meant.list;
        // Takedowns that are not committed yet may have thinned out a head that was long enough.
        plain.complete();
        let mut merged = RankedList { tier_zero: plain.tier_zero, ..RankedList::default() };
        for from in behind_exact(&plain.ids, plain.tier_zero, &repaired.ids) {
            let list = if from.repaired { &repaired } else { &plain };
            merged.ids.push(list.ids[from.place]);
            merged.scores.push(list.scores[from.place]);
        }
        Ok(merged)
    }

    /// What a keyword that finds only `exact` documents may have been meant as.
    fn meant(&self, keyword: &str, kinds: u8, exact: usize) -> Result<Option<Meant>> {
        if exact >= TOO_FEW {
            return Ok(None);
        }
        let list_of = |meant: &str| self.rank_all_wordings(&self.query(meant, kinds));
        if is_spelled(keyword) {
            let Some(keyword) = self.suggesting.in_force.by_sound(keyword).into_iter().next() else {
                return Ok(None);
            };
            return Ok(Some(Meant { list: list_of(&keyword)?, keyword, route: "sound" }));
        }
        let Some(model) = self.suggesting.corrections.model() else { return Ok(None) };
        for repair in model.repairs(keyword, THRESHOLD_IF_FOUND) {
            // Whether it finds anything is asked first: that is much cheaper than the whole list.
            let found =
                self.index().rank(&Query { relaxed: false, ..self.query(&repair.text, kinds) })?.tier_zero;
            let speaks_for_it = repair.gain > THRESHOLD || found >= MANY_TIMES * exact;
            if found > exact && speaks_for_it {
                return Ok(Some(Meant {
                    list: list_of(&repair.text)?,
                    keyword: repair.text,
                    route: "spelling",
                }));
            }
        }
        Ok(None)
    }

    /// Makes sure that a keyword of hanzi that finds too little can be repaired, for commands: a server learns how in the
    /// background, and a command has to wait for it.
    ///
    /// # Errors
    /// When the index or the store fails.
    pub async fn prepare_repair(&self, keyword: &str, kinds: u8) -> Result<()> {
        let needed = self.suggesting.corrections.model().is_none()
            && keyword.chars().any(text::script::is_hanzi)
            && self.rank_all_wordings(&self.query(keyword, kinds))?.tier_zero < TOO_FEW;
        if needed { self.learn_corrections(PAGE_OF_A_COMMAND).await } else { Ok(()) }
    }
}

/// What a keyword was taken for.
struct Meant {
    keyword: String,
    list: RankedList,
    /// What told so: how it is spelled in letters, or what is usually written.
    route: &'static str,
}

/// Whether a keyword may be pinyin: ASCII letters, perhaps with spaces or apostrophes between syllables.
fn is_spelled(keyword: &str) -> bool {
    keyword.chars().any(|c| c.is_ascii_alphabetic())
        && keyword.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, ' ' | '\''))
}

/// Where an item of a merged list comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct From {
    repaired: bool,
    place: usize,
}

/// The plain keyword's exact matches, then those of the repair, then the plain keyword's relaxed ones; each id once.
fn behind_exact(plain: &[i64], exact: usize, repaired: &[i64]) -> Vec<From> {
    let of = |repaired: bool| move |place: usize| From { repaired, place };
    let exact = exact.min(plain.len());
    let all = (0..exact)
        .map(of(false))
        .chain((0..repaired.len()).map(of(true)))
        .chain((exact..plain.len()).map(of(false)));
    let mut seen = HashSet::new();
    let id = |from: &From| if from.repaired { repaired[from.place] } else { plain[from.place] };
    all.filter(|from| seen.insert(id(from))).take(LIST_LIMIT).collect()
}

fn page_list(ranked: RankedList, search_id: &str) -> PageList {
    PageList {
        ids: ranked.ids.into_boxed_slice(),
        scores: ranked.scores.into_boxed_slice(),
        search_id: search_id.into(),
        rest: ranked.rest.map_or_else(Rest::default, rest),
    }
}

fn rest(rest: search::Rest) -> Rest {
    Rest::new(rest.bytes(), move || {
        let (ids, scores) = rest.rank();
        (ids.into_boxed_slice(), scores.into_boxed_slice())
    })
}

fn list_key(request: &SearchRequest<'_>, search_id: &str) -> ListKey {
    ListKey(hash128(request, search_id))
}

fn caller_key(request: &SearchRequest<'_>) -> CallerKey {
    CallerKey(hash128(request, ""))
}

/// 128 bits of BLAKE3 over the parts, each with its length in front, so that no two lists share a key.
fn hash128(request: &SearchRequest<'_>, search_id: &str) -> u128 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&request.application.to_le_bytes());
    hasher.update(&request.user.to_le_bytes());
    hasher.update(&[request.kinds]);
    for part in [search_id, request.keyword] {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    u128::from_le_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repair_never_stands_above_an_exact_match() {
        let merged = behind_exact(&[1, 2, 3], 1, &[4, 2, 1]);
        let places: Vec<(bool, usize)> = merged.iter().map(|from| (from.repaired, from.place)).collect();
        // 1, 4, 2, 3.
        assert_eq!(places, [(false, 0), (true, 0), (true, 1), (false, 2)]);
    }

    #[test]
    fn spelled_keywords_are_letters() {
        assert!(is_spelled("meishi") && is_spelled("xi'an") && is_spelled("mei shi"));
        assert!(!is_spelled("美食") && !is_spelled("a1") && !is_spelled("'"));
    }
}
