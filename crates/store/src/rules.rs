//! What operators decided: texts pinned to a place among the suggestions, words and patterns that are banned from
//! them, and words that mean the same to the search.

use std::collections::HashMap;

use sqlx::{AnyConnection, Row as _, any::AnyRow};

use crate::{
    Error, Result, Store, Subject,
    bulk::{Bulk, pieces},
    sequence::{add_to_counter, announce},
};

/// The columns of a rule in the order in which they are bound and read.
macro_rules! columns {
    () => {
        "id, kind, prefix, text, position, valid_from, valid_to, created_ms"
    };
}

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RuleKind {
    /// Puts a text at a place under a prefix.
    Pin,
    /// Bans every suggestion that holds a word.
    Word,
    /// Bans every suggestion that a regular expression matches.
    Pattern,
    /// Lets words be found by one another.
    Synonyms,
}

/// A rule of an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleRecord {
    /// The identity, given when the rule is added.
    pub id: i64,
    /// What it does.
    pub kind: RuleKind,
    /// Under what it is pinned, as the operator typed it. Of synonyms the word that is typed, where only that one finds
    /// the others.
    pub prefix: String,
    /// The pinned text, the banned word or the regular expression; synonyms, a line each.
    pub text: String,
    /// The place of a pin, from 1 on; 0 for the others.
    pub position: i64,
    /// From when on it is in force, Unix seconds.
    pub valid_from: Option<i64>,
    /// Until when it is in force, Unix seconds.
    pub valid_to: Option<i64>,
    /// When it was made.
    pub created_ms: i64,
}

/// What adding rules did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddedRules {
    /// For every rule in the order given its id, be it new or of the same rule that was there already.
    pub ids: Vec<i64>,
    /// How many are new.
    pub added: usize,
    /// The number of the change; 0 when nothing is new.
    pub sequence: i64,
}

static ADD: Bulk = Bulk::rows(concat!("INSERT INTO rules (", columns!(), ") VALUES"), 8, "");

impl RuleKind {
    fn number(self) -> i64 {
        match self {
            RuleKind::Pin => 0,
            RuleKind::Word => 1,
            RuleKind::Pattern => 2,
            RuleKind::Synonyms => 3,
        }
    }

    fn of_number(number: i64) -> Result<RuleKind> {
        match number {
            0 => Ok(RuleKind::Pin),
            1 => Ok(RuleKind::Word),
            2 => Ok(RuleKind::Pattern),
            3 => Ok(RuleKind::Synonyms),
            _ => Err(Error::Damaged { what: format!("a rule has the kind {number}") }),
        }
    }
}

impl Store {
    /// Adds rules, whose ids are not looked at, and announces the change, in one transaction. A rule that is
    /// there already in every respect but `id` and `created_ms` is not added again: its id is returned. If all
    /// of them are, nothing is announced.
    ///
    /// # Errors
    /// When the database fails; then nothing was written.
    pub async fn add_rules(&self, rules: &[RuleRecord]) -> Result<AddedRules> {
        let mut transaction = self.begin().await?;
        let kept = read_rules(&mut transaction).await?;
        let mut known: HashMap<_, i64> = kept.iter().map(|rule| (identity(rule), rule.id)).collect();
        let mut next = add_to_counter(&mut transaction, "rule", 0).await? + 1;
        let (mut ids, mut new) = (Vec::with_capacity(rules.len()), Vec::new());
        for rule in rules {
            let id = *known.entry(identity(rule)).or_insert(next);
            if id == next {
                new.push((id, rule));
                next += 1;
            }
            ids.push(id);
        }
        if new.is_empty() {
            return Ok(AddedRules { ids, ..AddedRules::default() });
        }
        insert(&mut transaction, &new).await?;
        add_to_counter(&mut transaction, "rule", new.len() as i64).await?;
        let sequence = announce(&mut transaction, Subject::Rules, &[0]).await?;
        transaction.commit().await?;
        Ok(AddedRules { ids, added: new.len(), sequence })
    }

    /// Removes a rule and announces it; the rule and the change's number, or `None` if no rule has that id.
    ///
    /// # Errors
    /// When the database fails; then nothing was written.
    pub async fn remove_rule(&self, id: i64) -> Result<Option<(RuleRecord, i64)>> {
        let mut transaction = self.begin().await?;
        let row = sqlx::query(concat!("DELETE FROM rules WHERE id = $1 RETURNING ", columns!()))
            .bind(id)
            .fetch_optional(&mut *transaction)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let rule = read_rule(&row)?;
        let sequence = announce(&mut transaction, Subject::Rules, &[0]).await?;
        transaction.commit().await?;
        Ok(Some((rule, sequence)))
    }

    /// All rules, by id, which is the order in which they were added.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rules(&self) -> Result<Vec<RuleRecord>> {
        read_rules(&mut *self.readers().acquire().await?).await
    }
}

/// All that makes two rules the same.
fn identity(rule: &RuleRecord) -> (RuleKind, &str, &str, i64, Option<i64>, Option<i64>) {
    (rule.kind, &rule.prefix, &rule.text, rule.position, rule.valid_from, rule.valid_to)
}

async fn insert(connection: &mut AnyConnection, rules: &[(i64, &RuleRecord)]) -> Result<()> {
    for piece in pieces(rules) {
        let mut query = ADD.query(piece.len());
        for (id, rule) in piece {
            query = query
                .bind(*id)
                .bind(rule.kind.number())
                .bind(rule.prefix.clone())
                .bind(rule.text.clone())
                .bind(rule.position)
                .bind(rule.valid_from)
                .bind(rule.valid_to)
                .bind(rule.created_ms);
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

async fn read_rules(connection: &mut AnyConnection) -> Result<Vec<RuleRecord>> {
    let rows =
        sqlx::query(concat!("SELECT ", columns!(), " FROM rules ORDER BY id")).fetch_all(connection).await?;
    rows.iter().map(read_rule).collect()
}

fn read_rule(row: &AnyRow) -> Result<RuleRecord> {
    Ok(RuleRecord {
        id: row.try_get(0)?,
        kind: RuleKind::of_number(row.try_get(1)?)?,
        prefix: row.try_get(2)?,
        text: row.try_get(3)?,
        position: row.try_get(4)?,
        valid_from: row.try_get(5)?,
        valid_to: row.try_get(6)?,
        created_ms: row.try_get(7)?,
    })
}
