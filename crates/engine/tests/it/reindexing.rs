//! The content index is made anew while it serves, and nobody notices.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use engine::{CountersRecord, Engine, Error, Holder, RebuildFigures, Searchable, open_existing, reindex};

use crate::support::{copy, eventually, fill, found, item, options, page, read, serve};

const COUNT: i64 = 400;

/// A directory with items of one keyword.
async fn filled() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let items: Vec<_> = (1..=COUNT).map(|id| item(id, &format!("家常菜第{id}道做法"))).collect();
    fill(directory.path(), &items).await;
    directory
}

/// The folders in `index/`, and the one that is in force.
fn folders(directory: &Path) -> (Vec<String>, String) {
    let index = directory.join("index");
    let entries = fs::read_dir(&index).unwrap().flatten().filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    let current = fs::read_to_string(index.join("current")).unwrap();
    (names, current.lines().next().unwrap().strip_prefix("folder ").unwrap().to_owned())
}

/// One folder of that name, which is in force.
fn only(name: &str) -> (Vec<String>, String) {
    (vec![name.to_owned()], name.to_owned())
}

fn in_force(directory: &Path) -> PathBuf {
    directory.join("index").join(folders(directory).1)
}

async fn close(engine: Arc<Engine>) {
    engine.close().await;
    drop(engine);
}

fn likes(group_id: i64, digg_count: i64) -> CountersRecord {
    CountersRecord { group_id, digg_count: Some(digg_count), ..CountersRecord::default() }
}

