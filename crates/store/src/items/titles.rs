//! The short texts of items that suggestions are made from.

use sqlx::{Row as _, any::AnyRow};

use super::rows::split_tags;
use crate::{
    Result, Store,
    bulk::{Bulk, large_pieces},
};

/// An item's title and tags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TitleRow {
    /// The item's identity.
    pub group_id: i64,
    /// The title.
    pub title: String,
    /// The tags as they are stored: a line each, also the last one ended by a line break; inside a tag a line
    /// break is written `\n` and a backslash `\\`. [`TitleRow::split_tags`] reads them.
    pub tags: String,
}

static OF_ITEMS: Bulk = Bulk::list("SELECT group_id, title, tags, online FROM items WHERE group_id IN", "");

impl TitleRow {
    /// The tags one by one.
    pub fn split_tags(&self) -> Vec<String> {
        split_tags(&self.tags)
    }
}

impl Store {
    /// Titles and tags of the online items whose identity is greater than `group_id`, in the order of their
    /// identities, at most `limit`. Empty only at the end.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn documents_after(&self, group_id: i64, limit: i64) -> Result<Vec<TitleRow>> {
        let rows = sqlx::query(
            "SELECT group_id, title, tags FROM items WHERE group_id > $1 AND online = 1 ORDER BY group_id LIMIT $2",
        )
        .bind(group_id)
        .bind(limit)
        .fetch_all(self.readers())
        .await?;
        rows.iter().map(read_title).collect()
    }

    /// The identities of the online items after `group_id`, in their order, at most `limit`. Empty only at the end.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn online_after(&self, group_id: i64, limit: i64) -> Result<Vec<i64>> {
        let rows = sqlx::query(
            "SELECT group_id FROM items WHERE group_id > $1 AND online = 1 ORDER BY group_id LIMIT $2",
        )
        .bind(group_id)
        .bind(limit)
        .fetch_all(self.readers())
        .await?;
        Ok(rows.iter().map(|row| row.try_get(0)).collect::<sqlx::Result<_>>()?)
    }

    /// Titles and tags of those items and whether each is online, in the order of their identities, each once.
    /// Who is not there is left out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn titles_of(&self, group_ids: &[i64]) -> Result<Vec<(TitleRow, bool)>> {
        let mut group_ids = group_ids.to_vec();
        group_ids.sort_unstable();
        group_ids.dedup();
        let mut titles = Vec::with_capacity(group_ids.len());
        for piece in large_pieces(&group_ids) {
            let query =
                piece.iter().fold(OF_ITEMS.query(piece.len()), |query, group_id| query.bind(*group_id));
            for row in query.fetch_all(self.readers()).await? {
                titles.push((read_title(&row)?, row.try_get::<i64, _>(3)? != 0));
            }
        }
        titles.sort_unstable_by_key(|(title, _)| title.group_id);
        Ok(titles)
    }
}

fn read_title(row: &AnyRow) -> Result<TitleRow> {
    Ok(TitleRow { group_id: row.try_get(0)?, title: row.try_get(1)?, tags: row.try_get(2)? })
}
