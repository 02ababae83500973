//! The keeper of leases: takes calls from the store for the gates that ask, writes into the ledger what was spent, and
//! gives back what is not needed. It alone talks to the store about leases.

use std::{
    collections::{HashMap, VecDeque},
    path::PathBuf,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use store::{
    Amount, Store,
    ledger::{AlarmRules, LeaseOutcome, LeaseStep, LeaseTerms, Shortage, day_of_minute},
};
use tokio::sync::{mpsc, oneshot, watch};

use super::{
    Ask, Callers, SECOND_NS, Shared,
    gate::{Gate, Key, RunningLease},
    lease_file::LeaseFile,
    terms,
};
use crate::{Error, Result, secrets};

/// The name of this node among those that share a store. There is one while the store is a file of its own.
pub(crate) const NODE: &str = "local";
/// How often the clock is looked at.
const TICK: Duration = Duration::from_millis(500);
/// Gates that are served in one transaction.
const AT_ONCE: usize = 64;
/// A lease is to last this long at the rate of its use.
const LASTS_SECONDS: u64 = 10;
/// The smallest and the largest number of calls that are asked for. What a lost lease costs is bounded by the largest: a
/// caller that makes 8,000 calls a second asks the store four times a second.
const FEWEST: u64 = 16;
const MOST: u64 = 2_048;
/// How much larger the next piece of a lease may be than the last.
const GROWTH: u64 = 8;
/// How long to rest when the store refused.
const AFTER_ERROR: Duration = Duration::from_millis(200);

/// A lease with what the store knows of it.
pub(crate) struct Kept {
    pub(crate) lease: Arc<RunningLease>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) granted: u32,
    pub(crate) settled: u32,
    /// The last piece that was granted, and when.
    pub(crate) piece: u64,
    pub(crate) piece_ns: u64,
    /// What was granted but for the calls left, at the last turn of the minute.
    pub(crate) taken_before: u32,
    /// Whether it stands among those that are due.
    pub(crate) is_due: bool,
    /// Calls that are being given back to the store.
    pub(crate) aside: u32,
    /// What will be settled, and whether it is the end, when the transaction that ends it is committed.
    pub(crate) settling: u32,
    pub(crate) closing: bool,
}

impl Kept {
    /// A lease of which everything that was spent is settled.
    pub(super) fn new(
        lease: Arc<RunningLease>,
        gate: Arc<Gate>,
        granted: u32,
        settled: u32,
        (piece, piece_ns): (u64, u64),
    ) -> Kept {
        Kept {
            lease,
            gate,
            granted,
            settled,
            piece,
            piece_ns,
            // What is new is not idle at the first turn.
            taken_before: u32::MAX,
            is_due: false,
            aside: 0,
            settling: settled,
            closing: false,
        }
    }

    /// How many calls to ask for next: as many as will be made in a while, going by the last piece.
    fn next_piece(&self, now_ns: u64) -> u64 {
        let elapsed = now_ns.saturating_sub(self.piece_ns).max(1);
        let used = u128::from(self.piece) * u128::from(LASTS_SECONDS * SECOND_NS) / u128::from(elapsed);
        let most = self.piece.saturating_mul(GROWTH).clamp(FEWEST, MOST);
        u64::try_from(used).unwrap_or(MOST).clamp(FEWEST, most)
    }

    /// The step that writes down what was answered since the last one, and how many calls that is.
    pub(crate) fn settle_step(&self, minute: i64) -> Option<(LeaseStep, u32)> {
        let calls = self.lease.done.load(Ordering::Acquire) - self.settled;
        let step = LeaseStep::Settle {
            lease: self.lease.id,
            calls: i64::from(calls),
            minute,
            quota: self.lease.terms.quota,
        };
        (calls > 0).then_some((step, calls))
    }
}

/// Where and with whose credentials leases are kept.
pub(crate) struct LeaseKeeping {
    pub(crate) store: Store,
    pub(crate) callers: Arc<dyn Callers>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) path: PathBuf,
    pub(crate) alarms: AlarmRules,
}

/// Somebody who waits until what was spent is written down.
pub(super) struct Waiting {
    /// Whose money it is about; `None`: everybody's.
    pub(super) account: Option<i64>,
    /// How many have to be taken from those that are due.
    pub(super) after: u64,
    /// Which taking of what was counted has to be written.
    pub(super) usage: u64,
    pub(super) done: oneshot::Sender<Result<()>>,
}

