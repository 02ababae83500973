//! Top-ups, corrections and reversals.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use engine::{Money, Moved};
use serde_json::json as object;
use wire::admin::{money_change, reversal};

use super::call::{Answer, Call, PathPart, amount, json, part};
use crate::http::{operators::Problem, state::App};

/// The header of a key by which a change that is sent again is known.
const KEY: &str = "idempotency-key";
/// The longest such key, in bytes.
const KEY_BYTES: usize = 64;

/// `POST /v1/admin/accounts/{account}/top-up`.
pub(super) async fn top_up(State(app): State<App>, path: PathPart, request: Request) -> Answer {
    let (call, body) = Call::let_in(&app, request, "POST")?;
    let (account, key) = (part(path)?, key(&call.head.headers)?);
    let change = call.read(body, money_change).await?;
    let money = Money { amount: amount("amount", &change.amount)?, note: &change.note, key: key.as_deref() };
    Ok(moved(call.accounting().top_up(&account, &money).await?))
}

/// `POST /v1/admin/accounts/{account}/corrections`.
pub(super) async fn correct(State(app): State<App>, path: PathPart, request: Request) -> Answer {
    let (call, body) = Call::let_in(&app, request, "POST")?;
    let (account, key) = (part(path)?, key(&call.head.headers)?);
    let change = call.read(body, money_change).await?;
    let money = Money { amount: amount("amount", &change.amount)?, note: &change.note, key: key.as_deref() };
    Ok(moved(call.accounting().correct(&account, &money).await?))
}

/// `POST /v1/admin/entries/{entry}/reversal`.
pub(super) async fn reverse(State(app): State<App>, path: PathPart, request: Request) -> Answer {
    let (call, body) = Call::let_in(&app, request, "POST")?;
    let text = part(path)?;
    let reversed: i64 = text.parse().map_err(|_| {
        Problem::bad_request("an entry is named by its number, such as 7; a statement has the numbers")
    })?;
    let asked = call.read(body, reversal).await?;
    let entry = call.accounting().reverse(reversed, &asked.note).await?;
    Ok(json(StatusCode::CREATED, &object!({ "entry": entry, "reverses": reversed })))
}

/// The same whether it was done now or, under the same key, before.
fn moved((account, moved): (i64, Moved)) -> Response {
    let Moved { entry, balance } = moved;
    let document =
        object!({ "entry": entry, "account": account.to_string(), "balance": balance.to_string() });
    json(StatusCode::CREATED, &document)
}

fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(KEY) else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| {
        (1..=KEY_BYTES).contains(&key.len()) && key.bytes().all(|byte| (b' '..=b'~').contains(&byte))
    });
    let refuse = || {
        Problem::bad_request(format!("Idempotency-Key must have 1 to {KEY_BYTES} printable ASCII characters"))
    };
    key.map(|key| Some(key.to_owned())).ok_or_else(refuse)
}
