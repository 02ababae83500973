//! `qiusuo reindex` on a stopped and on a running server's directory, and what a server tells of it.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::caller::Caller;
use crate::support::{Directory, article, joined, wait_for};

const COUNT: i64 = 3_000;

fn filled() -> Directory {
    let directory = Directory::new();
    directory.import(&joined((1..=COUNT).map(|id| article(id, &format!("家常菜第{id}道")))));
    directory
}

/// The folder that is in force, alone.
fn folder(directory: &Directory) -> Option<String> {
    let index = directory.data().join("index");
    let current = std::fs::read_to_string(index.join("current")).unwrap();
    let named = current.lines().next().unwrap().strip_prefix("folder ").unwrap().to_owned();
    let folders = std::fs::read_dir(index).unwrap().filter(|entry| entry.as_ref().unwrap().path().is_dir());
    (folders.count() == 1).then_some(named)
}

#[test]
fn a_stopped_directory() {
    let directory = filled();
    let ran = directory.run(&["reindex", "--json"]).succeeded();
    let made = ran.json();
    assert_eq!(made["documents"], COUNT, "{made}");
    assert!(made["seconds"].as_f64().unwrap() > 0.0 && made["documents_per_second"].as_f64().unwrap() > 0.0);
    assert_eq!(folder(&directory).as_deref(), Some("2"));
    let told = directory.run(&["reindex"]).succeeded().stderr;
    assert!(told.contains(&format!("{COUNT} documents in ")), "{told}");
    let server = directory.serve();
    assert_eq!(Caller::new(&directory, &server).all("家常菜").len(), 1_000);
    assert_eq!(folder(&directory).as_deref(), Some("3"), "a start makes nothing anew");
    let nowhere = Directory::new().run(&["reindex"]).exited(1);
    assert!(nowhere.stderr.contains("does not exist"), "{}", nowhere.stderr);
}

#[test]
fn a_running_server_goes_on_answering() {
    let directory = filled();
    let server = directory.serve();
    let caller = Caller::new(&directory, &server);
    let (done, searches) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        let searching = scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                assert_eq!(caller.first(&format!("家常菜第{COUNT}道"))[0], COUNT);
                searches.fetch_add(1, Ordering::Relaxed);
            }
        });
        for round in 2..=4 {
            let made = directory.run(&["reindex", "--json"]).succeeded().json();
            assert_eq!(made["documents"], COUNT, "{made}");
            wait_for("the old files are gone", || folder(&directory));
            assert_eq!(folder(&directory), Some(round.to_string()));
        }
        done.store(true, Ordering::Relaxed);
        searching.join().unwrap();
    });
    assert!(searches.load(Ordering::Relaxed) > 0);
    let figures = server.get("/metrics").text();
    assert!(figures.contains("qiusuo_reindex_running 0"), "{figures}");
    let ready = server.get("/readyz").json();
    assert_eq!((&ready["ready"], ready.get("reindex")), (&true.into(), None), "{ready}");
    server.stop().succeeded();
}

/// An index that is lost is made at the start, while the server says that it starts; killed on the way, the next start
/// begins anew.
#[test]
fn a_kill_on_the_way_leaves_nothing_behind() {
    let directory = filled();
    std::fs::remove_dir_all(directory.data().join("index")).unwrap();
    let begun = directory.start(&["reindex"]);
    wait_for("a new folder", || directory.data().join("index/1/engine").exists().then_some(()));
    begun.kill();
    let server = directory.serve();
    assert_eq!(Caller::new(&directory, &server).all("家常菜").len(), 1_000);
    assert!(folder(&directory).is_some());
    server.stop().succeeded();
}
