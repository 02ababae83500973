//! The right to make one call, and what it costs: kept by a call that succeeds, given back by every other.

use std::sync::Arc;

use store::Amount;

use super::{
    Shared,
    gate::{Gate, RunningLease},
    rate::Pace,
};

/// A call that was let in. Dropped without [`Permit::succeed`], it gives back everything that it took: a caller that
/// hangs up, an engine that fails and a panic all end so.
#[must_use = "a permit that is dropped gives back what it took"]
pub struct Permit {
    gate: Arc<Gate>,
    pace: Option<Pace>,
    lease: Option<Arc<RunningLease>>,
    shared: Arc<Shared>,
}

impl std::fmt::Debug for Permit {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Permit({:?})", self.gate)
    }
}

impl Permit {
    pub(crate) fn new(gate: Arc<Gate>, pace: Option<Pace>, shared: Arc<Shared>) -> Permit {
        Permit { gate, pace, lease: None, shared }
    }

    pub(crate) fn with(mut self, lease: Arc<RunningLease>) -> Permit {
        self.lease = Some(lease);
        self
    }

    /// The answer is made: the call counts, and costs what it costs.
    pub fn succeed(mut self) {
        self.pace = None;
        match self.lease.take() {
            // Counted and written down with the money.
            Some(lease) => lease.answered(),
            None => self.shared.count(&self.gate, 0),
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(pace) = self.pace.take() {
            self.gate.pacer.give_back(pace);
        }
        if let Some(lease) = self.lease.take() {
            lease.give_back();
            let runs = self.gate.lease.load().as_ref().is_some_and(|running| Arc::ptr_eq(running, &lease));
            if lease.terms.price > Amount::ZERO || !runs {
                // Somebody who pays from the same account may want it. A call of this gate looks at its lease first.
                self.shared.something_changed();
            }
        }
    }
}
