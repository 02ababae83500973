//! Pages are slices of one kept list.

use std::collections::HashSet;

use crate::support::{fill, item, page, read};

#[tokio::test]
async fn a_walk_neither_repeats_nor_skips() {
    let directory = tempfile::tempdir().unwrap();
    let items: Vec<_> = (1..=95).map(|id| item(id, &format!("阳台种菜第{id}天"))).collect();
    fill(directory.path(), &items).await;
    let engine = read(directory.path()).await;
    let (mut seen, mut offset) = (Vec::new(), 0);
    loop {
        let (ids, has_more) = page(&engine, "阳台种菜", offset, Some("walk"));
        seen.extend(ids);
        offset += 10;
        if !has_more {
            break;
        }
    }
    assert_eq!(seen.len(), 95);
    assert_eq!(seen.iter().collect::<HashSet<_>>().len(), 95);
    engine.close().await;
}

#[tokio::test]
async fn the_latest_list_continues_without_a_search_id() {
    let directory = tempfile::tempdir().unwrap();
    let items: Vec<_> = (1..=25).map(|id| item(id, &format!("周末露营装备{id}"))).collect();
    fill(directory.path(), &items).await;
    let engine = read(directory.path()).await;
    let (first, _) = page(&engine, "露营装备", 0, None);
    let (second, more) = page(&engine, "露营装备", 10, None);
    let (third, last) = page(&engine, "露营装备", 20, None);
    let all: HashSet<_> = [first, second, third].concat().into_iter().collect();
    assert_eq!(all.len(), 25);
    assert!(more && !last);
    engine.close().await;
}

#[tokio::test]
async fn a_list_is_made_once_and_told_once() {
    let directory = tempfile::tempdir().unwrap();
    fill(directory.path(), &[item(1, "一篇文章")]).await;
    let engine = read(directory.path()).await;
    let made = |keyword, id| engine.search(&crate::support::request(keyword, 0, Some(id))).unwrap().made;
    assert!(made("文章", "a").unwrap().exact);
    assert!(made("文章", "a").is_none(), "the same search again is the same list");
    assert!(!made("没有这样的词", "b").unwrap().exact);
    engine.close().await;
}

#[tokio::test]
async fn far_offsets_are_an_empty_last_page() {
    let directory = tempfile::tempdir().unwrap();
    fill(directory.path(), &[item(1, "一篇文章")]).await;
    let engine = read(directory.path()).await;
    for offset in [1, 999, 1000, usize::MAX / 2] {
        assert_eq!(page(&engine, "文章", offset, None), (vec![], false));
    }
    engine.close().await;
}

#[tokio::test]
async fn letters_are_searched_as_they_sound_when_they_find_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let mut items: Vec<_> = (1..=5).map(|id| item(id, &format!("宠物医院第{id}次复查"))).collect();
    items.push(item(9, "chongwu 是一个拼音"));
    fill(directory.path(), &items).await;
    let mut writing =
        engine::Writing::open(crate::support::options(directory.path()), "test", engine::Hold::IfFree)
            .await
            .unwrap();
    writing.log_queries(&[crate::support::query("宠物", 3)], None).await.unwrap();
    writing.wait(engine::Visible::Suggestions).await.unwrap();
    writing.close().await;
    let engine = read(directory.path()).await;
    let (ids, _) = page(&engine, "chongwu", 0, None);
    assert_eq!((ids.len(), ids[0]), (6, 9), "an exact match stands above every repair");
    for typed in ["chong wu", "cw"] {
        let (ids, _) = page(&engine, typed, 0, None);
        assert_eq!(ids.len(), 5, "{typed}: {ids:?}");
    }
    engine.close().await;
}

/// Titles of few characters, so that most keywords are found in many; the same in every run.
fn titles(count: usize) -> Vec<String> {
    const CHARACTERS: [char; 16] =
        ['春', '夏', '秋', '冬', '山', '水', '花', '鸟', '，', ' ', 'a', '7', '雨', '雪', '风', '月'];
    let mut state = 7u32;
    let mut next = |below: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) % below
    };
    (0..count)
        .map(|_| {
            (0..5 + next(9)).map(|_| CHARACTERS[next(16) as usize]).chain(std::iter::once('天')).collect()
        })
        .collect()
}

#[tokio::test]
async fn a_walk_to_the_end_meets_every_exact_match_once_and_first() {
    let directory = tempfile::tempdir().unwrap();
    let titles = titles(400);
    // Half of the items have one of two authors, so that the lists are spread.
    let items: Vec<_> = (1..)
        .zip(&titles)
        .map(|(id, title)| {
            let author = ["", "甲方", "", "乙方"][id as usize % 4].to_owned();
            engine::ItemRecord { author, ..item(id, title) }
        })
        .collect();
    fill(directory.path(), &items).await;
    let engine = read(directory.path()).await;
    let mut found = 0;
    for keyword in ["春", "春夏", "山水花", "秋冬山水", "a", "7", "风月 雨", "雪天", "鸟a", "\"花鸟\" -春"]
    {
        let (mut seen, mut offset) = (Vec::new(), 0);
        loop {
            let (ids, has_more) = page(&engine, keyword, offset, Some("walk"));
            seen.extend(ids);
            offset += 10;
            if !has_more {
                break;
            }
        }
        let tier = |id: &i64| engine.search_tier(*id, keyword).unwrap();
        let exact: HashSet<i64> = (1..=400).filter(|id| tier(id) == Some(0)).collect();
        assert_eq!(seen.iter().collect::<HashSet<_>>().len(), seen.len(), "{keyword}: an item twice");
        assert!(seen.len() >= exact.len(), "{keyword}");
        found += exact.len();
        let first: HashSet<i64> = seen[..exact.len()].iter().copied().collect();
        assert_eq!(first, exact, "{keyword}");
    }
    assert!(found > 500, "{found}");
    engine.close().await;
}
