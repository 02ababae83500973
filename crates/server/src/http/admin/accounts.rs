//! `/v1/admin/accounts` and `/v1/admin/accounts/{account}`.

use axum::{
    extract::{Request, State},
    http::StatusCode,
};
use engine::Amount;
use serde_json::{Value, json as object};
use wire::admin::{account_change, new_account};

use super::call::{Answer, Call, PathPart, amount, json, part};
use crate::{
    accounts::account_json,
    http::{operators::Problem, state::App},
    limits_text::DEFAULT,
};

/// `GET` and `POST /v1/admin/accounts`.
pub(super) async fn all(State(app): State<App>, request: Request) -> Answer {
    let (call, body) = Call::let_in(&app, request, "GET, HEAD, POST")?;
    if call.reads() {
        call.query(&[])?;
        call.settled().await?;
        let accounts = call.accounting().accounts().await?;
        let accounts: Vec<Value> = accounts.iter().map(account_json).collect();
        return Ok(json(StatusCode::OK, &object!({ "accounts": accounts })));
    }
    let new = call.read(body, new_account).await?;
    let balance = new.balance.map_or(Ok(Amount::ZERO), |text| amount("balance", &text))?;
    let account = call.accounting().create(&new.name, balance).await?;
    Ok(json(StatusCode::CREATED, &account_json(&account)))
}

/// `GET` and `PATCH /v1/admin/accounts/{account}`.
pub(super) async fn one(State(app): State<App>, path: PathPart, request: Request) -> Answer {
    let (call, body) = Call::let_in(&app, request, "GET, HEAD, PATCH")?;
    let account = part(path)?;
    if call.reads() {
        call.query(&[])?;
    } else {
        let change = call.read(body, account_change).await?;
        let Some(threshold) = change.low_balance else {
            return Err(Problem::bad_request("nothing to change was given; the field here is low_balance"));
        };
        let threshold = threshold.filter(|text| text != DEFAULT);
        let threshold = threshold.map(|text| amount("low_balance", &text)).transpose()?;
        call.accounting().set_low_balance(&account, threshold).await?;
    }
    call.settled().await?;
    let shown = call.accounting().show(&account).await?;
    let mut document = account_json(&shown.account);
    document["tokens"] = object!(shown.tokens);
    document["applications"] = object!(shown.applications);
    Ok(json(StatusCode::OK, &document))
}
