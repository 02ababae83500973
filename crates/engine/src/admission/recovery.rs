//! Taking up what a killed server left: what its leases spent, as the lease file has it, goes into the ledger, and what
//! they did not spend goes back. Who calls next takes a lease on the limits that are in force then.

use std::{
    collections::{HashMap, VecDeque},
    path::Path,
};

use store::{
    Api, Store,
    ledger::{AlarmRules, Lease, LeaseStep},
};
use tokio::sync::mpsc;

use super::{
    Ask, MINUTE_MS,
    gate::Key,
    keeper::{Keeper, LeaseKeeping, NODE},
    lease_file::{LeaseFile, boot},
};
use crate::{Error, Options, Result, secrets};

/// File name of the lease file inside the data directory.
const FILE: &str = "leases";
/// Why a lease counts as spent.
const UNKNOWN: &str =
    "what was spent of it is not known: the lease file is lost or damaged, or the machine was started anew";

impl Keeper {
    /// Takes up what there is, and begins a lease file.
    ///
    /// # Errors
    /// When the file cannot be made or mapped, or the store fails.
    pub(crate) async fn open(keeping: LeaseKeeping, asks: mpsc::UnboundedReceiver<Ask>) -> Result<Keeper> {
        let now_ms = keeping.shared.clock.unix_ms();
        let boot = this_boot()?;
        let quota =
            |(caller, api): Key| keeping.callers.caller(caller).and_then(|caller| caller.limits(api).quota);
        take_up(&keeping.store, (&keeping.path, boot), &quota, (&keeping.alarms, now_ms)).await?;
        let file = LeaseFile::create(&keeping.path, boot)
            .map_err(|error| Error::io("make the lease file", &keeping.path, error))?;
        let keeper = Keeper {
            minute: now_ms.div_euclid(MINUTE_MS),
            usage_drained: 0,
            usage_drained_ns: keeping.shared.clock.elapsed_ns(),
            usage_written: 0,
            keeping,
            asks,
            file,
            running: HashMap::new(),
            ending: VecDeque::new(),
            due: VecDeque::new(),
            taken_due: 0,
            waiting: Vec::new(),
            is_behind: false,
            used: Vec::new(),
            usage: HashMap::new(),
            unsure: false,
            // Whatever changed while nobody looked.
            changed: true,
        };
        keeper.show_low().await?;
        Ok(keeper)
    }
}

/// The boot of this machine. Where the system does not tell one from another, every start counts as one.
fn this_boot() -> Result<[u64; 2]> {
    match boot() {
        Some(boot) => Ok(boot),
        None => Ok([u64::from_le_bytes(secrets::random()?), u64::from_le_bytes(secrets::random()?)]),
    }
}

/// Puts into the ledger what the leases of this node spent and nobody wrote down, and gives the rest back; counts as
/// spent what cannot be known.
async fn take_up(
    store: &Store,
    (path, boot): (&Path, [u64; 2]),
    quota: &(dyn Fn(Key) -> Option<i64> + Sync),
    (alarms, now_ms): (&AlarmRules, i64),
) -> Result<()> {
    let rows = store.leases(NODE).await?;
    if rows.is_empty() {
        return Ok(());
    }
    let file = LeaseFile::open(path, boot).map_err(|error| Error::io("open the lease file", path, error))?;
    let mut steps = Vec::new();
    for row in rows {
        match file.as_ref().and_then(|file| spent(file, &row)) {
            Some((spent, minute)) => {
                let now = now_ms.div_euclid(MINUTE_MS);
                let minute = minute.clamp(row.settled_ms.div_euclid(MINUTE_MS).min(now), now);
                let (lease, quota) = (row.id, quota((row.caller, row.api)));
                if spent > row.settled {
                    steps.push(LeaseStep::Settle { lease, calls: spent - row.settled, minute, quota });
                }
                if spent < row.granted {
                    steps.push(LeaseStep::Return { lease, calls: row.granted - spent });
                }
            }
            None => {
                tracing::warn!(lease = row.id, caller = row.caller, "{UNKNOWN}");
                steps.push(LeaseStep::Lose { lease: row.id, reason: UNKNOWN.to_owned() });
            }
        }
        steps.push(LeaseStep::Close { lease: row.id });
    }
    store.run_leases(NODE, &steps, (alarms, now_ms)).await?;
    Ok(())
}

/// What the file says was spent of a lease, and in which minute, where that can be believed.
fn spent(file: &LeaseFile, row: &Lease) -> Option<(i64, i64)> {
    let (spent, minute) = file.slot(row.slot)?.read(row.seal)?;
    let spent = i64::from(spent);
    (row.settled..=row.granted).contains(&spent).then_some((spent, minute))
}

/// Takes up what a killed server left in a directory that nobody holds.
///
/// # Errors
/// When the lease file cannot be read, or the store fails.
pub(super) async fn recover(store: &Store, options: &Options) -> Result<()> {
    let set: HashMap<Key, _> =
        store.limits().await?.into_iter().map(|(caller, api, record)| ((caller, api), record)).collect();
    let quota = |key: (i64, Api)| {
        let default = options.limits[key.1 as usize];
        set.get(&key).map_or(default, |record| default.with(record)).quota
    };
    let file = (options.lease_file(), this_boot()?);
    let now_ms = options.clock.unix_ms();
    take_up(store, (&file.0, file.1), &quota, (&options.alarms, now_ms)).await
}

impl Options {
    /// Where the spends of leases stand.
    pub(crate) fn lease_file(&self) -> std::path::PathBuf {
        self.directory.join(FILE)
    }
}