/// The keeper of leases.
pub(crate) struct Keeper {
    pub(super) keeping: LeaseKeeping,
    pub(super) asks: mpsc::UnboundedReceiver<Ask>,
    pub(super) file: LeaseFile,
    pub(super) running: HashMap<Key, Kept>,
    /// Leases that end once their last call is answered.
    pub(super) ending: VecDeque<Kept>,
    /// Leases that are to be written down, as of a minute; each stands there once.
    pub(super) due: VecDeque<(Key, i64)>,
    /// How many were taken from `due` so far.
    pub(super) taken_due: u64,
    /// Those who wait until what was spent is written down.
    pub(super) waiting: Vec<Waiting>,
    /// Whether there may be more to do at once.
    pub(super) is_behind: bool,
    /// Gates with calls that are counted but not written down.
    pub(super) used: Vec<Arc<Gate>>,
    /// What is to be written down: calls by caller, API, minute and code.
    pub(super) usage: HashMap<(Key, i64, i64), i64>,
    pub(super) minute: i64,
    /// How often what was counted was taken, when that was last, and which of it is written.
    pub(super) usage_drained: u64,
    pub(super) usage_drained_ns: u64,
    pub(super) usage_written: u64,
    /// Whether it is not known what the store has, because it failed.
    pub(super) unsure: bool,
    /// Whether limits or money changed, and what runs was not compared with them yet.
    pub(super) changed: bool,
}