/// Ends the tasks beside a test, also where it fails.
struct Stop(Arc<AtomicBool>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn the_index_of_a_stopped_directory_is_made_anew() {
    let directory = filled().await;
    let engine = read(directory.path()).await;
    engine.set_online(&[7], false).await.unwrap();
    let before = found(&engine, "家常菜");
    assert_eq!(before.len() as i64, COUNT - 1);
    close(engine).await;
    assert_eq!(folders(directory.path()), only("1"));
    let mut told: Vec<RebuildFigures> = Vec::new();
    let made = reindex(options(directory.path()), |figures| told.push(figures)).await.unwrap();
    assert_eq!(made.documents as i64, COUNT - 1);
    assert!(told.iter().all(|figures| figures.documents <= figures.total));
    assert_eq!(folders(directory.path()), only("2"));
    let engine = read(directory.path()).await;
    assert_eq!(found(&engine, "家常菜"), before);
    close(engine).await;
    assert_eq!(folders(directory.path()).1, "2", "nothing is made anew without need");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_goes_on_while_its_index_is_made_anew() {
    let directory = filled().await;
    let engine = serve(directory.path()).await;
    let all = found(&engine, "家常菜");
    let (first, _) = page(&engine, "家常菜", 0, Some("kept"));
    let (stop, searches) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let stopping = Stop(Arc::clone(&stop));
    let searching = {
        let (engine, stop, searches) = (Arc::clone(&engine), Arc::clone(&stop), Arc::clone(&searches));
        tokio::task::spawn_blocking(move || {
            while !stop.load(Ordering::Relaxed) {
                // The first hundred are acted on meanwhile.
                let here = found(&engine, "家常菜").into_iter().filter(|id| *id > 100).count();
                assert_eq!(here as i64, COUNT - 100, "results were lost");
                assert!(engine.row(COUNT, &mut |_| {}));
                searches.fetch_add(1, Ordering::Relaxed);
            }
        })
    };
    let acting = {
        let (engine, stop) = (Arc::clone(&engine), Arc::clone(&stop));
        tokio::spawn(async move {
            let mut round = 0;
            while !stop.load(Ordering::Relaxed) {
                round += 1;
                let (down, counted) = (1 + round % 50, 51 + round % 50);
                engine.set_online(&[down], false).await.unwrap();
                assert!(!engine.row(down, &mut |_| {}), "{down} was taken down");
                engine.set_counters(&[likes(counted, round)]).await.unwrap();
                engine.row(counted, &mut |row| assert_eq!(row.counters.digg, round));
                if round % 7 == 0 {
                    engine.put_items(&[item(1_000 + round, "别的文章")]).await.unwrap();
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
                assert!(!engine.row(down, &mut |_| {}), "{down} was taken down");
                engine.row(counted, &mut |row| assert_eq!(row.counters.digg, round));
                engine.set_online(&[down], true).await.unwrap();
            }
        })
    };
    for round in 2..=6 {
        let made = reindex(options(directory.path()), |_| {}).await.unwrap();
        assert!(made.documents as i64 >= COUNT - 60, "{made:?}");
        eventually("the old files are gone", || folders(directory.path()).0.len() == 1).await;
        assert_eq!(folders(directory.path()).1, round.to_string());
    }
    let between = searches.load(Ordering::Relaxed);
    drop(stopping);
    searching.await.unwrap();
    acting.await.unwrap();
    assert!(between > 5, "{between} searches");
    assert_eq!(engine.wait_searchable(Duration::from_secs(60)).await.unwrap(), Searchable::Now);
    // A list from before is paged on, whatever index its rows are in.
    let mut walked = first;
    for offset in (10..).step_by(10) {
        let (ids, has_more) = page(&engine, "家常菜", offset, Some("kept"));
        walked.extend(ids);
        if !has_more {
            break;
        }
    }
    assert_eq!(walked, all);
    assert_eq!(found(&engine, "家常菜").len() as i64, COUNT);
    // What is in force is what a start finds.
    let counters = |engine: &Engine| -> Vec<i64> {
        let mut counters = Vec::new();
        for id in 1..=COUNT {
            engine.row(id, &mut |row| counters.push(row.counters.digg));
        }
        counters
    };
    let (documents, before) = (engine.documents(), counters(&engine));
    close(engine).await;
    let engine = serve(directory.path()).await;
    assert_eq!((engine.documents(), counters(&engine)), (documents, before));
    close(engine).await;
}

#[tokio::test]
async fn what_a_crash_leaves_behind_is_removed() {
    let directory = filled().await;
    let index = directory.path().join("index");
    // While it was made: half an index that nothing names, and half of the file that was to name it.
    copy(&index.join("1"), &index.join("2"));
    fs::remove_file(index.join("2/format")).unwrap();
    fs::write(index.join("current.new"), "folder 2\n").unwrap();
    let check = async || {
        let engine = serve(directory.path()).await;
        assert_eq!(found(&engine, "家常菜").len() as i64, COUNT);
        close(engine).await;
    };
    check().await;
    assert_eq!(folders(directory.path()), only("1"));
    // After the new one was named and before the old one was removed.
    copy(&index.join("1"), &index.join("2"));
    let current = fs::read_to_string(index.join("current")).unwrap();
    fs::write(index.join("current"), current.replace("folder 1", "folder 2")).unwrap();
    check().await;
    assert_eq!(folders(directory.path()), only("2"));
    // Named, and gone.
    fs::remove_dir_all(index.join("2")).unwrap();
    check().await;
}

#[tokio::test]
async fn an_index_of_other_rules_serves_until_there_is_a_new_one() {
    let directory = filled().await;
    let format = in_force(directory.path()).join("format");
    let text = fs::read_to_string(&format).unwrap();
    let at = text.find("analysis ").unwrap();
    fs::write(&format, format!("{}analysis 0 00000000\n", &text[..at])).unwrap();
    let engine = serve(directory.path()).await;
    assert_eq!(found(&engine, "家常菜").len() as i64, COUNT, "it serves at once");
    eventually("a new index", || folders(directory.path()) == only("2")).await;
    assert_eq!(found(&engine, "家常菜").len() as i64, COUNT);
    assert!(engine.readiness().await.index);
    close(engine).await;
    assert_eq!(fs::read_to_string(in_force(directory.path()).join("format")).unwrap(), text);
}

#[tokio::test]
async fn an_older_state_serves_without_what_went_since() {
    let directory = filled().await;
    let (index, backup) = (directory.path().join("index"), directory.path().join("backup"));
    copy(&index, &backup);
    let engine = serve(directory.path()).await;
    engine.put_items(&[item(999, "后来才有的文章")]).await.unwrap();
    engine.delete_items(&[3]).await.unwrap();
    engine.set_online(&[4], false).await.unwrap();
    engine.wait_searchable(Duration::from_secs(60)).await.unwrap();
    close(engine).await;
    // Nobody can learn from the changes what went.
    let store = open_existing(options(directory.path())).await.unwrap().store;
    let newest = store.last_sequence().await.unwrap();
    for consumer in ["index", "standing", "suggestions", "rules"] {
        store.record_applied(consumer, newest).await.unwrap();
    }
    assert!(store.prune_changes().await.unwrap() > 0);
    store.close().await;
    fs::remove_dir_all(&index).unwrap();
    copy(&backup, &index);
    let engine = serve(directory.path()).await;
    let gone = |engine: &Engine| [3, 4].into_iter().all(|id| !engine.row(id, &mut |_| {}));
    assert!(gone(&engine), "what is not there is not answered");
    assert_eq!(found(&engine, "家常菜").len() as i64, COUNT - 2, "all the others are");
    engine.set_online(&[5], false).await.unwrap();
    assert!(!engine.row(5, &mut |_| {}));
    engine.wait_searchable(Duration::from_secs(60)).await.unwrap();
    assert_eq!(found(&engine, "后来才有")[..1], [999]);
    assert!(gone(&engine) && !engine.row(5, &mut |_| {}));
    assert_eq!(found(&engine, "家常菜").len() as i64, COUNT - 3);
    close(engine).await;
}

#[tokio::test]
async fn an_index_of_another_store_is_never_answered_from() {
    let (ours, theirs) = (filled().await, tempfile::tempdir().unwrap());
    fill(theirs.path(), &[item(1, "别人的私事"), item(2, "别人的公事")]).await;
    let index = ours.path().join("index");
    fs::remove_dir_all(&index).unwrap();
    copy(&theirs.path().join("index"), &index);
    let engine = serve(ours.path()).await;
    let mut answer = String::new();
    engine.row(1, &mut |row| answer = String::from_utf8_lossy(row.answer).into_owned());
    assert_eq!(answer, "家常菜第1道做法");
    assert!(!found(&engine, "别人").contains(&1));
    assert_eq!(found(&engine, "家常菜").len() as i64, COUNT);
    close(engine).await;
}

#[tokio::test]
async fn a_second_one_is_refused() {
    let directory = filled().await;
    let engine = serve(directory.path()).await;
    engine.store().set_meta("reindex.state", "another running 3 400").await.unwrap();
    let refused = reindex(options(directory.path()), |_| {}).await;
    assert!(matches!(refused, Err(Error::ReindexRunning)), "{refused:?}");
    close(engine).await;
    let holder = Holder::this_process("reindex", "");
    let lock = Engine::lock(options(directory.path()), &holder, Duration::ZERO).await.unwrap();
    let refused = reindex(options(directory.path()), |_| {}).await;
    assert!(matches!(refused, Err(Error::ReindexRunning)), "{refused:?}");
    drop(lock);
}

#[tokio::test]
async fn a_server_that_stops_is_noticed() {
    let directory = filled().await;
    let holder = Holder::this_process("serve", "127.0.0.1:1");
    let server = Engine::lock(options(directory.path()), &holder, Duration::ZERO).await.unwrap();
    let store = open_existing(options(directory.path())).await.unwrap().store;
    let stopping = async {
        while store.meta("reindex.request").await.unwrap().is_none_or(|request| request.is_empty()) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        drop(server);
    };
    let (ended, ()) = tokio::join!(reindex(options(directory.path()), |_| {}), stopping);
    assert!(matches!(ended, Err(Error::HolderEnded)), "{ended:?}");
    assert_eq!(store.meta("reindex.request").await.unwrap().unwrap(), "", "nobody finds it later");
    store.close().await;
}

/// Changes of the counters of items that are offline are met by the indexer, too; a full page of them once held it up.
#[tokio::test]
async fn many_counters_of_an_offline_item_hold_nothing_up() {
    let directory = filled().await;
    let engine = read(directory.path()).await;
    engine.set_online(&[1], false).await.unwrap();
    close(engine).await;
    let store = open_existing(options(directory.path())).await.unwrap().store;
    for round in 1..=1_100 {
        store.set_counters(&[likes(1, round)]).await.unwrap();
    }
    store.put_items(&[item(999, "后来才有的文章")]).await.unwrap();
    store.close().await;
    let engine = serve(directory.path()).await;
    assert_eq!(engine.wait_searchable(Duration::from_secs(30)).await.unwrap(), Searchable::Now);
    assert_eq!(found(&engine, "后来才有")[..1], [999]);
    close(engine).await;
}
