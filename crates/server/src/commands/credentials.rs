//! `qiusuo app`, `qiusuo token`, `qiusuo operator` and `qiusuo audit`: credentials, on a stopped or a running
//! server's directory.

mod changes;
mod show;

use std::process::ExitCode;

use anyhow::Result;
use engine::{Api, Directory, Listed, Rotated, open_existing, open_store};
use serde_json::{Value, json};

use self::{
    changes::{limits_given, update},
    show::{account, shown},
};
use super::opening;
use crate::{
    accounts::time_text,
    cli::{App, AppChange, Audit, Global, Operator, Revoke, Role, Token},
    config::Config,
    credentials::{limits_json, listed_json},
    output,
};

/// `qiusuo app`.
pub(super) async fn app(global: &Global, config: &Config, app: App) -> Result<ExitCode> {
    let directory = open(global, config, matches!(app, App::Create(_))).await?;
    let service = opening::administration(&directory);
    match app {
        App::Create(change) => create_app(global, &service, &change).await,
        App::Update(change) => {
            let (partner, nonces) = (&change.partner.partner, change.refuse_repeated_nonces);
            let update = update(&change.options, Api::Search)?;
            changes::check_given(&update, nonces.is_some())?;
            service.update_application(partner, &update, nonces).await?;
            shown(global, "partner", &service.show_application(partner).await?)
        }
        App::Show(which) => shown(global, "partner", &service.show_application(&which.partner).await?),
        App::List => show_list(global, "partner", &service.applications().await?),
        App::Rotate(rotate) => {
            let partner = &rotate.partner.partner;
            let rotated = service.rotate_application(partner, rotate.overlap).await?;
            let made = json!({ "partner": partner, "secure_key": rotated.secret });
            show_rotated(global, made, &rotated)
        }
        App::Revoke(revoke) => revoked(global, &service, &revoke).await,
        App::Disable(partner) => switched(
            global,
            &partner.partner,
            false,
            service.enable_application(&partner.partner, false).await,
        ),
        App::Enable(partner) => {
            switched(global, &partner.partner, true, service.enable_application(&partner.partner, true).await)
        }
    }
}

async fn create_app(
    global: &Global,
    service: &engine::Administration<'_>,
    change: &AppChange,
) -> Result<ExitCode> {
    let update = update(&change.options, Api::Search)?;
    let partner = &change.partner.partner;
    let created = service.create_application(partner, &update, change.refuse_repeated_nonces).await?;
    let made = json!({ "partner": created.id, "secure_key": created.secret });
    let made = with_settings(made, &update, &service.show_application(partner).await?);
    show_created(global, &made, "the secure_key signs this application's calls")
}

/// `qiusuo token`.
pub(super) async fn token(global: &Global, config: &Config, token: Token) -> Result<ExitCode> {
    let directory = open(global, config, matches!(token, Token::Create(_))).await?;
    let service = opening::administration(&directory);
    match token {
        Token::Create(create) => {
            let (name, update) = (&create.name.name, update(&create.options, Api::Suggest)?);
            let created = service.create_token(name, &update).await?;
            let made = json!({ "token": created.secret, "name": name, "id": created.id });
            let made = with_settings(made, &update, &service.show_token(name).await?);
            show_created(global, &made, "the token is shown this once: only its hash is kept")
        }
        Token::Update(change) => {
            let name = change.named.or(change.name).unwrap_or_default();
            let update = update(&change.options, Api::Suggest)?;
            changes::check_given(&update, false)?;
            service.update_token(&name, &update).await?;
            shown(global, "name", &service.show_token(&name).await?)
        }
        Token::Show(which) => shown(global, "name", &service.show_token(&which.name).await?),
        Token::List => show_list(global, "name", &service.tokens().await?),
        Token::Rotate(rotate) => {
            let name = &rotate.name.name;
            let rotated = service.rotate_token(name, rotate.overlap).await?;
            show_rotated(global, json!({ "token": rotated.secret, "name": name }), &rotated)
        }
        Token::Disable(name) => {
            switched(global, &name.name, false, service.enable_token(&name.name, false).await)
        }
        Token::Enable(name) => {
            switched(global, &name.name, true, service.enable_token(&name.name, true).await)
        }
    }
}

