//! Taking up what a server left: leases whose spends stand in the lease file go on, others count as spent.

use std::{
    collections::{HashMap, VecDeque},
    path::Path,
    sync::Arc,
};

use store::{
    Store,
    ledger::{AlarmRules, Lease, LeaseStep, day_of_minute},
};
use tokio::sync::mpsc;

use super::{
    Ask, MINUTE_MS,
    gate::RunningLease,
    keeper::{Keeper, Kept, LeaseKeeping, NODE},
    lease_file::{LeaseFile, Slot, boot},
    terms,
};
use crate::{Error, Options, Result, secrets};

/// File name of the lease file inside the data directory.
const FILE: &str = "leases";
/// Why a lease counts as spent.
const UNKNOWN: &str =
    "what was spent of it is not known: the lease file is lost or damaged, or the machine was started anew";

/// A lease of the server before, whose spends are known and in the ledger.
struct Found {
    row: Lease,
    slot: Slot,
    spent: u32,
}

impl Keeper {
    /// Opens the lease file and goes on with the leases in it.
    ///
    /// # Errors
    /// When the file cannot be made or mapped, or the store fails.
    pub(crate) async fn open(keeping: LeaseKeeping, asks: mpsc::UnboundedReceiver<Ask>) -> Result<Keeper> {
        let now_ms = keeping.shared.clock.unix_ms();
        let (file, found) = take_up(&keeping.store, &keeping.path, now_ms).await?;
        let mut keeper = Keeper {
            minute: now_ms.div_euclid(MINUTE_MS),
            usage_written_ns: keeping.shared.clock.elapsed_ns(),
            keeping,
            asks,
            file,
            running: HashMap::new(),
            ending: VecDeque::new(),
            due: VecDeque::new(),
            waiting: Vec::new(),
            is_behind: false,
            used: Vec::new(),
            usage: HashMap::new(),
            unsure: false,
            changed: false,
        };
        let used: Vec<i64> = found.iter().map(|found| found.slot.number).collect();
        keeper.file.free_all_but(&used);
        found.into_iter().for_each(|found| keeper.go_on(found));
        keeper.wind_up_those(|_| true).await?;
        keeper.show_low().await?;
        Ok(keeper)
    }

    /// Lets a caller go on with its lease; one that is on other terms by now ends.
    fn go_on(&mut self, found: Found) {
        let Found { row, slot, spent } = found;
        let caller = self.keeping.callers.caller(row.caller);
        let day = day_of_minute(self.minute);
        let in_force = caller.as_ref().map(|caller| terms(caller, row.api, day));
        let gate = caller.map(|caller| Arc::clone(&caller.gates[row.api as usize]));
        let gate = gate.unwrap_or_else(|| Arc::new(super::Gate::new(row.caller, row.api)));
        let granted = u32::try_from(row.granted).unwrap_or(u32::MAX);
        let as_it_was = store::ledger::LeaseTerms {
            caller: row.caller,
            api: row.api,
            day: row.day,
            account: row.account,
            price: row.price,
            quota: in_force.and_then(|terms| terms.quota),
            cap: in_force.and_then(|terms| terms.cap),
        };
        let lease = Arc::new(RunningLease {
            id: row.id,
            terms: as_it_was,
            slot,
            left: (granted - spent).into(),
            done: spent.into(),
            low: 0.into(),
        });
        let goes_on = in_force == Some(as_it_was) && !self.running.contains_key(&gate.key());
        if goes_on {
            gate.lease(Some(Arc::clone(&lease)));
        }
        let (key, piece_ns) = (gate.key(), self.keeping.shared.clock.elapsed_ns());
        let kept = Kept::new(lease, gate, granted, spent, (1, piece_ns));
        if goes_on {
            self.running.insert(key, kept);
        } else {
            self.ending.push_back(kept);
        }
    }
}

/// Puts into the ledger what the server before spent and did not write down, and counts as spent what cannot be known.
async fn take_up(store: &Store, path: &Path, now_ms: i64) -> Result<(LeaseFile, Vec<Found>)> {
    // Where the system does not tell one boot from another, every start counts as one.
    let boot = match boot() {
        Some(boot) => boot,
        None => [u64::from_le_bytes(secrets::random()?), u64::from_le_bytes(secrets::random()?)],
    };
    let failed = |error| Error::io("open the lease file", path, error);
    let file = LeaseFile::open(path, boot).map_err(failed)?;
    let (mut steps, mut found) = (Vec::new(), Vec::new());
    for row in store.leases(NODE).await? {
        match file.as_ref().and_then(|file| read(file, &row)) {
            Some((slot, spent, minute)) => {
                let calls = i64::from(spent) - row.settled;
                if calls > 0 {
                    let now = now_ms.div_euclid(MINUTE_MS);
                    let minute = minute.clamp(row.settled_ms.div_euclid(MINUTE_MS).min(now), now);
                    steps.push(LeaseStep::Settle { lease: row.id, calls, minute, quota: None });
                }
                found.push(Found { row, slot, spent });
            }
            None => {
                tracing::warn!(lease = row.id, caller = row.caller, "{UNKNOWN}");
                steps.push(LeaseStep::Lose { lease: row.id, reason: UNKNOWN.to_owned() });
                steps.push(LeaseStep::Close { lease: row.id });
            }
        }
    }
    if !steps.is_empty() {
        store.run_leases(NODE, &steps, (&AlarmRules::default(), now_ms)).await?;
    }
    let file = match file {
        Some(file) => file,
        None => LeaseFile::create(path, boot).map_err(failed)?,
    };
    Ok((file, found))
}

/// What the file says of a lease, where that can be believed.
fn read(file: &LeaseFile, row: &Lease) -> Option<(Slot, u32, i64)> {
    let slot = file.slot(row.slot)?;
    let (spent, minute) = slot.read(row.seal)?;
    (row.settled..=row.granted).contains(&i64::from(spent)).then_some((slot, spent, minute))
}

/// Takes up what a killed server left in a directory that nobody holds, and gives back what was not spent.
///
/// # Errors
/// When the lease file cannot be read, or the store fails.
pub(super) async fn recover(store: &Store, options: &Options) -> Result<()> {
    if store.leases(NODE).await?.is_empty() {
        return Ok(());
    }
    let now_ms = options.clock.unix_ms();
    let (_, found) = take_up(store, &options.lease_file(), now_ms).await?;
    let mut steps = Vec::new();
    for Found { row, spent, .. } in found {
        let calls = row.granted - i64::from(spent);
        if calls > 0 {
            steps.push(LeaseStep::Return { lease: row.id, calls });
        }
        steps.push(LeaseStep::Close { lease: row.id });
    }
    store.run_leases(NODE, &steps, (&AlarmRules::default(), now_ms)).await?;
    Ok(())
}

impl Options {
    /// Where the spends of leases stand.
    pub(crate) fn lease_file(&self) -> std::path::PathBuf {
        self.directory.join(FILE)
    }
}
