//! What API tokens and applications have in common: a number, an account that pays, limits.

use serde_json::{Map, Value, json};
use sqlx::AnyConnection;

use super::account_name;
use crate::{
    Amount, Api, Error, Limit, LimitChange, LimitRecord, Result,
    limits::{self, CallerLimits},
    sequence::add_to_counter,
};

/// What is changed of a caller; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallerChange {
    /// The account that pays; `Some(None)` takes it away.
    pub account: Option<Option<i64>>,
    /// Whether it may call.
    pub enabled: Option<bool>,
    /// What it may do with an API.
    pub limits: Vec<(Api, LimitChange)>,
}

/// What a change makes of a caller.
pub(super) struct Changed {
    pub(super) account: Option<i64>,
    pub(super) enabled: bool,
    pub(super) limits: CallerLimits,
}

/// A number for a new caller.
pub(super) async fn new_number(connection: &mut AnyConnection) -> Result<i64> {
    add_to_counter(connection, "caller", 1).await
}

/// Writes what a change makes of a caller's limits, and says what all of it is then.
///
/// # Errors
/// When the account does not exist, or what the caller is to pay has nobody who pays it.
pub(super) async fn change(
    connection: &mut AnyConnection,
    (what, name): (&'static str, &str),
    caller: i64,
    (account, enabled, limits): (Option<i64>, bool, CallerLimits),
    change: &CallerChange,
) -> Result<Changed> {
    let mut after = Changed {
        account: change.account.unwrap_or(account),
        enabled: change.enabled.unwrap_or(enabled),
        limits,
    };
    if let Some(Some(account)) = change.account {
        account_name::check(connection, account).await?;
    }
    for (api, limit_change) in &change.limits {
        limit_change.apply(&mut after.limits[*api as usize]);
    }
    if after.account.is_none() && after.limits.iter().any(costs) {
        return Err(Error::NobodyPays { what, name: name.to_owned() });
    }
    for api in Api::ALL {
        if change.limits.iter().any(|(changed, _)| *changed == api) {
            limits::put(connection, caller, api, &after.limits[api as usize]).await?;
        }
    }
    Ok(after)
}

/// Whether it speaks of money.
fn costs(record: &LimitRecord) -> bool {
    record.price.is_some_and(|price| price > 0) || matches!(record.cap, Limit::At(_))
}

/// What is set, as the audit log shows it; what follows the configuration is left out.
pub(super) fn describe_limits(limits: &CallerLimits) -> Value {
    let described = Api::ALL.into_iter().map(|api| (api, describe(&limits[api as usize])));
    let set = described.filter(|(_, fields)| !fields.is_empty());
    set.map(|(api, fields)| (api.name().to_owned(), Value::Object(fields))).collect::<Map<_, _>>().into()
}

fn describe(record: &LimitRecord) -> Map<String, Value> {
    fn limit<T>(limit: Limit<T>, show: impl Fn(T) -> Value) -> Option<Value> {
        match limit {
            Limit::Default => None,
            Limit::None => Some(json!("none")),
            Limit::At(value) => Some(show(value)),
        }
    }
    let money = |units| json!(Amount(units).to_string());
    let fields = [
        ("allowed", record.allowed.map(Value::from)),
        ("rate", limit(record.rate, |rate| json!(rate.to_string()))),
        ("burst", record.burst.map(Value::from)),
        ("quota", limit(record.quota, Value::from)),
        ("cap", limit(record.cap, money)),
        ("price", record.price.map(money)),
    ];
    fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}
