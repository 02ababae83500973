//! What the options of a caller mean.

use anyhow::{Result, bail};
use engine::{Api, CallerUpdate, Limit, LimitChange};

use crate::{cli::CallerOptions, output::hinted};

/// The change that was typed. `own` is the API that this kind of caller calls.
pub(super) fn update(options: &CallerOptions, own: Api) -> Result<CallerUpdate> {
    let mut limits = Api::ALL.map(|_| LimitChange::default());
    let api = options.api.map_or(own, Api::from);
    limits[api as usize] = LimitChange {
        allowed: None,
        rate: options.rate,
        burst: options.burst.map(value),
        quota: options.quota,
        cap: options.cap,
        price: options.price.map(|price| match price {
            Limit::Default => None,
            Limit::None => Some(0),
            Limit::At(units) => Some(units),
        }),
    };
    for (names, allowed) in [(&options.allow, true), (&options.deny, false)] {
        for name in names {
            let change = &mut limits[Api::from(*name) as usize];
            if change.allowed.is_some_and(|said| said != allowed) {
                bail!("an API stands in --allow and in --deny: name it in one of them");
            }
            change.allowed = Some(allowed);
        }
    }
    let changed = Api::ALL.into_iter().zip(limits).filter(|(_, change)| *change != LimitChange::default());
    Ok(CallerUpdate { account: options.account(), enabled: None, limits: changed.collect() })
}

/// A burst has no way to be lifted apart from following its rate.
fn value(limit: Limit<i64>) -> Option<i64> {
    match limit {
        Limit::At(value) => Some(value),
        Limit::Default | Limit::None => None,
    }
}

/// Whether any limit is changed.
pub(super) fn limits_given(update: &CallerUpdate) -> bool {
    !update.limits.is_empty()
}

/// Refuses a change of nothing.
pub(super) fn check_given(update: &CallerUpdate, other: bool) -> Result<()> {
    if other || *update != CallerUpdate::default() {
        return Ok(());
    }
    Err(hinted(
        "nothing to change was given",
        "give an account, a limit or another option; --help lists them",
    ))
}
