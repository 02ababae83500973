//! Changes, commits, visibility, and starting again.

use std::time::Duration;

use search::{Change, ContentIndex, Counters, Document, Error, Options, TantivyIndex};
use tempfile::tempdir;

use crate::{answer, create, document, put, rank, reopen};

#[test]
fn changes_show_at_the_commit_counters_at_once() {
    let folder = tempdir().unwrap();
    let index = create(folder.path());
    index.apply(&[put(1, "旧标题"), put(2, "第二")]).unwrap();
    assert_eq!((answer(&index, 1), index.documents()), (None, 0));
    index.commit(3).unwrap();
    index.apply(&[put(1, "新标题"), Change::Remove(2), Change::Remove(99)]).unwrap();
    assert_eq!(answer(&index, 1).as_deref(), Some("旧标题"));
    assert_eq!(rank(&index, "第二").ids, [2]);
    let counters = Counters { digg: 7, comment: -1, read: i64::MAX, share: 3, watch: 4 };
    index.apply(&[Change::Counters(1, counters), Change::Counters(99, counters)]).unwrap();
    assert_eq!(counters_of(&index, 1), Some(counters));
    index.commit(4).unwrap();
    assert_eq!(answer(&index, 1).as_deref(), Some("新标题"));
    assert_eq!(counters_of(&index, 1), Some(counters), "they also reach the row that waited");
    assert_eq!((answer(&index, 2), index.documents(), index.applied()), (None, 1, 4));
    assert_eq!(rank(&index, "旧标").ids, Vec::<i64>::new());
    assert_eq!(rank(&index, "第二").ids, Vec::<i64>::new());
    assert_eq!(rank(&index, "新标题").ids, [1]);
}

#[test]
fn the_last_of_several_changes_of_one_id_counts() {
    let folder = tempdir().unwrap();
    let index = create(folder.path());
    index
        .apply(&[put(1, "甲乙"), put(1, "丙丁"), Change::Remove(2), put(2, "甲乙"), Change::Remove(2)])
        .unwrap();
    index.apply(&[put(3, "甲乙"), Change::Remove(3), put(3, "丙丁")]).unwrap();
    index.commit(1).unwrap();
    assert_eq!(rank(&index, "甲乙").ids, Vec::<i64>::new());
    let mut ids = rank(&index, "丙丁").ids;
    ids.sort_unstable();
    assert_eq!((ids, index.documents()), (vec![1, 3], 2));
    drop(index);
    assert_eq!(reopen(folder.path()).documents(), 2);
}

#[test]
fn a_killed_process_starts_from_its_last_commit_and_replays() {
    let first: Vec<Change> = (0..40).map(|id| put(id, &format!("春天 {id}"))).collect();
    let mut second: Vec<Change> = (20..60).map(|id| put(id, &format!("夏天 {id}"))).collect();
    second.extend((0..5).map(Change::Remove));
    second.push(Change::Counters(7, Counters { watch: 5, ..Counters::default() }));
    let (killed, whole) = (tempdir().unwrap(), tempdir().unwrap());
    let index = create(killed.path());
    index.apply(&first).unwrap();
    index.commit(1).unwrap();
    index.apply(&second).unwrap();
    drop(index);
    let index = reopen(killed.path());
    assert_eq!((index.applied(), index.documents()), (1, 40));
    assert_eq!(answer(&index, 0).as_deref(), Some("春天 0"));
    assert_eq!(rank(&index, "夏天").tier_zero, 0);
    let other = create(whole.path());
    other.apply(&first).unwrap();
    other.commit(1).unwrap();
    for index in [&index, &other] {
        index.apply(&second).unwrap();
        index.commit(2).unwrap();
    }
    for keyword in ["春天", "夏天", "夏天 30", "春天 7"] {
        let lists = [rank(&index, keyword), rank(&other, keyword)];
        assert_eq!((&lists[0].ids, &lists[0].scores), (&lists[1].ids, &lists[1].scores), "{keyword}");
    }
    for id in 0..61 {
        assert_eq!(answer(&index, id), answer(&other, id));
        assert_eq!(counters_of(&index, id), counters_of(&other, id));
    }
}

