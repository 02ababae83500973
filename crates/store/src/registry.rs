//! Who may call: applications, API tokens, operators. Every change is announced, so that a running server
//! reads the registry again.

use sqlx::{Row as _, any::AnyRow};

use crate::{
    Error, Result, Store, Subject,
    error::exists,
    sequence::{add_to_counter, announce},
};

/// A caller of content search.
#[derive(Clone, PartialEq, Eq)]
pub struct Application {
    /// Its small number, part of every access token.
    pub id: i64,
    /// The channel name under which it calls; unique.
    pub partner: String,
    /// Its secret, encrypted by the caller.
    pub secure_key: Vec<u8>,
    /// Whether it may call.
    pub enabled: bool,
    /// Whether a repeated nonce is refused.
    pub refuse_repeated_nonce: bool,
    /// Access tokens issued before this moment (Unix seconds) are dead.
    pub not_before: i64,
    /// When it was made.
    pub created_ms: i64,
}

/// A caller of the suggestions.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiToken {
    /// The identity.
    pub id: String,
    /// The name that its owner gave it; unique.
    pub name: String,
    /// The beginning of the token, to recognise it by.
    pub prefix: String,
    /// The token's hash.
    pub hash: Vec<u8>,
    /// Whether it may call.
    pub enabled: bool,
    /// When it was made.
    pub created_ms: i64,
}

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

/// Secrets stay out of what is printed, encrypted or hashed as they are.
macro_rules! print_by_name {
    ($kind:ident, $name:ident) => {
        impl std::fmt::Debug for $kind {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "{}({} {})", stringify!($kind), self.id, self.$name)
            }
        }
    };
}
print_by_name!(Application, partner);
print_by_name!(ApiToken, name);
print_by_name!(Operator, name);

impl Store {
    /// Makes an application and returns its number. `secure_key` is stored as it comes: encrypt it first.
    ///
    /// # Errors
    /// [`Error::Exists`] if the partner exists; when the database fails.
    pub async fn create_application(&self, partner: &str, secure_key: &[u8], now_ms: i64) -> Result<i64> {
        let mut transaction = self.begin().await?;
        let id = add_to_counter(&mut transaction, "application", 1).await?;
        sqlx::query(
            "INSERT INTO applications \
             (id, partner, secure_key, enabled, refuse_repeated_nonce, not_before, created_ms) \
             VALUES ($1, $2, $3, 1, 0, 0, $4)",
        )
        .bind(id)
        .bind(partner)
        .bind(secure_key.to_vec())
        .bind(now_ms)
        .execute(&mut *transaction)
        .await
        .map_err(|error| exists(error, "application", partner))?;
        announce(&mut transaction, Subject::Registry, &[0]).await?;
        transaction.commit().await?;
        Ok(id)
    }