impl Keeper {
    /// Serves until `stop` turns true, then writes everything down and gives every lease back.
    pub(crate) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut asks = Vec::new();
        while !*stop.borrow() {
            // Whoever asks for a lease never waits for more than one piece of what is to be written down.
            let pause = if self.is_behind { Duration::ZERO } else { TICK };
            tokio::select! {
                biased;
                _ = stop.changed() => {}
                _ = self.asks.recv_many(&mut asks, AT_ONCE) => {}
                () = tokio::time::sleep(pause) => {}
            }
            if let Err(error) = self.work(std::mem::take(&mut asks)).await {
                metrics::counter!("qiusuo_lease_errors_total").increment(1);
                tracing::warn!(%error, "leases could not be kept; trying again");
                tokio::time::sleep(AFTER_ERROR).await;
            }
        }
        if let Err(error) = self.leave().await {
            tracing::warn!(%error, "leases could not be given back; the next start takes them up from the lease file");
        }
    }

    /// Answers what was asked, and does a piece of what the time asks for.
    pub(super) async fn work(&mut self, asks: Vec<Ask>) -> Result<()> {
        let (mut gates, mut changed) = (Vec::new(), false);
        for ask in asks {
            match ask {
                Ask::Lease(gate) => {
                    gate.begin();
                    gates.push(gate);
                }
                Ask::Used(gate) => self.used.push(gate),
                Ask::Settle(account, done) => {
                    let after = self.all_due(account);
                    let usage = self.usage_drained + 1;
                    self.waiting.push(Waiting { account, after, usage, done });
                }
                Ask::Changed => changed = true,
            }
        }
        let served = self.get_ready(changed).await;
        let served = match served {
            Ok(()) => self.serve(&gates).await,
            Err(error) => Err(error),
        };
        // Answered in any case: whoever waits looks, and asks again.
        gates.iter().for_each(|gate| gate.answer());
        let done = match served {
            Ok(()) => self.write_a_piece().await,
            Err(error) => Err(error),
        };
        self.unsure = done.is_err();
        if let Err(error) = &done {
            self.is_behind = false;
            let reason = error.to_string();
            self.waiting.drain(..).for_each(|waiting| tell(waiting.done, Some(&reason)));
        }
        done
    }

    /// Knows what the store has, and ends what may not go on.
    async fn get_ready(&mut self, changed: bool) -> Result<()> {
        self.changed |= changed;
        self.be_sure().await?;
        if self.changed {
            self.end_changed();
            self.end_overdrawn().await?;
            let now_ms = self.keeping.shared.clock.unix_ms();
            self.keeping.store.look_at_accounts(&self.keeping.alarms, now_ms).await?;
            self.show_low().await?;
            self.changed = false;
        }
        Ok(())
    }

    /// Gets more calls for gates.
    async fn serve(&mut self, gates: &[Arc<Gate>]) -> Result<()> {
        let epoch = self.keeping.shared.epoch();
        let day = day_of_minute(self.keeping.shared.minute());
        let mut wanting = Vec::new();
        for gate in gates {
            let Some(caller) = self.keeping.callers.caller(gate.caller) else { continue };
            let terms = terms(&caller, gate.api, day);
            let other_terms = |kept: &Kept| kept.lease.terms != terms;
            if self.running.get(&gate.key()).is_some_and(other_terms) {
                self.end(gate.key());
            }
            if caller.limits(gate.api).are_leased() {
                wanting.push((Arc::clone(gate), terms));
            }
        }
        // Yesterday's lease holds nothing of today's quota: it can wait.
        let asked: Vec<Key> = gates.iter().map(|gate| gate.key()).collect();
        self.wind_up_those(|kept| kept.lease.terms.day == day && asked.contains(&kept.gate.key())).await?;
        let mut short = self.grant(&wanting).await?;
        if self.reclaim(&short, &asked).await? {
            let again: Vec<_> = short.into_iter().map(|(gate, terms, _)| (gate, terms)).collect();
            short = self.grant(&again).await?;
        }
        for (gate, terms, shortage) in short {
            gate.set_short(Some(shortage), epoch, terms.day);
        }
        Ok(())
    }

    /// Asks the store for calls; returns those that got none.
    async fn grant(
        &mut self,
        wanting: &[(Arc<Gate>, LeaseTerms)],
    ) -> Result<Vec<(Arc<Gate>, LeaseTerms, Shortage)>> {
        if wanting.is_empty() {
            return Ok(Vec::new());
        }
        let now_ns = self.keeping.shared.clock.elapsed_ns();
        let minute = self.keeping.shared.minute();
        let (mut steps, mut grants, mut settled) = (Vec::new(), Vec::new(), Vec::new());
        for (gate, terms) in wanting {
            let (mut lease, mut wanted, mut new) = (0, FEWEST, None);
            match self.running.get(&gate.key()) {
                Some(kept) => {
                    if let Some((step, calls)) = kept.settle_step(minute) {
                        steps.push(step);
                        settled.push((gate.key(), calls));
                    }
                    (lease, wanted) = (kept.lease.id, kept.next_piece(now_ns));
                }
                None => new = Some(self.new_slot()?),
            }
            let (slot, seal) = new.as_ref().map_or((0, 0), |(slot, seal)| (slot.number, *seal));
            grants.push((steps.len(), new));
            steps.push(LeaseStep::Grant { lease, terms: *terms, wanted: wanted as i64, slot, seal });
        }
        let outcomes = self.run_steps(&steps).await?;
        self.note_settled(&settled);
        let mut short = Vec::new();
        for ((gate, terms), (place, new)) in wanting.iter().zip(grants) {
            match outcomes.get(place) {
                Some(LeaseOutcome::Granted { lease, calls }) => {
                    self.granted(gate, terms, (*lease, *calls as u32), new, now_ns);
                }
                Some(LeaseOutcome::Short(shortage)) => {
                    if let Some((slot, _)) = new {
                        self.file.release(&slot);
                    }
                    short.push((Arc::clone(gate), *terms, *shortage));
                }
                _ => {}
            }
        }
        Ok(short)
    }

    /// A slot that counts under a new seal.
    fn new_slot(&mut self) -> Result<(super::lease_file::Slot, i64)> {
        let slot = self.file.take().map_err(|error| self.file_error(error))?;
        // 0 is the seal of a slot that nobody has.
        let seal = i64::from(u32::from_le_bytes(secrets::random()?).max(1));
        slot.begin(seal, 0);
        Ok((slot, seal))
    }

    fn granted(
        &mut self,
        gate: &Arc<Gate>,
        terms: &LeaseTerms,
        (id, calls): (i64, u32),
        new: Option<(super::lease_file::Slot, i64)>,
        now_ns: u64,
    ) {
        gate.set_short(None, 0, 0);
        if let Some((slot, _)) = new {
            let lease = Arc::new(RunningLease {
                id,
                terms: *terms,
                slot,
                left: calls.into(),
                done: 0.into(),
                low: (calls / 2).into(),
            });
            gate.lease(Some(Arc::clone(&lease)));
            let gate = Arc::clone(gate);
            let key = gate.key();
            let piece = u64::from(calls);
            let kept = Kept::new(lease, gate, calls, 0, (piece, now_ns));
            self.running.insert(key, kept);
        } else if let Some(kept) = self.running.get_mut(&gate.key()) {
            kept.granted += calls;
            (kept.piece, kept.piece_ns) = (u64::from(calls), now_ns);
            kept.lease.low.store(calls / 2, Ordering::Relaxed);
            kept.lease.left.fetch_add(calls, Ordering::AcqRel);
        }
    }

    /// Takes back what leases that end still hold, for gates that are short of it; and from others of this node what
    /// the same account pays for and nobody is spending. Tells whether there was anything.
    async fn reclaim(&mut self, short: &[(Arc<Gate>, LeaseTerms, Shortage)], asked: &[Key]) -> Result<bool> {
        let poor: Vec<i64> = short
            .iter()
            // What has calls left asks ahead of its need.
            .filter(|(gate, _, shortage)| *shortage == Shortage::Balance && gate.left() == 0)
            .filter_map(|(_, terms, _)| terms.account)
            .collect();
        let pays = |kept: &Kept| kept.lease.terms.account.is_some_and(|account| poor.contains(&account));
        let others = self.running.iter().filter(|(key, kept)| !asked.contains(key) && pays(kept));
        let lefts = others.map(|(key, kept)| (kept.lease.left.load(Ordering::Acquire), *key));
        let mut from: Vec<(u32, Key)> = lefts.filter(|(left, _)| *left > 0).collect();
        // Those with the most first; should they not be enough, the gate asks again.
        from.sort_unstable_by_key(|(left, _)| std::cmp::Reverse(*left));
        from.truncate(AT_ONCE);
        from.iter().for_each(|(_, key)| self.end(*key));
        let capped: Vec<Key> = short.iter().map(|(gate, _, _)| gate.key()).collect();
        self.wind_up_those(|kept| pays(kept) || capped.contains(&kept.gate.key())).await
    }

    /// Lets no call be taken from a lease any more.
    pub(super) fn end(&mut self, key: Key) {
        if let Some(kept) = self.running.remove(&key) {
            kept.gate.lease(None);
            self.ending.push_back(kept);
        }
    }

    /// Ends the leases whose terms are not those in force.
    fn end_changed(&mut self) {
        let day = day_of_minute(self.keeping.shared.minute());
        let callers = &self.keeping.callers;
        let in_force = |(number, api): &Key, kept: &Kept| {
            callers.caller(*number).is_some_and(|caller| terms(&caller, *api, day) == kept.lease.terms)
        };
        let changed: Vec<Key> =
            self.running.iter().filter(|(key, kept)| !in_force(key, kept)).map(|(key, _)| *key).collect();
        changed.into_iter().for_each(|key| self.end(key));
    }

    /// Ends the leases of accounts that do not have what is held of them.
    async fn end_overdrawn(&mut self) -> Result<()> {
        let accounts = self.keeping.store.overdrawn_accounts().await?;
        let overdrawn = |kept: &Kept| {
            kept.lease.terms.price > Amount::ZERO
                && kept.lease.terms.account.is_some_and(|account| accounts.contains(&account))
        };
        let keys: Vec<Key> =
            self.running.iter().filter(|(_, kept)| overdrawn(kept)).map(|(key, _)| *key).collect();
        keys.into_iter().for_each(|key| self.end(key));
        Ok(())
    }

    pub(super) fn note_settled(&mut self, settled: &[(Key, u32)]) {
        for (key, calls) in settled {
            if let Some(kept) = self.running.get_mut(key) {
                kept.settled += calls;
            }
        }
    }

    pub(super) async fn run_steps(&self, steps: &[LeaseStep]) -> Result<Vec<LeaseOutcome>> {
        let now_ms = self.keeping.shared.clock.unix_ms();
        Ok(self.keeping.store.run_leases(NODE, steps, (&self.keeping.alarms, now_ms)).await?)
    }
}

/// Tells whoever waits for everything to be written down how that went.
pub(super) fn tell(waiter: oneshot::Sender<Result<()>>, failed: Option<&str>) {
    let outcome = match failed {
        None => Ok(()),
        Some(reason) => Err(Error::JobStopped { job: "keeper of leases", reason: reason.to_owned() }),
    };
    // Whoever waited may be gone.
    let _ = waiter.send(outcome);
}
