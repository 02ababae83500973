//! Operators: who runs the server.

use serde_json::json;
use sqlx::{AnyConnection, Row as _, any::AnyRow};

use super::{EVERYTHING, print_by_name};
use crate::{
    By, Error, Result, Store, Subject,
    audit::{self, AuditRecord},
    error::exists,
    sequence::announce,
};

/// Somebody who runs the server.
#[derive(Clone, PartialEq, Eq)]
pub struct Operator {
    /// The identity.
    pub id: String,
    /// The name; unique.
    pub name: String,
    /// What the operator may do.
    pub role: String,
    /// The beginning of the key, to recognise it by.
    pub prefix: String,
    /// The key's hash.
    pub hash: Vec<u8>,
    /// Whether the key is in force.
    pub enabled: bool,
    /// When it was made.
    pub created_ms: i64,
}

print_by_name!(Operator, name);

impl Operator {
    /// As the audit log shows it.
    fn describe(&self) -> Option<String> {
        let fields = json!({
            "name": self.name, "role": self.role, "begins": self.prefix, "enabled": self.enabled,
        });
        Some(fields.to_string())
    }

    fn subject(&self) -> String {
        format!("operator {}", self.name)
    }
}

impl Store {
    /// Makes an operator and returns the identity.
    ///
    /// # Errors
    /// [`Error::Exists`] if the name exists; when the database fails.
    pub async fn create_operator(
        &self,
        name: &str,
        role: &str,
        prefix: &str,
        hash: &[u8],
        by: &By<'_>,
    ) -> Result<String> {
        let operator = Operator {
            id: uuid::Uuid::now_v7().to_string(),
            name: name.to_owned(),
            role: role.to_owned(),
            prefix: prefix.to_owned(),
            hash: hash.to_vec(),
            enabled: true,
            created_ms: by.now_ms,
        };
        let mut transaction = self.begin().await?;
        sqlx::query(
            "INSERT INTO operators (id, name, role, prefix, hash, enabled, created_ms) \
             VALUES ($1, $2, $3, $4, $5, 1, $6)",
        )
        .bind(&operator.id)
        .bind(name)
        .bind(role)
        .bind(prefix)
        .bind(hash.to_vec())
        .bind(by.now_ms)
        .execute(&mut *transaction)
        .await
        .map_err(|error| exists(error, "operator", name))?;
        let record = AuditRecord::new(by, "create", operator.subject(), None, operator.describe());
        audit::note(&mut transaction, &record, by.now_ms).await?;
        announce(&mut transaction, Subject::Registry, &[EVERYTHING]).await?;
        transaction.commit().await?;
        Ok(operator.id)
    }

    /// Every operator, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn operators(&self) -> Result<Vec<Operator>> {
        let rows = sqlx::query(
            "SELECT id, name, role, prefix, hash, enabled, created_ms FROM operators ORDER BY id",
        )
        .fetch_all(self.readers())
        .await?;
        rows.iter().map(read).collect()
    }

    /// Switches an operator's key on or off.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none; when the database fails.
    pub async fn set_operator_enabled(&self, name: &str, enabled: bool, by: &By<'_>) -> Result<()> {
        let mut transaction = self.begin().await?;
        switch(&mut transaction, name, enabled, by).await?;
        Ok(transaction.commit().await?)
    }

    /// Switches an operator's key on or off, unless that leaves nobody with this role whose key is on.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none; [`Error::Last`] if it is the last one; when the database fails.
    pub async fn set_operator_enabled_keeping(
        &self,
        role: &str,
        name: &str,
        enabled: bool,
        by: &By<'_>,
    ) -> Result<()> {
        let mut transaction = self.begin().await?;
        let before = switch(&mut transaction, name, enabled, by).await?;
        // The audit log's counter is locked by now, so that no two can leave at once.
        let left = sqlx::query("SELECT COUNT(*) FROM operators WHERE role = $1 AND enabled = 1")
            .bind(role)
            .fetch_one(&mut *transaction)
            .await?;
        if before.role == role && left.try_get::<i64, _>(0)? == 0 {
            return Err(Error::Last { what: "operator", name: name.to_owned() });
        }
        Ok(transaction.commit().await?)
    }
}

/// Switches a key, notes and announces it; returns what the operator was before.
async fn switch(connection: &mut AnyConnection, name: &str, enabled: bool, by: &By<'_>) -> Result<Operator> {
    let row = sqlx::query(
        "SELECT id, name, role, prefix, hash, enabled, created_ms FROM operators WHERE name = $1",
    )
    .bind(name)
    .fetch_optional(&mut *connection)
    .await?;
    let row = row.ok_or_else(|| Error::NotFound { what: "operator", name: name.to_owned() })?;
    let before = read(&row)?;
    let after = Operator { enabled, ..before.clone() };
    sqlx::query("UPDATE operators SET enabled = $1 WHERE name = $2")
        .bind(i64::from(enabled))
        .bind(name)
        .execute(&mut *connection)
        .await?;
    let action = if enabled { "enable" } else { "disable" };
    let record = AuditRecord::new(by, action, after.subject(), before.describe(), after.describe());
    audit::note(connection, &record, by.now_ms).await?;
    announce(connection, Subject::Registry, &[EVERYTHING]).await?;
    Ok(before)
}

fn read(row: &AnyRow) -> Result<Operator> {
    Ok(Operator {
        id: row.try_get(0)?,
        name: row.try_get(1)?,
        role: row.try_get(2)?,
        prefix: row.try_get(3)?,
        hash: row.try_get(4)?,
        enabled: row.try_get::<i64, _>(5)? != 0,
        created_ms: row.try_get(6)?,
    })
}
