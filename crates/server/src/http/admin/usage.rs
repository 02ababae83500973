//! `GET /v1/admin/usage`: calls and money by API and code.

use axum::{
    extract::{Request, State},
    http::StatusCode,
};
use engine::{Bucket, UsageOf, UsageSum};
use serde_json::{Value, json as object};
use wire::query::Parameters;

use super::{
    call::{Answer, Call, json},
    statement::asked_period,
};
use crate::{
    accounts::shanghai_text,
    http::{operators::Problem, state::App},
};

/// Milliseconds of a minute.
const MINUTE_MS: i64 = 60_000;
/// Minutes of a day.
const DAY: i64 = 24 * 60;

/// `GET /v1/admin/usage`.
pub(super) async fn usage(State(app): State<App>, request: Request) -> Answer {
    let (call, _) = Call::let_in(&app, request, "GET, HEAD")?;
    let query = call.query(&["from", "to", "caller", "account", "by"])?;
    let bucket = bucket(&query)?;
    let minutes = minutes(&query, bucket, call.engine.clock().unix_ms())?;
    let of = whose(&call, &query).await?;
    call.settled().await?;
    let sums = call.accounting().usage(of, minutes, bucket).await?;
    let sums: Vec<Value> = sums.iter().map(shown).collect();
    Ok(json(StatusCode::OK, &object!({ "usage": sums })))
}

fn shown(sum: &UsageSum) -> Value {
    object!({
        "time": shanghai_text(sum.minute * MINUTE_MS),
        "api": sum.api.name(),
        "code": sum.code,
        "calls": sum.calls,
        "amount": sum.amount.to_string(),
    })
}

fn bucket(query: &Parameters) -> Result<Bucket, Problem> {
    match query.get("by") {
        None | Some("day") => Ok(Bucket::Day),
        Some("hour") => Ok(Bucket::Hour),
        Some("minute") => Ok(Bucket::Minute),
        Some(_) => Err(Problem::bad_request("by must be `minute`, `hour` or `day`")),
    }
}

/// The most that is told at once, in minutes and in words.
fn most(bucket: Bucket) -> (i64, &'static str) {
    match bucket {
        Bucket::Minute => (DAY, "one day by minutes"),
        Bucket::Hour => (31 * DAY, "31 days by hours"),
        Bucket::Day => (366 * DAY, "366 days by days"),
    }
}

/// The Unix minutes from and to; without a beginning as many as are told at once, without an end until now.
fn minutes(query: &Parameters, bucket: Bucket, now_ms: i64) -> Result<(i64, i64), Problem> {
    let period = asked_period(query)?;
    let (most, words) = most(bucket);
    let to_ms = if query.get("to").is_some() { period.to_ms } else { now_ms + 1 };
    let to = to_ms.div_euclid(MINUTE_MS) + i64::from(to_ms.rem_euclid(MINUTE_MS) > 0);
    let from = match query.get("from") {
        Some(_) => period.from_ms.div_euclid(MINUTE_MS),
        None => to - most,
    };
    if to - from > most {
        let detail =
            format!("at most {words} are told at once; give from and to nearer together, or a longer by");
        return Err(Problem::bad_request(detail));
    }
    Ok((from, to))
}

async fn whose(call: &Call, query: &Parameters) -> Result<UsageOf, Problem> {
    match (query.get("caller"), query.get("account")) {
        (Some(_), Some(_)) => {
            Err(Problem::bad_request("caller and account exclude each other; give one of them"))
        }
        (None, None) => Ok(UsageOf::All),
        (None, Some(account)) => Ok(UsageOf::Account(call.accounting().show(account).await?.account.id)),
        (Some(caller), None) => {
            let service = call.administration();
            let shown = match caller.split_once(' ') {
                Some(("token", name)) => service.show_token(name).await?,
                Some(("app", partner)) => service.show_application(partner).await?,
                _ => {
                    let detail = "caller must be `token NAME` or `app PARTNER`, as in a statement";
                    return Err(Problem::bad_request(detail));
                }
            };
            Ok(UsageOf::Caller(shown.number))
        }
    }
}