#[test]
fn the_table_grows_under_readers() {
    let folder = tempdir().unwrap();
    let index = create(folder.path());
    for round in 0..6i64 {
        let answer = vec![b'x'; 1000];
        let item = |id| Document { answer: answer.clone(), ..document(id, "大表") };
        let changes: Vec<Change> =
            (0..1000).map(|id| Change::Put(Box::new(item(round * 1000 + id)))).collect();
        index.apply(&changes).unwrap();
        assert_eq!(answer_length(&index, 0), if round == 0 { None } else { Some(1000) });
        index.commit(round + 1).unwrap();
    }
    drop(index);
    let index = reopen(folder.path());
    assert_eq!(index.documents(), 6000);
    assert!((0..6000).all(|id| answer_length(&index, id) == Some(1000)));
    index.verify().unwrap();
}

#[test]
fn wasted_rows_are_counted() {
    let folder = tempdir().unwrap();
    let index = create(folder.path());
    assert_eq!(index.wasted(), (0, 0));
    let changes: Vec<Change> = (0..10).map(|id| put(id, "春天")).collect();
    index.apply(&changes).unwrap();
    index.commit(1).unwrap();
    assert_eq!(index.wasted(), (0, 10));
    index.apply(&changes[..4]).unwrap();
    assert_eq!(index.wasted(), (4, 10), "they wait");
    index.apply(&[Change::Remove(9), Change::Remove(99)]).unwrap();
    index.commit(2).unwrap();
    assert_eq!(index.wasted(), (6, 9), "four old rows, the removed one, and the one that says so");
    assert!(!index.needs_rewriting());
    index.apply(&changes).unwrap();
    drop(index);
    let index = reopen(folder.path());
    assert_eq!(index.wasted(), (6, 9), "what was not committed is written over");
    index.apply(&changes).unwrap();
    index.commit(3).unwrap();
    assert_eq!(TantivyIndex::open_read_only(folder.path()).unwrap().wasted(), (15, 10));
}

#[test]
fn maintenance_changes_no_answer() {
    let folder = tempdir().unwrap();
    let options = Options { quiet_after: Duration::ZERO, ..Options::default() };
    let index = TantivyIndex::create(folder.path(), &options).unwrap();
    for id in 0..9 {
        index.apply(&[put(id, "春天"), Change::Remove(id - 4)]).unwrap();
        index.commit(id + 1).unwrap();
    }
    let before = rank(&index, "春天").ids;
    for _ in 0..3 {
        index.maintain().unwrap();
        assert_eq!(rank(&index, "春天").ids, before);
        assert_eq!(index.applied(), 9);
    }
    drop(index);
    assert_eq!(reopen(folder.path()).applied(), 9, "a merge keeps the payload");
}

#[test]
fn reading_beside_a_writer() {
    let folder = tempdir().unwrap();
    let index = create(folder.path());
    index.apply(&[put(1, "春天")]).unwrap();
    index.commit(1).unwrap();
    let reader = TantivyIndex::open_read_only(folder.path()).unwrap();
    index.apply(&[put(2, "春天"), Change::Remove(1)]).unwrap();
    index.commit(2).unwrap();
    assert_eq!((rank(&reader, "春天").ids, answer(&reader, 1).as_deref()), (vec![1], Some("春天")));
    assert_eq!(rank(&TantivyIndex::open_read_only(folder.path()).unwrap(), "春天").ids, [2]);
    assert!(matches!(reader.apply(&[put(3, "春天")]), Err(Error::ReadOnly)));
    assert!(matches!(reader.commit(3), Err(Error::ReadOnly)));
}

fn counters_of(index: &TantivyIndex, group_id: i64) -> Option<Counters> {
    let mut counters = None;
    index.row(group_id, &mut |row| counters = Some(row.counters));
    counters
}

fn answer_length(index: &TantivyIndex, group_id: i64) -> Option<usize> {
    answer(index, group_id).map(|answer| answer.len())
}
