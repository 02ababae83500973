//! What the bodies of tokens and applications say of accounts and limits.

use engine::{Api, CallerUpdate, Limit, LimitChange};
use wire::admin::{CallerFields, LimitFields, Setting};

use crate::{
    http::operators::Problem,
    limits_text::{parse_burst, parse_quota, parse_rate, parse_units},
};

/// The change that a body asks for, nonces aside.
pub(super) fn update(fields: CallerFields) -> Result<CallerUpdate, Problem> {
    let limits = [
        (Api::Suggest, change(Api::Suggest, &fields.suggest)?),
        (Api::Search, change(Api::Search, &fields.search)?),
    ];
    let changed = limits.into_iter().filter(|(_, change)| *change != LimitChange::default());
    Ok(CallerUpdate { account: fields.account, enabled: fields.enabled, limits: changed.collect() })
}

fn change(api: Api, fields: &LimitFields) -> Result<LimitChange, Problem> {
    let number = |setting: &Setting<i64>| match setting {
        Setting::At(number) => Setting::At(number.to_string()),
        Setting::None => Setting::None,
        Setting::Default => Setting::Default,
    };
    let (burst, quota) = (fields.burst.as_ref().map(number), fields.quota.as_ref().map(number));
    Ok(LimitChange {
        allowed: fields.allowed,
        rate: limit((api, "rate"), fields.rate.as_ref(), parse_rate)?,
        // It cannot be lifted apart from following its rate.
        burst: limit((api, "burst"), burst.as_ref(), parse_burst)?.map(|burst| match burst {
            Limit::At(calls) => Some(calls),
            Limit::None | Limit::Default => None,
        }),
        quota: limit((api, "quota"), quota.as_ref(), parse_quota)?,
        cap: limit((api, "cap"), fields.cap.as_ref(), parse_units)?,
        price: limit((api, "price"), fields.price.as_ref(), parse_units)?.map(|price| match price {
            Limit::At(units) => Some(units),
            Limit::None => Some(0),
            Limit::Default => None,
        }),
    })
}

fn limit<T>(
    (api, field): (Api, &str),
    setting: Option<&Setting<String>>,
    parse: fn(&str) -> Result<T, String>,
) -> Result<Option<Limit<T>>, Problem> {
    let limit = match setting {
        None => return Ok(None),
        Some(Setting::Default) => Limit::Default,
        Some(Setting::None) => Limit::None,
        Some(Setting::At(text)) => Limit::At(parse(text).map_err(|expected| {
            let field = format!("limits.{}.{field}", api.name());
            Problem::bad_request(format!("{field} must be {expected}; null for none, or \"default\""))
        })?),
    };
    Ok(Some(limit))
}
