//! `qiusuo rules`: what operators place and ban among the suggestions, and which words mean the same to the search, on a stopped or a running server's directory.

use std::{io::Write as _, path::Path, process::ExitCode};

use anyhow::{Context, Result};
use engine::{Hold, NewRule, RuleKind, RuleRecord, Visible, Writing, open_existing, synonyms_of};
use serde_json::json;
use wire::{
    import::{Rule, RuleLine, rule_line},
    time::shown_moment,
};

use super::{
    import::{Line, Lines},
    opening,
};
use crate::{
    cli::{Ban, Global, Pin, Rules, Synonyms},
    config::Config,
    logging, output,
};

/// How many bad lines of a file are told.
const TOLD: usize = 20;

/// Runs the command.
pub(super) async fn run(global: &Global, config: &Config, rules: Rules) -> Result<ExitCode> {
    logging::start(&config.log);
    match rules {
        Rules::Pin(Pin { prefix, text, position, from, to }) => {
            add(global, config, NewRule::pin(&prefix, &text, position, from, to)?).await?;
        }
        Rules::Ban(Ban { text, pattern }) => {
            let ban = match (text, pattern) {
                (Some(text), _) => NewRule::ban_word(&text)?,
                (None, pattern) => NewRule::ban_pattern(&pattern.unwrap_or_default())?,
            };
            add(global, config, ban).await?;
        }
        Rules::Synonyms(Synonyms { words, from }) => {
            add(global, config, NewRule::synonyms(from.as_deref(), &words)?).await?;
        }
        Rules::List => list(global, &stored(global, config).await?)?,
        Rules::Remove(remove) => self::remove(global, config, remove.id).await?,
        Rules::Export(export) => self::export(global, &stored(global, config).await?, &export.file)?,
        Rules::Import(import) => self::import(global, config, &import.file).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The rules of a directory that is there.
async fn stored(global: &Global, config: &Config) -> Result<Vec<RuleRecord>> {
    let directory = open_existing(opening::options(global, config)).await?;
    Ok(directory.store.rules().await?)
}

async fn add(global: &Global, config: &Config, rule: NewRule) -> Result<()> {
    let mut writing = Writing::open(opening::options(global, config), "rules", Hold::IfFree).await?;
    let rules = [rule];
    let added = in_force(&mut writing, &rules).await;
    writing.close().await;
    let added = added?;
    let id = added.ids.first().copied();
    let is_new = added.added > 0;
    if global.json {
        let [rule] = rules;
        let mut document = serde_json::to_value(RuleLine { id, rule: told(&rule) })?;
        document["added"] = json!(is_new);
        return output::json(&document);
    }
    let shown = id.map_or_else(String::new, |id| id.to_string());
    output::data(&format!("id: {shown}"))?;
    output::note(if is_new { "the rule is in force" } else { "this rule was there already" });
    Ok(())
}

/// Adds rules and waits until they count.
async fn in_force(writing: &mut Writing, rules: &[NewRule]) -> Result<engine::AddedRules> {
    let added = writing.add_rules(rules).await?;
    writing.wait(Visible::Rules).await?;
    Ok(added)
}

async fn remove(global: &Global, config: &Config, id: i64) -> Result<()> {
    // A directory that is not there has no rule to remove, and is not made for that.
    drop(open_existing(opening::options(global, config)).await?);
    let mut writing = Writing::open(opening::options(global, config), "rules", Hold::IfFree).await?;
    let removed = async {
        let removed = writing.remove_rule(id).await?;
        writing.wait(Visible::Rules).await?;
        anyhow::Ok(removed)
    }
    .await;
    writing.close().await;
    let Some(rule) = removed? else {
        return Err(output::hinted(format!("there is no rule {id}"), "`qiusuo rules list` shows them"));
    };
    if global.json {
        return output::json(&line(&rule, true));
    }
    output::note(format_args!("rule {id} no longer counts"));
    Ok(())
}

fn list(global: &Global, rules: &[RuleRecord]) -> Result<()> {
    if global.json {
        return rules.iter().try_for_each(|rule| output::json(&line(rule, true)));
    }
    let moment = |moment: Option<i64>| moment.map(shown_moment).unwrap_or_default();
    let rows = rules.iter().map(|record| {
        let id = record.id.to_string();
        let row = match line(record, false).rule {
            Rule::Pin { prefix, text, position, valid_from, valid_to } => {
                ["pin".to_owned(), prefix, text, position.to_string(), moment(valid_from), moment(valid_to)]
            }
            Rule::BanText(text) => ban("ban", text),
            Rule::BanPattern(pattern) => ban("ban pattern", pattern),
            Rule::Synonyms { from, words } => {
                let typed = from.unwrap_or_default();
                ["synonyms".to_owned(), typed, words.join(", "), String::new(), String::new(), String::new()]
            }
        };
        std::iter::once(id).chain(row).collect()
    });
    output::table(&["id", "rule", "typed", "text", "position", "from", "to"], rows)
}

/// The cells of a ban.
fn ban(kind: &str, text: String) -> [String; 6] {
    [kind.to_owned(), String::new(), text, String::new(), String::new(), String::new()]
}

fn export(global: &Global, rules: &[RuleRecord], file: &Path) -> Result<()> {
    let mut lines = Vec::new();
    for rule in rules {
        serde_json::to_writer(&mut lines, &line(rule, false))?;
        lines.push(b'\n');
    }
    if file == Path::new("-") {
        std::io::stdout().lock().write_all(&lines)?;
        return Ok(());
    }
    std::fs::write(file, lines).with_context(|| format!("cannot write {}", file.display()))?;
    if global.json {
        return output::json(&json!({ "exported": rules.len(), "file": file }));
    }
    output::note(format_args!("{} rules written to {}", rules.len(), file.display()));
    Ok(())
}

/// All rules of the file, or none: half of a set of rules is a set that nobody wanted.
async fn import(global: &Global, config: &Config, file: &Path) -> Result<()> {
    let rules = read(file)?;
    let mut writing = Writing::open(opening::options(global, config), "rules", Hold::IfFree).await?;
    let added = in_force(&mut writing, &rules).await;
    writing.close().await;
    let added = added?.added;
    let present = rules.len() - added;
    if global.json {
        return output::json(&json!({ "read": rules.len(), "added": added, "present": present }));
    }
    output::note(format_args!("{} rules read: {added} added, {present} were there already", rules.len()));
    Ok(())
}

/// The rules of a file.
fn read(file: &Path) -> Result<Vec<NewRule>> {
    let mut lines = Lines::open(file)?;
    let (mut rules, mut bad) = (Vec::new(), Vec::new());
    let mut number = 0_u64;
    while let Some(line) = lines.next_line()? {
        number += 1;
        match line {
            Line::Text(text) if text.trim().is_empty() => {}
            Line::Text(text) => match new_rule(&text) {
                Ok(rule) => rules.push(rule),
                Err(reason) => bad.push((number, reason.to_string())),
            },
            Line::Bad(reason) => bad.push((number, reason)),
        }
    }
    if bad.is_empty() {
        return Ok(rules);
    }
    for (number, reason) in bad.iter().take(TOLD) {
        output::note(format_args!("{}:{number}: {reason}", file.display()));
    }
    if bad.len() > TOLD {
        output::note(format_args!("and {} more", bad.len() - TOLD));
    }
    let message =
        format!("{} lines of {} are no rules; none of the file was added", bad.len(), file.display());
    Err(output::hinted(message, "correct the lines that are named and import the file again"))
}

fn new_rule(text: &str) -> Result<NewRule> {
    Ok(match rule_line(text)?.rule {
        Rule::Pin { prefix, text, position, valid_from, valid_to } => {
            NewRule::pin(&prefix, &text, position, valid_from, valid_to)?
        }
        Rule::BanText(text) => NewRule::ban_word(&text)?,
        Rule::BanPattern(pattern) => NewRule::ban_pattern(&pattern)?,
        Rule::Synonyms { from, words } => NewRule::synonyms(from.as_deref(), &words)?,
    })
}

/// A stored rule in the form of the outside.
fn line(record: &RuleRecord, with_id: bool) -> RuleLine {
    let rule = NewRule {
        kind: record.kind,
        prefix: record.prefix.clone(),
        text: record.text.clone(),
        position: record.position,
        valid_from: record.valid_from,
        valid_to: record.valid_to,
    };
    RuleLine { id: with_id.then_some(record.id), rule: told(&rule) }
}

fn told(rule: &NewRule) -> Rule {
    let text = rule.text.clone();
    match rule.kind {
        RuleKind::Pin => Rule::Pin {
            prefix: rule.prefix.clone(),
            text,
            position: rule.position,
            valid_from: rule.valid_from,
            valid_to: rule.valid_to,
        },
        RuleKind::Word => Rule::BanText(text),
        RuleKind::Pattern => Rule::BanPattern(text),
        RuleKind::Synonyms => Rule::Synonyms {
            from: Some(rule.prefix.clone()).filter(|from| !from.is_empty()),
            words: synonyms_of(&text).into_iter().map(str::to_owned).collect(),
        },
    }
}