    /// Every application, by number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn applications(&self) -> Result<Vec<Application>> {
        let rows = sqlx::query(
            "SELECT id, partner, secure_key, enabled, refuse_repeated_nonce, not_before, created_ms \
             FROM applications ORDER BY id",
        )
        .fetch_all(self.readers())
        .await?;
        rows.iter().map(read_application).collect()
    }

    /// The application with that channel name, enabled or not.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn application_by_partner(&self, partner: &str) -> Result<Option<Application>> {
        let row = sqlx::query(
            "SELECT id, partner, secure_key, enabled, refuse_repeated_nonce, not_before, created_ms \
             FROM applications WHERE partner = $1",
        )
        .bind(partner)
        .fetch_optional(self.readers())
        .await?;
        row.as_ref().map(read_application).transpose()
    }

    /// Switches an application on or off.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none; when the database fails.
    pub async fn set_application_enabled(&self, partner: &str, enabled: bool) -> Result<()> {
        let statement = "UPDATE applications SET enabled = $1 WHERE partner = $2";
        self.set(statement, i64::from(enabled), "application", partner).await
    }

    /// Says whether an application's repeated nonce is refused.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none; when the database fails.
    pub async fn set_application_refuses_repeats(&self, partner: &str, refuse: bool) -> Result<()> {
        let statement = "UPDATE applications SET refuse_repeated_nonce = $1 WHERE partner = $2";
        self.set(statement, i64::from(refuse), "application", partner).await
    }

    /// Ends every access token of an application that was issued before a moment (Unix seconds).
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none; when the database fails.
    pub async fn set_application_not_before(&self, partner: &str, not_before: i64) -> Result<()> {
        let statement = "UPDATE applications SET not_before = $1 WHERE partner = $2";
        self.set(statement, not_before, "application", partner).await
    }

    /// Makes an API token and returns its identity.
    ///
    /// # Errors
    /// [`Error::Exists`] if the name exists; when the database fails.
    pub async fn create_api_token(
        &self,
        name: &str,
        prefix: &str,
        hash: &[u8],
        now_ms: i64,
    ) -> Result<String> {
        let id = uuid::Uuid::now_v7().to_string();
        let mut transaction = self.begin().await?;
        sqlx::query(
            "INSERT INTO api_tokens (id, name, prefix, hash, enabled, created_ms) VALUES ($1, $2, $3, $4, 1, $5)",
        )
        .bind(&id)
        .bind(name)
        .bind(prefix)
        .bind(hash.to_vec())
        .bind(now_ms)
        .execute(&mut *transaction)
        .await
        .map_err(|error| exists(error, "API token", name))?;
        announce(&mut transaction, Subject::Registry, &[0]).await?;
        transaction.commit().await?;
        Ok(id)
    }

    /// Every API token, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn api_tokens(&self) -> Result<Vec<ApiToken>> {
        let rows =
            sqlx::query("SELECT id, name, prefix, hash, enabled, created_ms FROM api_tokens ORDER BY id")
                .fetch_all(self.readers())
                .await?;
        rows.iter().map(read_api_token).collect()
    }

    /// Switches an API token on or off, by its identity.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none; when the database fails.
    pub async fn set_api_token_enabled(&self, id: &str, enabled: bool) -> Result<()> {
        let statement = "UPDATE api_tokens SET enabled = $1 WHERE id = $2";
        self.set(statement, i64::from(enabled), "API token", id).await
    }

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
        now_ms: i64,
    ) -> Result<String> {
        let id = uuid::Uuid::now_v7().to_string();
        let mut transaction = self.begin().await?;
        sqlx::query(
            "INSERT INTO operators (id, name, role, prefix, hash, enabled, created_ms) \
             VALUES ($1, $2, $3, $4, $5, 1, $6)",
        )
        .bind(&id)
        .bind(name)
        .bind(role)
        .bind(prefix)
        .bind(hash.to_vec())
        .bind(now_ms)
        .execute(&mut *transaction)
        .await
        .map_err(|error| exists(error, "operator", name))?;
        announce(&mut transaction, Subject::Registry, &[0]).await?;
        transaction.commit().await?;
        Ok(id)
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
        rows.iter().map(read_operator).collect()
    }

    /// Switches an operator's key on or off.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none; when the database fails.
    pub async fn set_operator_enabled(&self, name: &str, enabled: bool) -> Result<()> {
        let statement = "UPDATE operators SET enabled = $1 WHERE name = $2";
        self.set(statement, i64::from(enabled), "operator", name).await
    }

    /// Runs an UPDATE of one value in one row, and announces it.
    async fn set(&self, statement: &'static str, value: i64, what: &'static str, name: &str) -> Result<()> {
        let mut transaction = self.begin().await?;
        let changed = sqlx::query(statement).bind(value).bind(name).execute(&mut *transaction).await?;
        if changed.rows_affected() == 0 {
            return Err(Error::NotFound { what, name: name.to_owned() });
        }
        announce(&mut transaction, Subject::Registry, &[0]).await?;
        Ok(transaction.commit().await?)
    }
}

fn read_application(row: &AnyRow) -> Result<Application> {
    Ok(Application {
        id: row.try_get(0)?,
        partner: row.try_get(1)?,
        secure_key: row.try_get(2)?,
        enabled: row.try_get::<i64, _>(3)? != 0,
        refuse_repeated_nonce: row.try_get::<i64, _>(4)? != 0,
        not_before: row.try_get(5)?,
        created_ms: row.try_get(6)?,
    })
}

fn read_api_token(row: &AnyRow) -> Result<ApiToken> {
    Ok(ApiToken {
        id: row.try_get(0)?,
        name: row.try_get(1)?,
        prefix: row.try_get(2)?,
        hash: row.try_get(3)?,
        enabled: row.try_get::<i64, _>(4)? != 0,
        created_ms: row.try_get(5)?,
    })
}

fn read_operator(row: &AnyRow) -> Result<Operator> {
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
