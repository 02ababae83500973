//! `qiusuo app`, `qiusuo token` and `qiusuo operator`: credentials, on a stopped or a running server's directory.

use std::process::ExitCode;

use anyhow::Result;
use engine::{Directory, Listed, open_existing, open_store};
use serde_json::{Value, json};

use super::opening;
use crate::{
    cli::{App, Global, Operator, Role, Token},
    config::Config,
    output,
};

/// `qiusuo app`.
pub(super) async fn app(global: &Global, config: &Config, app: App) -> Result<ExitCode> {
    let directory = open(global, config, matches!(app, App::Create(_))).await?;
    let service = opening::administration(&directory);
    match app {
        App::Create(partner) => {
            let created = service.create_application(&partner.partner).await?;
            let made = json!({ "partner": created.id, "secure_key": created.secret });
            show_created(global, &made, "the secure_key signs this application's calls")
        }
        App::List => show_list(global, "partner", &service.applications().await?),
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

/// `qiusuo token`.
pub(super) async fn token(global: &Global, config: &Config, token: Token) -> Result<ExitCode> {
    let directory = open(global, config, matches!(token, Token::Create(_))).await?;
    let service = opening::administration(&directory);
    match token {
        Token::Create(name) => {
            let created = service.create_token(&name.name).await?;
            let made = json!({ "token": created.secret, "name": name.name, "id": created.id });
            show_created(global, &made, "the token is shown this once: only its hash is kept")
        }
        Token::List => show_list(global, "name", &service.tokens().await?),
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

fn show_created(global: &Global, made: &Value, note: &str) -> Result<ExitCode> {
    if global.json {
        output::json(made)?;
    } else if let Some(fields) = made.as_object() {
        let lines =
            fields.iter().map(|(name, value)| format!("{name}: {}", value.as_str().unwrap_or_default()));
        output::data(&lines.collect::<Vec<_>>().join("\n"))?;
        output::note(format_args!("{note}"));
    }
    Ok(ExitCode::SUCCESS)
}

fn show_list(global: &Global, name: &str, listed: &[Listed]) -> Result<ExitCode> {
    if global.json {
        for row in listed {
            let mut line = json!({ name: row.name, "enabled": row.enabled, "created": created(row) });
            for (key, value) in [("prefix", &row.prefix), ("role", &row.role)] {
                if !value.is_empty() {
                    line[key] = json!(value);
                }
            }
            output::json(&line)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let state = |row: &Listed| if row.enabled { "enabled" } else { "disabled" };
    let rows = listed.iter().map(|row| {
        vec![row.name.clone(), row.prefix.clone(), row.role.clone(), state(row).to_owned(), created(row)]
    });
    output::table(&[name, "begins", "role", "state", "created"], rows)?;
    Ok(ExitCode::SUCCESS)
}

fn created(row: &Listed) -> String {
    jiff::Timestamp::from_millisecond(row.created_ms).map_or_else(|_| String::new(), |time| time.to_string())
}

fn switched(global: &Global, name: &str, enabled: bool, done: engine::Result<()>) -> Result<ExitCode> {
    done?;
    if global.json {
        output::json(&json!({ "name": name, "enabled": enabled }))?;
    } else {
        output::note(format_args!("`{name}` is {}", if enabled { "enabled" } else { "disabled" }));
    }
    Ok(ExitCode::SUCCESS)
}
