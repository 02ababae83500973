//! The self-test: whether what stands in a title is found by it, asked of the index in force all the time.
//!
//! Once a minute it takes a few titles from the store, cuts a piece out of each that search promises to find (one to
//! four characters of one run, and a word of letters), and asks the index whether the item matches it. Titles come in a
//! walk over all items with strides of chance, so each is as likely as any other, and none is read for nothing but its
//! identity. What may have changed meanwhile is asked again once the index has caught up; only what is still missed
//! then counts, so a miss is a defect of the index or of the analysis.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use search::ContentIndex;
use store::{Store, Subject, TitleRow};
use text::{
    normal::normal_form,
    tokens::{self, Kind},
};
use tokio::{sync::watch, time::Instant};

use crate::{Engine, Error, Result, indexer::blocking, secrets};

/// How long after the start the first titles are taken.
const FIRST: Duration = Duration::from_secs(3);
/// How often after that.
const EVERY: Duration = Duration::from_secs(60);
/// Titles taken at once.
const TITLES: usize = 20;
/// Titles in which a walk goes over all items, where there are not too many.
const TITLES_A_WALK: u64 = 500;
/// Identities that are passed over at once at the most.
const LONGEST_STRIDE: u64 = 10_000;
/// Characters of a piece at the most.
const CHARACTERS: usize = 4;
/// Pieces that the published recall is of, the last ones.
const REMEMBERED: usize = 1_000;
/// How long the index may take to catch up before a miss is not a miss.
const CATCHING_UP: Duration = Duration::from_secs(10);
/// How often it is looked at meanwhile.
const POLL: Duration = Duration::from_millis(50);

/// The job.
pub(crate) struct SelfTester {
    pub(crate) engine: Arc<Engine>,
    pub(crate) stop: watch::Receiver<bool>,
}

impl SelfTester {
    /// Runs until `stop` turns true. A test that cannot be made is made the next time.
    pub(crate) async fn run(&mut self) -> Result<()> {
        let index: Arc<dyn ContentIndex> = self.engine.index.clone();
        let mut test = SelfTest::new(self.engine.store.clone(), index)?;
        let mut pause = FIRST;
        loop {
            tokio::select! {
                _ = self.stop.wait_for(|stop| *stop) => return Ok(()),
                () = tokio::time::sleep(pause) => {}
            }
            pause = EVERY;
            // An index that is being replaced is known to be lacking.
            if self.engine.index.is_behind() || self.engine.rebuilding.now().is_some() {
                continue;
            }
            tokio::select! {
                _ = self.stop.wait_for(|stop| *stop) => return Ok(()),
                tested = test.take(TITLES) => if let Err(error) = tested {
                    tracing::warn!(%error, "the self-test of search could not be made; trying again");
                }
            }
        }
    }
}

struct SelfTest {
    store: Store,
    index: Arc<dyn ContentIndex>,
    dice: Dice,
    /// The last item of the walk.
    after: i64,
    /// Whether each of the last pieces was found.
    found: VecDeque<bool>,
    /// How long the index may take to catch up.
    patience: Duration,
}

/// What became of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Found,
    Missed,
    /// The item changed or went, or the index does not keep up: it says nothing.
    Void,
}

impl SelfTest {
    fn new(store: Store, index: Arc<dyn ContentIndex>) -> Result<SelfTest> {
        let dice = Dice(u64::from_le_bytes(secrets::random()?));
        Ok(SelfTest { store, index, dice, after: i64::MIN, found: VecDeque::new(), patience: CATCHING_UP })
    }

    /// Tests so many titles and publishes what came out.
    async fn take(&mut self, titles: usize) -> Result<()> {
        for _ in 0..titles {
            let Some(TitleRow { group_id, title, .. }) = self.next_title().await? else { break };
            for piece in pieces(&title, &mut self.dice) {
                match self.outcome(group_id, &title, &piece).await? {
                    Outcome::Void => {}
                    outcome => self.count(outcome == Outcome::Found, group_id, &piece),
                }
            }
        }
        if let Some(recall) = self.recall() {
            metrics::gauge!("qiusuo_search_self_test_recall").set(recall);
        }
        Ok(())
    }

