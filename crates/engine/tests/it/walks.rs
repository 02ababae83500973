//! Many walks through pages while items come, change and go and the index is made anew.
//!
//! `QIUSUO_WALKS` says how many walks; an ordinary run has 2,000:
//!
//! ```sh
//! QIUSUO_WALKS=10000 cargo test --release -p engine --test it walks
//! ```

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use engine::{Engine, ItemRecord, SearchRequest, reindex};
use parking_lot::RwLock;

use crate::support::{fill, item, options, request, serve};

/// Walks of an ordinary run.
const WALKS: usize = 2_000;
/// Tasks that walk at once.
const WALKERS: usize = 3;
/// Items at the start; as many again come on the way.
const ITEMS: i64 = 500;
/// Walks for each time that something is done: a fast machine must not be through before anything changed.
const WALKS_AN_ACT: usize = 10;
/// Keywords: every title has some of these characters.
const CHARACTERS: [char; 12] = ['春', '夏', '秋', '冬', '山', '水', '花', '鸟', '雨', '雪', '风', '月'];

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }

    fn text(&mut self, characters: usize) -> String {
        (0..characters).map(|_| CHARACTERS[self.below(CHARACTERS.len())]).collect()
    }

    fn item(&mut self, group_id: i64) -> ItemRecord {
        let length = 3 + self.below(6);
        item(group_id, &self.text(length))
    }
}

/// What walkers and the one that acts share.
struct Field {
    engine: Arc<Engine>,
    /// Held to act, and shared by a walker for the time of one page: nothing goes while it looks.
    acting: RwLock<()>,
    done: AtomicBool,
    walks: AtomicUsize,
    pages: AtomicUsize,
    acts: AtomicUsize,
}

/// Ends the others where one of them fails.
struct Failing(Arc<Field>);

impl Drop for Failing {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.done.store(true, Ordering::Relaxed);
        }
    }
}

fn is_visible(engine: &Engine, group_id: i64) -> bool {
    engine.row(group_id, &mut |_| {})
}

/// One walk; the whole list is looked at first, which makes it.
fn walk(field: &Field, dice: &mut Dice, search_id: &str) {
    let engine = &field.engine;
    let length = 1 + dice.below(3);
    let (keyword, count) = (dice.text(length), 1 + dice.below(20));
    let all = SearchRequest { count: 1_000, ..request(&keyword, 0, Some(search_id)) };
    let list: Vec<i64> = engine.search(&all).unwrap().items().map(|(group_id, _)| group_id).collect();
    let mut walked = Vec::new();
    for offset in (0..).step_by(count) {
        let still = field.acting.read();
        let rest = list.get(offset + count..).unwrap_or_default();
        let any = || rest.iter().any(|group_id| is_visible(engine, *group_id));
        let before = any();
        let page = engine.search(&SearchRequest { offset, count, ..all }).unwrap();
        // What is indexed meanwhile may appear; nothing goes.
        assert!(page.has_more || !before, "{keyword}: something is left behind {offset}");
        assert!(!page.has_more || any(), "{keyword}: nothing is left behind {offset}");
        drop(still);
        assert!(page.made.is_none(), "the list is kept");
        walked.extend(page.items().map(|(group_id, _)| group_id));
        field.pages.fetch_add(1, Ordering::Relaxed);
        if !page.has_more {
            break;
        }
    }
    assert_eq!(walked.iter().collect::<HashSet<_>>().len(), walked.len(), "{keyword}: an item twice");
    assert_eq!(walked, list[..walked.len()], "{keyword}: the list of its first page");
    // Nothing was visible behind the last page, and what comes back later was not skipped by this walk.
    field.walks.fetch_add(1, Ordering::Relaxed);
}

/// Puts, changes, takes down, deletes and brings back, one after the other.
async fn act(field: Arc<Field>) {
    let _failing = Failing(Arc::clone(&field));
    let (engine, mut dice, mut newest) = (&field.engine, Dice(99), ITEMS);
    while !field.done.load(Ordering::Relaxed) {
        let any = 1 + dice.below(newest as usize) as i64;
        let action = dice.below(10);
        let record = match action {
            0..=2 if newest < 2 * ITEMS => {
                newest += 1;
                dice.item(newest)
            }
            _ => dice.item(any),
        };
        let field = Arc::clone(&field);
        // The lock is no async one: it is held by a thread that may wait.
        tokio::task::spawn_blocking(move || {
            let engine = &field.engine;
            let _alone = field.acting.write();
            tokio::runtime::Handle::current().block_on(async {
                match action {
                    0..=4 => drop(engine.put_items(&[record]).await.unwrap()),
                    5..=6 => drop(engine.set_online(&[any], false).await.unwrap()),
                    7 => drop(engine.delete_items(&[any]).await.unwrap()),
                    _ => {
                        // A removal that is on its way would take it out once more.
                        drop(engine.set_online(&[any], true).await.unwrap());
                        engine.wait_searchable(Duration::from_secs(60)).await.unwrap();
                    }
                }
            });
            field.acts.fetch_add(1, Ordering::Relaxed);
        })
        .await
        .unwrap();
    }
    engine.wait_searchable(Duration::from_secs(60)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn walks_over_what_changes() {
    let wanted = std::env::var("QIUSUO_WALKS").map_or(WALKS, |walks| walks.parse().unwrap());
    let directory = tempfile::tempdir().unwrap();
    let mut dice = Dice(1);
    let items: Vec<_> = (1..=ITEMS).map(|id| dice.item(id)).collect();
    fill(directory.path(), &items).await;
    let field = Arc::new(Field {
        engine: serve(directory.path()).await,
        acting: RwLock::default(),
        done: AtomicBool::new(false),
        walks: AtomicUsize::new(0),
        pages: AtomicUsize::new(0),
        acts: AtomicUsize::new(0),
    });
    let _failing = Failing(Arc::clone(&field));
    let acting = tokio::spawn(act(Arc::clone(&field)));
    let walkers = std::array::from_fn::<_, WALKERS, _>(|walker| {
        let field = Arc::clone(&field);
        tokio::task::spawn_blocking(move || {
            let _failing = Failing(Arc::clone(&field));
            let mut dice = Dice(10 + walker as u64);
            for number in (walker..wanted).step_by(WALKERS) {
                while field.walks.load(Ordering::Relaxed)
                    > WALKS_AN_ACT * (1 + field.acts.load(Ordering::Relaxed))
                {
                    assert!(!field.done.load(Ordering::Relaxed), "another one failed");
                    std::thread::yield_now();
                }
                walk(&field, &mut dice, &format!("walk {number}"));
            }
        })
    });
    let mut made = 0;
    while field.walks.load(Ordering::Relaxed) < wanted && !field.done.load(Ordering::Relaxed) {
        reindex(options(directory.path()), |_| {}).await.unwrap();
        made += 1;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    for walker in walkers {
        walker.await.unwrap();
    }
    field.done.store(true, Ordering::Relaxed);
    acting.await.unwrap();
    let [walks, pages, acts] = [&field.walks, &field.pages, &field.acts].map(|of| of.load(Ordering::Relaxed));
    assert_eq!(walks, wanted);
    assert!(pages > walks && acts > 50 && made > 0, "{pages} pages, {acts} acts, {made} new indexes");
    tell(&format!("{walks} walks, {pages} pages, {acts} acts and {made} new indexes meanwhile"));
    field.engine.close().await;
}

/// What the run was, for whoever asks with `--nocapture`.
#[expect(clippy::print_stderr, reason = "figures of a run")]
fn tell(run: &str) {
    eprintln!("{run}");
}
