//! What a caller may do: the limits in force, and the callers that they belong to.

use std::sync::Arc;

use store::{Amount, Api, Limit, LimitRecord, Rate};

use super::gate::Gate;

/// The limits in force for one caller and one API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Whether it may call at all.
    pub allowed: bool,
    /// How often, in the long run; `None`: as often as it likes.
    pub rate: Option<Rate>,
    /// How many at once, where there is a rate; `None`: as many as the rate lets through in its period.
    pub burst: Option<i64>,
    /// Calls of a day in Asia/Shanghai.
    pub quota: Option<i64>,
    /// What it may ever spend.
    pub cap: Option<Amount>,
    /// What a successful call costs.
    pub price: Amount,
}

impl Limits {
    /// No limit at all, and nothing to pay: what the configuration says where it says nothing.
    pub const NONE: Limits =
        Limits { allowed: true, rate: None, burst: None, quota: None, cap: None, price: Amount::ZERO };

    /// These limits with what an operator set over them.
    pub fn with(self, set: &LimitRecord) -> Limits {
        fn over<T>(default: Option<T>, set: Limit<T>) -> Option<T> {
            match set {
                Limit::Default => default,
                Limit::None => None,
                Limit::At(value) => Some(value),
            }
        }
        Limits {
            allowed: set.allowed.unwrap_or(self.allowed),
            rate: over(self.rate, set.rate),
            // A burst of the configuration belongs to its rate.
            burst: if matches!(set.rate, Limit::At(_)) { set.burst } else { set.burst.or(self.burst) },
            quota: over(self.quota, set.quota),
            cap: over(self.cap.map(|cap| cap.0), set.cap).map(Amount),
            price: set.price.map_or(self.price, Amount),
        }
    }

    /// Whether a call has to be counted against anything that lasts: a quota or money.
    pub fn are_leased(&self) -> bool {
        self.quota.is_some() || self.price > Amount::ZERO
    }
}

/// Who calls, and what it may do: an API token or an application.
#[derive(Debug)]
pub struct Caller {
    /// Its number, shared by both kinds.
    pub number: i64,
    /// The account that pays for it.
    pub account: Option<i64>,
    /// What it may do, by API.
    pub limits: [Limits; Api::ALL.len()],
    /// What it used up, by API. It is handed on from one reading of the registry to the next.
    pub gates: [Arc<Gate>; Api::ALL.len()],
}

impl Caller {
    /// A caller with the gates of the reading before, or new ones.
    pub fn new(
        number: i64,
        account: Option<i64>,
        limits: [Limits; Api::ALL.len()],
        before: Option<&Caller>,
    ) -> Caller {
        let gates = match before {
            Some(before) => before.gates.clone(),
            None => Api::ALL.map(|api| Arc::new(Gate::new(number, api))),
        };
        Caller { number, account, limits, gates }
    }

    /// What it may do with an API.
    pub fn limits(&self, api: Api) -> &Limits {
        &self.limits[api as usize]
    }
}