/// `qiusuo operator`.
pub(super) async fn operator(global: &Global, config: &Config, operator: Operator) -> Result<ExitCode> {
    let directory = open(global, config, matches!(operator, Operator::Create(_))).await?;
    let service = opening::administration(&directory);
    match operator {
        Operator::Create(operator) => {
            let role = role(operator.role);
            let created = service.create_operator(&operator.name, role).await?;
            let made = json!({ "key": created.secret, "name": created.id, "role": role.name() });
            show_created(global, &made, "the key is shown this once: only its hash is kept")
        }
        Operator::List => show_list(global, "name", &service.operators().await?),
        Operator::Disable(name) => {
            switched(global, &name.name, false, service.enable_operator(&name.name, false).await)
        }
        Operator::Enable(name) => {
            switched(global, &name.name, true, service.enable_operator(&name.name, true).await)
        }
    }
}

/// `qiusuo audit`.
pub(super) async fn audit(global: &Global, config: &Config, audit: Audit) -> Result<ExitCode> {
    let directory = open(global, config, false).await?;
    let rows = opening::administration(&directory).audit(None, audit.limit).await?;
    show::audit(global, &rows)
}

/// Only what creates something makes a directory.
async fn open(global: &Global, config: &Config, create: bool) -> Result<Directory> {
    let options = opening::options(global, config);
    Ok(if create { open_store(options).await? } else { open_existing(options).await? })
}

fn role(role: Role) -> engine::Role {
    match role {
        Role::Owner => engine::Role::Owner,
        Role::Editor => engine::Role::Editor,
        Role::Reader => engine::Role::Reader,
    }
}

async fn revoked(global: &Global, service: &engine::Administration<'_>, revoke: &Revoke) -> Result<ExitCode> {
    match (&revoke.partner, &revoke.user) {
        (Some(partner), Some(user)) => service.revoke_user(partner, user).await?,
        (Some(partner), None) => service.revoke_application(partner).await?,
        (None, _) => service.revoke_all().await?,
    }
    if global.json {
        let told = match &revoke.partner {
            Some(partner) => json!({ "partner": partner, "user": revoke.user }),
            None => json!({ "all": true }),
        };
        output::json(&told)?;
    } else {
        output::note("the access tokens that there were are dead; users register again");
    }
    Ok(ExitCode::SUCCESS)
}

/// Adds to what was made the account and the limits that were given.
fn with_settings(mut made: Value, update: &engine::CallerUpdate, caller: &engine::ShownCaller) -> Value {
    if let Some(paying) = &caller.listed.account {
        made["account"] = json!(paying.number.to_string());
    }
    if limits_given(update) {
        made["limits"] = limits_json(caller);
    }
    made
}

fn show_created(global: &Global, made: &Value, note: &str) -> Result<ExitCode> {
    if global.json {
        output::json(made)?;
    } else if let Some(fields) = made.as_object() {
        let line = |(name, value): (&String, &Value)| match value {
            Value::String(text) => format!("{name}: {text}"),
            other => format!("{name}: {other}"),
        };
        output::data(&fields.iter().map(line).collect::<Vec<_>>().join("\n"))?;
        output::note(format_args!("{note}"));
    }
    Ok(ExitCode::SUCCESS)
}

fn show_rotated(global: &Global, mut made: Value, rotated: &Rotated) -> Result<ExitCode> {
    let until = rotated.previous_until_ms.map(time_text);
    made["previous_until"] = json!(until);
    if global.json {
        output::json(&made)?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(fields) = made.as_object_mut() {
        fields.remove("previous_until");
    }
    let note = match until {
        Some(until) => format!("the new secret is shown this once; the old one is good until {until}"),
        None => "the new secret is shown this once; the old one is dead".to_owned(),
    };
    show_created(global, &made, &note)
}

fn show_list(global: &Global, name: &str, listed: &[Listed]) -> Result<ExitCode> {
    if global.json {
        listed.iter().try_for_each(|row| output::json(&listed_json(name, row)))?;
        return Ok(ExitCode::SUCCESS);
    }
    let rows = listed.iter().map(|row| {
        vec![
            row.name.clone(),
            row.prefix.clone(),
            row.role.clone(),
            account(row),
            show::state(row.enabled).to_owned(),
            time_text(row.created_ms),
        ]
    });
    output::table(&[name, "begins", "role", "account", "state", "created"], rows)?;
    Ok(ExitCode::SUCCESS)
}

fn switched(global: &Global, name: &str, enabled: bool, done: engine::Result<()>) -> Result<ExitCode> {
    done?;
    if global.json {
        output::json(&json!({ "name": name, "enabled": enabled }))?;
    } else {
        output::note(format_args!("`{name}` is {}", show::state(enabled)));
    }
    Ok(ExitCode::SUCCESS)
}