    /// The title of an online item some way on; nothing where there is none.
    async fn next_title(&mut self) -> Result<Option<TitleRow>> {
        let online = self.store.count_items().await?.online.max(0).cast_unsigned();
        let longest = (2 * online / TITLES_A_WALK).clamp(1, LONGEST_STRIDE);
        let stride = 1 + self.dice.below(longest);
        let passed = self.store.online_after(self.after, stride.cast_signed()).await?;
        let is_end = (passed.len() as u64) < stride;
        let Some(group_id) = passed.last().copied() else {
            if self.after == i64::MIN {
                return Ok(None);
            }
            self.after = i64::MIN;
            return Box::pin(self.next_title()).await;
        };
        self.after = if is_end { i64::MIN } else { group_id };
        Ok(self.store.titles_of(&[group_id]).await?.pop().map(|(title, _)| title))
    }

    async fn outcome(&self, group_id: i64, title: &str, piece: &str) -> Result<Outcome> {
        if self.finds(group_id, piece).await? {
            return Ok(Outcome::Found);
        }
        if !self.caught_up().await? || !self.is_still(group_id, title).await? {
            return Ok(Outcome::Void);
        }
        if self.finds(group_id, piece).await? {
            return Ok(Outcome::Found);
        }
        // It may have changed after the last look.
        Ok(if self.is_still(group_id, title).await? { Outcome::Missed } else { Outcome::Void })
    }

    async fn finds(&self, group_id: i64, piece: &str) -> Result<bool> {
        let (index, piece) = (Arc::clone(&self.index), piece.to_owned());
        blocking("self-test", move || Ok::<_, Error>(index.matches(group_id, &piece)? == Some(0))).await
    }

