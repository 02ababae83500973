//! `qiusuo account` and `qiusuo doctor`: money, on a stopped or a running server's directory.

use std::process::ExitCode;

use anyhow::Result;
use engine::{
    Accounting, Amount, Check, Directory, Entry, Money, Settled, open_existing, open_store, settle_directory,
};
use serde_json::json;

use super::opening;
use crate::{
    accounts::{ENTRY_COLUMNS, account_json, entry_csv, entry_json, entry_row, period, time_text},
    cli::{Account, AccountCreate, AccountUpdate, Global, MoveMoney, Statement},
    config::Config,
    output,
};

/// `qiusuo account`.
pub(super) async fn run(global: &Global, config: &Config, account: Account) -> Result<ExitCode> {
    let options = opening::options(global, config);
    let makes = matches!(account, Account::Create(_));
    let directory = if makes { open_store(options).await? } else { open_existing(options).await? };
    let service = Accounting { store: &directory.store, clock: &directory.options.clock, who: &opening::WHO };
    match account {
        Account::Create(create) => make(global, &service, &create).await,
        Account::List => {
            settle(&directory).await?;
            list(global, &service).await
        }
        Account::Show(which) => {
            settle(&directory).await?;
            show(global, &service, &which.account).await
        }
        Account::TopUp(money) => {
            let (account, moved) = service.top_up(&money.account, &money_of(&money)).await?;
            changed(global, account, moved.balance)
        }
        Account::Correct(money) => {
            let (account, moved) = service.correct(&money.account, &money_of(&money)).await?;
            changed(global, account, moved.balance)
        }
        Account::Reverse(reverse) => {
            let entry = service.reverse(reverse.entry, &reverse.note).await?;
            if global.json {
                output::json(&json!({ "entry": entry, "reverses": reverse.entry }))?;
            } else {
                output::note(format_args!("entry {} is taken back by entry {entry}", reverse.entry));
            }
            Ok(ExitCode::SUCCESS)
        }
        Account::Update(update) => set_low_balance(global, &service, &update).await,
        Account::Statement(asked) => {
            settle(&directory).await?;
            statement(global, &service, &asked).await
        }
    }
}

/// Has everything written down; where that takes too long, what is shown is not quite new, and that is said.
async fn settle(directory: &Directory) -> Result<Settled> {
    let settled = settle_directory(directory, "account").await?;
    if let Settled::NotYet(holder) = &settled {
        let who = holder.as_ref().map_or_else(
            || "another process".to_owned(),
            |holder| format!("process {} ({})", holder.pid, holder.command),
        );
        output::note(format_args!(
            "{who} holds the directory and does not answer: the figures may be a minute old"
        ));
    }
    Ok(settled)
}

async fn make(global: &Global, service: &Accounting<'_>, create: &AccountCreate) -> Result<ExitCode> {
    let account = service.create(&create.name, create.balance).await?;
    changed(global, account.id, account.balance)
}

/// What was typed of a change of money. Somebody at a terminal sees whether it was made.
fn money_of(money: &MoveMoney) -> Money<'_> {
    Money { amount: money.amount, note: &money.note, key: None }
}

