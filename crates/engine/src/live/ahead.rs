//! Counters that are in force before the index has come so far: what the indexer read earlier never takes their place.

use search::Change;

use super::{LiveIndex, Serving};

impl LiveIndex {
    /// Applies what the indexer read. It may have read counters a while ago that have been set since: those that were
    /// taken up stay.
    pub(crate) fn apply_read(&self, changes: Vec<(i64, Change)>) -> search::Result<()> {
        let (sequences, changes): (Vec<i64>, Vec<Change>) = changes.into_iter().unzip();
        let (serving, mut at) = (self.serving(), 0);
        let is_counters = |change: &Change| matches!(change, Change::Counters(..));
        for alike in changes.chunk_by(|one, next| is_counters(one) == is_counters(next)) {
            match alike {
                [Change::Counters(..), ..] => {
                    for (change, sequence) in alike.iter().zip(&sequences[at..]) {
                        self.apply_counters(&serving, change, *sequence)?;
                    }
                }
                _ => serving.index.apply(alike)?,
            }
            at += alike.len();
        }
        Ok(())
    }

    fn apply_counters(&self, serving: &Serving, change: &Change, sequence: i64) -> search::Result<()> {
        let Change::Counters(group_id, read) = change else { return Ok(()) };
        // Held until they are in place: newer ones could come in between.
        let ahead = self.ahead.lock();
        let newer = ahead.get(group_id).filter(|(taken_up, _)| *taken_up > sequence);
        let counters = newer.map_or(*read, |(_, counters)| *counters);
        serving.index.apply(&[Change::Counters(*group_id, counters)])
    }

    /// Sets the counters again that a commit up to `sequence` does not cover: it may have made rows visible that were
    /// written from an older reading.
    pub(super) fn set_again(&self, sequence: i64) {
        let serving = self.serving();
        let mut ahead = self.ahead.lock();
        ahead.retain(|_, (taken_up, _)| *taken_up > sequence);
        ahead.iter().for_each(|(group_id, (_, counters))| serving.index.set_counters(*group_id, counters));
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::sync::Arc;

    use search::{ContentIndex, Counters, Document, tantivy_index::TantivyIndex};
    use store::{Standing, StandingChange};

    use super::*;

    fn likes(digg: i64) -> Counters {
        Counters { digg, ..Counters::default() }
    }

    #[test]
    fn counters_that_were_taken_up_stay_until_the_index_has_come_so_far() {
        let folder = tempfile::tempdir().unwrap();
        let index = Arc::new(TantivyIndex::create(folder.path(), &search::Options::default()).unwrap());
        let live = LiveIndex::new(index, None);
        let put = |digg| {
            let title = "一篇文章".to_owned();
            Change::Put(Box::new(Document {
                group_id: 1,
                title,
                counters: likes(digg),
                ..Document::default()
            }))
        };
        let shown = || {
            let mut digg = 0;
            assert!(live.row(1, &mut |row| digg = row.counters.digg));
            digg
        };
        live.apply_read(vec![(1, put(1)), (2, Change::Counters(1, likes(2)))]).unwrap();
        live.commit(2).unwrap();
        assert_eq!(shown(), 2);
        let standing = Standing { online: true, digg_count: 9, ..Standing::default() };
        live.take_up(&StandingChange { sequence: 6, group_id: 1, standing: Some(standing) });
        live.apply_read(vec![
            (3, Change::Counters(1, likes(3))),
            (4, put(4)),
            (5, Change::Counters(1, likes(5))),
        ])
        .unwrap();
        assert_eq!(shown(), 9, "what was read before is older");
        live.commit(5).unwrap();
        assert_eq!(shown(), 9, "in the new row too");
        live.apply_read(vec![(6, Change::Counters(1, likes(9))), (7, Change::Counters(1, likes(10)))])
            .unwrap();
        assert_eq!(shown(), 10);
        live.commit(7).unwrap();
        assert_eq!((shown(), live.ahead.lock().len()), (10, 0));
    }
}
