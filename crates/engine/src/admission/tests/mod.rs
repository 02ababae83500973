//! Admission over a real store, with callers and a clock of the test's own.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod crashes;
mod limits;
mod money;

use std::{collections::HashMap, path::PathBuf, sync::Arc};

use parking_lot::Mutex;
use store::{
    Amount, Api, By, Store,
    ledger::{AlarmRules, EntryKind, Period},
};
use tokio::{sync::watch, task::JoinHandle};

use super::{
    Admission, Caller, Callers, LeaseKeeper as Keeper, LeaseKeeping, Limits, Permit, Refused,
    recovery::recover,
};
use crate::{Clock, Options};

/// 2026-11-27 12:00 in Shanghai.
const NOON: i64 = 1_795_752_000_000;
/// Milliseconds from noon to midnight.
const HALF_A_DAY: i64 = 12 * 3_600_000;
/// Whoever runs the tests.
const BY: By<'static> = By { who: "test", now_ms: NOON };
/// All time.
const EVER: Period = Period { from_ms: 0, to_ms: i64::MAX };

/// Callers that a test sets.
#[derive(Default)]
struct Known(Mutex<HashMap<i64, Arc<Caller>>>);

impl Callers for Known {
    fn caller(&self, number: i64) -> Option<Arc<Caller>> {
        self.0.lock().get(&number).cloned()
    }
}

/// A node with its store.
struct Node {
    directory: tempfile::TempDir,
    clock: Clock,
    store: Store,
    known: Arc<Known>,
    admission: Admission,
    stop: watch::Sender<bool>,
    keeper: Option<JoinHandle<()>>,
}

impl Node {
    async fn start() -> Node {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).await.unwrap();
        let clock = Clock::fixed(NOON);
        let (admission, _) = Admission::new(clock.clone());
        let (stop, _) = watch::channel(false);
        let mut node = Node { directory, clock, store, known: Arc::default(), admission, stop, keeper: None };
        node.run().await;
        node
    }

    /// Takes up what there is, with gates that know nothing.
    async fn run(&mut self) {
        let keeper = self.keeper_by_hand().await;
        let (stop, stopped) = watch::channel(false);
        self.stop = stop;
        self.keeper = Some(tokio::spawn(keeper.run(stopped)));
    }

    /// A keeper that does what the test tells it.
    async fn keeper_by_hand(&mut self) -> Keeper {
        let (admission, asks) = Admission::new(self.clock.clone());
        self.forget_gates();
        let keeping = LeaseKeeping {
            store: self.store.clone(),
            callers: Arc::clone(&self.known) as Arc<dyn Callers>,
            shared: Arc::clone(admission.shared()),
            path: self.file(),
            alarms: AlarmRules { deliver: true, ..AlarmRules::default() },
        };
        self.admission = admission;
        Keeper::open(keeping, asks).await.unwrap()
    }

    fn forget_gates(&self) {
        for caller in self.known.0.lock().values_mut() {
            *caller = Arc::new(Caller::new(caller.number, caller.account, caller.limits, None));
        }
    }

    fn file(&self) -> PathBuf {
        Options::new(self.directory.path()).lease_file()
    }

    /// The process is killed: nobody writes anything down any more.
    async fn kill(&mut self) {
        let keeper = self.keeper.take().unwrap();
        keeper.abort();
        let _ = keeper.await;
    }

    async fn restart(&mut self) {
        self.kill().await;
        self.run().await;
    }

    async fn stop(&mut self) {
        self.stop.send_replace(true);
        self.keeper.take().unwrap().await.unwrap();
    }

    fn set(&self, number: i64, account: Option<i64>, limits: Limits) {
        let before = self.known.caller(number);
        let caller = Caller::new(number, account, [limits; 2], before.as_deref());
        self.known.0.lock().insert(number, Arc::new(caller));
        self.admission.changed();
    }

    async fn admit(&self, number: i64) -> Result<Permit, Refused> {
        let caller = self.known.caller(number).unwrap();
        self.admission.admit(&*self.known, &caller, Api::Suggest).await
    }

    /// Calls until one is refused; tells how many passed and why the last did not.
    async fn call_until_refused(&self, number: i64) -> (i64, Refused) {
        for passed in 0..100_000 {
            match self.admit(number).await {
                Ok(permit) => permit.succeed(),
                Err(refused) => return (passed, refused),
            }
        }
        panic!("nothing was refused");
    }

    async fn account(&self, money: &str) -> i64 {
        let name = format!("account of {money}");
        self.store.create_account(&name, money.parse().unwrap(), &BY).await.unwrap()
    }

    async fn balance(&self, account: i64) -> (String, String) {
        let account = self.store.account(&account.to_string()).await.unwrap();
        (account.balance.to_string(), account.held.to_string())
    }

    /// The calls of all entries of a kind.
    async fn calls(&self, kind: EntryKind) -> i64 {
        let entries = self.store.ledger(None, EVER, (0, 1_000_000)).await.unwrap();
        entries.iter().filter(|entry| entry.kind == kind).map(|entry| entry.calls).sum()
    }

    /// Writes everything down, and checks that every sum fits.
    async fn check(&self) {
        if self.keeper.is_some() {
            self.admission.settle(None).await.unwrap();
        } else {
            recover(
                &self.store,
                &Options { clock: self.clock.clone(), ..Options::new(self.directory.path()) },
            )
            .await
            .unwrap();
        }
        assert_eq!(self.store.check_ledger().await.unwrap(), []);
    }
}

fn quota(quota: i64) -> Limits {
    Limits { quota: Some(quota), ..Limits::NONE }
}

fn price(price: &str) -> Limits {
    Limits { price: price.parse().unwrap(), ..Limits::NONE }
}

fn yuan(text: &str) -> Amount {
    text.parse().unwrap()
}