    /// Whether the index has, within a while, everything that the store has now.
    async fn caught_up(&self) -> Result<bool> {
        let wanted = self.store.last_sequence_of(Subject::Item).await?;
        let deadline = Instant::now() + self.patience;
        while self.index.applied() < wanted {
            if Instant::now() >= deadline {
                return Ok(false);
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(true)
    }

    /// Whether the item is online and has that title.
    async fn is_still(&self, group_id: i64, title: &str) -> Result<bool> {
        let now = self.store.titles_of(&[group_id]).await?;
        Ok(now.first().is_some_and(|(row, online)| *online && row.title == title))
    }

    fn count(&mut self, is_found: bool, group_id: i64, piece: &str) {
        metrics::counter!("qiusuo_search_self_test_samples_total").increment(1);
        if !is_found {
            metrics::counter!("qiusuo_search_self_test_misses_total").increment(1);
            tracing::warn!(
                item.group_id = group_id,
                item.piece = piece,
                "search does not find an item by its title"
            );
        }
        if self.found.len() == REMEMBERED {
            self.found.pop_front();
        }
        self.found.push_back(is_found);
    }

    /// The part of the last pieces that was found.
    fn recall(&self) -> Option<f64> {
        let found = self.found.iter().filter(|is_found| **is_found).count();
        (!self.found.is_empty()).then(|| found as f64 / self.found.len() as f64)
    }
}

/// Pieces of a title by which it must be found: of characters that stand side by side, and a word of letters.
fn pieces(title: &str, dice: &mut Dice) -> Vec<String> {
    let normal = normal_form(title);
    let (mut runs, mut words): (Vec<Vec<String>>, Vec<String>) = (Vec::new(), Vec::new());
    let mut expected = None;
    for unit in tokens::units(&normal) {
        let text = unit.text().to_owned();
        match unit.kind {
            Kind::Character if expected == Some(unit.position) => {
                if let Some(run) = runs.last_mut() {
                    run.push(text);
                }
            }
            Kind::Character => runs.push(vec![text]),
            Kind::Word => words.push(text),
            Kind::Bigram | Kind::Number => {}
        }
        expected = (unit.kind == Kind::Character).then_some(unit.position + 1);
    }
    let characters: usize = runs.iter().map(Vec::len).sum();
    let mut pieces = Vec::new();
    if characters > 0 {
        let mut at = dice.below(characters as u64) as usize;
        for run in &runs {
            if at < run.len() {
                let length = 1 + dice.below(CHARACTERS.min(run.len() - at) as u64) as usize;
                pieces.push(run[at..at + length].concat());
                break;
            }
            at -= run.len();
        }
    }
    if !words.is_empty() {
        pieces.push(words.swap_remove(dice.below(words.len() as u64) as usize));
    }
    pieces
}

/// Numbers of chance; what they decide is nobody's secret.
struct Dice(u64);

impl Dice {
    /// A number below `limit`, which is above 0.
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit.max(1)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

    use search::{Change, Counters, Explanation, Query, RankedList, RowView};
    use store::ItemRecord;

    use super::*;

    /// An index that finds everything but what holds 秋.
    #[derive(Default)]
    struct Stub {
        applied: AtomicI64,
        asked: AtomicUsize,
    }

    impl ContentIndex for Stub {
        fn apply(&self, _: &[Change]) -> search::Result<()> {
            Ok(())
        }
        fn commit(&self, _: i64) -> search::Result<()> {
            Ok(())
        }
        fn applied(&self) -> i64 {
            self.applied.load(Ordering::Relaxed)
        }
        fn rank(&self, _: &Query<'_>) -> search::Result<RankedList> {
            Ok(RankedList::default())
        }
        fn explain(&self, _: &Query<'_>) -> search::Result<Vec<Explanation>> {
            Ok(Vec::new())
        }
        fn row(&self, _: i64, _: &mut dyn FnMut(RowView<'_>)) -> bool {
            false
        }
        fn set_counters(&self, _: i64, _: &Counters) {}
        fn matches(&self, _: i64, keyword: &str) -> search::Result<Option<u8>> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            Ok((!keyword.contains('秋')).then_some(0))
        }
        fn documents(&self) -> u64 {
            0
        }
    }

    async fn test_over(titles: &[&str]) -> (tempfile::TempDir, SelfTest, Arc<Stub>) {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).await.unwrap();
        let items: Vec<ItemRecord> = (1..)
            .zip(titles)
            .map(|(group_id, title)| ItemRecord {
                group_id,
                online: true,
                title: (*title).to_owned(),
                ..ItemRecord::default()
            })
            .collect();
        store.put_items(&items).await.unwrap();
        let stub = Arc::new(Stub::default());
        stub.applied.store(i64::MAX, Ordering::Relaxed);
        let test = SelfTest::new(store, stub.clone()).unwrap();
        let test = SelfTest { patience: Duration::ZERO, ..test };
        (directory, test, stub)
    }

    #[tokio::test]
    async fn an_index_that_misses_has_a_recall_below_one() {
        let (_directory, mut test, _) = test_over(&["春天", "秋", "rtx5090"]).await;
        test.take(30).await.unwrap();
        assert_eq!(test.found.len(), 30, "every title has one piece");
        assert_eq!(test.recall(), Some(20.0 / 30.0), "a walk meets each as often");
    }

    #[tokio::test]
    async fn nothing_is_asked_of_nothing() {
        let (_directory, mut test, stub) = test_over(&[]).await;
        test.take(5).await.unwrap();
        assert_eq!((test.recall(), stub.asked.load(Ordering::Relaxed)), (None, 0));
    }

    #[tokio::test]
    async fn what_changed_meanwhile_is_no_miss() {
        let (_directory, test, stub) = test_over(&["秋天"]).await;
        assert_eq!(test.outcome(1, "秋天", "秋").await.unwrap(), Outcome::Missed);
        assert_eq!(test.outcome(1, "秋日", "秋").await.unwrap(), Outcome::Void, "it has another title now");
        assert_eq!(test.outcome(2, "秋天", "秋").await.unwrap(), Outcome::Void, "it is gone");
        test.store.set_online(&[1], false).await.unwrap();
        assert_eq!(test.outcome(1, "秋天", "秋").await.unwrap(), Outcome::Void, "it was taken down");
        test.store.set_online(&[1], true).await.unwrap();
        assert_eq!(test.outcome(1, "秋天", "秋").await.unwrap(), Outcome::Missed);
        stub.applied.store(0, Ordering::Relaxed);
        assert_eq!(test.outcome(1, "秋天", "秋").await.unwrap(), Outcome::Void, "it is not indexed yet");
    }

    #[test]
    fn pieces_are_what_search_promises_to_find() {
        let mut dice = Dice(7);
        let title = "Qiusuo 求索，２０２６年軟體RTX5090 美 女";
        let runs = ["求索", "年软体", "美女"];
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..2_000 {
            for piece in pieces(title, &mut dice) {
                let is_word = ["qiusuo", "rtx"].contains(&&*piece);
                assert!(is_word || runs.iter().any(|run| run.contains(&*piece)), "{piece}");
                assert!(is_word || piece.chars().count() <= CHARACTERS, "{piece}");
                seen.insert(piece);
            }
        }
        // Every piece of the three runs (3 + 6 + 3), and both words.
        assert_eq!(seen.len(), 14, "{seen:?}");
        assert!(pieces("12 34！", &mut dice).is_empty());
    }
}