/// The account after its money changed.
fn changed(global: &Global, account: i64, balance: Amount) -> Result<ExitCode> {
    if global.json {
        output::json(&json!({ "account": account.to_string(), "balance": balance.to_string() }))?;
    } else {
        output::data(&format!("account: {account}\nbalance: {balance}"))?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(global: &Global, service: &Accounting<'_>) -> Result<ExitCode> {
    let accounts = service.accounts().await?;
    if global.json {
        accounts.iter().try_for_each(|account| output::json(&account_json(account)))?;
        return Ok(ExitCode::SUCCESS);
    }
    let rows = accounts.iter().map(|account| {
        vec![
            account.id.to_string(),
            account.name.clone(),
            account.balance.to_string(),
            account.held.to_string(),
            time_text(account.created_ms),
        ]
    });
    output::table(&["account", "name", "balance", "held", "created"], rows)?;
    Ok(ExitCode::SUCCESS)
}

async fn show(global: &Global, service: &Accounting<'_>, which: &str) -> Result<ExitCode> {
    let shown = service.show(which).await?;
    let account = &shown.account;
    if global.json {
        let mut fields = account_json(account);
        fields["tokens"] = json!(shown.tokens);
        fields["applications"] = json!(shown.applications);
        output::json(&fields)?;
        return Ok(ExitCode::SUCCESS);
    }
    let threshold = account.low_balance.map_or_else(|| "default".to_owned(), |amount| amount.to_string());
    let lines = [
        ("account", account.id.to_string()),
        ("name", account.name.clone()),
        ("balance", account.balance.to_string()),
        ("held", account.held.to_string()),
        ("low_balance", threshold),
        ("tokens", shown.tokens.join(", ")),
        ("applications", shown.applications.join(", ")),
        ("created", time_text(account.created_ms)),
    ];
    output::data(&lines.map(|(name, value)| format!("{name}: {value}")).join("\n"))?;
    Ok(ExitCode::SUCCESS)
}

async fn set_low_balance(
    global: &Global,
    service: &Accounting<'_>,
    update: &AccountUpdate,
) -> Result<ExitCode> {
    let threshold = match update.low_balance.as_str() {
        "default" => None,
        amount => Some(amount.parse::<Amount>()?),
    };
    let account = service.set_low_balance(&update.account, threshold).await?;
    if global.json {
        output::json(&account_json(&account))?;
    } else {
        output::note(format_args!("account {} is updated", account.id));
    }
    Ok(ExitCode::SUCCESS)
}

async fn statement(global: &Global, service: &Accounting<'_>, asked: &Statement) -> Result<ExitCode> {
    let period = period(asked.from.as_deref(), asked.to.as_deref())?;
    let names = service.caller_names().await?;
    if asked.csv {
        output::data(&ENTRY_COLUMNS.join(","))?;
        let line = |entry: &Entry| output::data(&entry_csv(entry, &names));
        service.statement(&asked.account, period, line).await?;
    } else if global.json {
        let line = |entry: &Entry| output::json(&entry_json(entry, &names));
        service.statement(&asked.account, period, line).await?;
    } else {
        let mut rows = Vec::new();
        let line = |entry: &Entry| -> Result<()> {
            rows.push(entry_row(entry, &names));
            Ok(())
        };
        service.statement(&asked.account, period, line).await?;
        output::table(&ENTRY_COLUMNS, rows)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// `qiusuo doctor`.
pub(super) async fn doctor(global: &Global, config: &Config) -> Result<ExitCode> {
    let directory = open_existing(opening::options(global, config)).await?;
    let settled = settle(&directory).await?;
    let checks = examine(&directory, &settled).await?;
    let sound = checks.iter().all(|check| check.problems.is_empty());
    if global.json {
        for check in &checks {
            let sound = check.problems.is_empty();
            output::json(&json!({ "check": check.name, "ok": sound, "problems": check.problems }))?;
        }
    } else {
        let rows = checks.iter().map(|check| {
            let state = if check.problems.is_empty() { "ok" } else { "PROBLEM" };
            vec![check.name.to_owned(), state.to_owned(), check.problems.join("; ")]
        });
        output::table(&["check", "state", "problems"], rows)?;
    }
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn examine(directory: &Directory, settled: &Settled) -> Result<Vec<Check>> {
    let mut checks = engine::examine(&directory.store, &directory.secrets).await?;
    if *settled == Settled::Here {
        let open = directory.store.leases("local").await?.len();
        let problems =
            if open == 0 { Vec::new() } else { vec![format!("{open} leases are open, and no server runs")] };
        checks.push(Check { name: "leases", problems });
    }
    Ok(checks)
}
