//! Items like an item: a list of its own kind, kept and paged as that of a search.

use search::{Query, Spread};

use crate::{Engine, Result, SearchPage, SearchRequest};

/// Set in the content types of a list's identity: no search has it, so the two never share a list.
const RELATED: u8 = 1 << 7;

/// One call for items like another, its parameters checked.
#[derive(Clone, Copy, Debug)]
pub struct RelatedRequest<'a> {
    /// The application that calls.
    pub application: u32,
    /// The user on whose behalf it calls.
    pub user: u64,
    /// The item that the others are to be like; never among them.
    pub group_id: i64,
    /// What the item is about, in words: what holds more of it stands above what holds less.
    pub about: &'a str,
    /// The content types asked for, one bit each.
    pub kinds: u8,
    /// The first position of the page.
    pub offset: usize,
    /// The positions of the page.
    pub count: usize,
    /// The caller's name for this list, if it sent one.
    pub search_id: Option<&'a str>,
    /// The name that the server gives this list where the caller sent none.
    pub new_search_id: &'a str,
}

impl Engine {
    /// Answers one page of the items that are like another. The list is made at the first page and kept, as that of
    /// [`Engine::search`].
    ///
    /// # Errors
    /// When the index fails.
    pub fn related(&self, request: &RelatedRequest<'_>) -> Result<SearchPage> {
        let keyword = request.group_id.to_string();
        let identity = SearchRequest {
            application: request.application,
            user: request.user,
            keyword: &keyword,
            kinds: request.kinds | RELATED,
            offset: request.offset,
            count: request.count,
            search_id: request.search_id,
            new_search_id: request.new_search_id,
        };
        self.page_of(&identity, || {
            let now = self.clock().unix_seconds();
            // Likeness is what is asked for: like titles are not spread.
            let query = Query {
                keyword: request.about,
                kinds: request.kinds,
                now,
                spread: Spread::NONE,
                relaxed: true,
                head: usize::MAX,
            };
            let mut ranked = self.index().rank(&query)?;
            if let Some(own) = ranked.ids.iter().position(|group_id| *group_id == request.group_id) {
                ranked.ids.remove(own);
                ranked.scores.remove(own);
                ranked.tier_zero -= usize::from(own < ranked.tier_zero);
            }
            Ok(ranked)
        })
    }
}
