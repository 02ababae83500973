//! API tokens: the callers of the suggestions.

use serde_json::json;
use sqlx::{AnyConnection, Row as _, any::AnyRow};

use super::{CallerChange, callers, print_by_name};
use crate::{
    By, Error, Result, Store, Subject,
    audit::{self, AuditRecord},
    bulk::{Bulk, pieces},
    error::exists,
    limits::{self, CallerLimits},
    sequence::announce,
};

/// What a message calls it.
const WHAT: &str = "API token";

/// A caller of the suggestions.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiToken {
    /// The identity.
    pub id: String,
    /// Its number among the callers.
    pub caller: i64,
    /// The account that pays for it.
    pub account: Option<i64>,
    /// The name that its owner gave it; unique.
    pub name: String,
    /// The beginning of the token, to recognise it by.
    pub prefix: String,
    /// The token's hash.
    pub hash: Vec<u8>,
    /// The hash of the token before it, while that one was not taken out of force at once.
    pub previous_hash: Option<Vec<u8>>,
    /// Until when the token before it is in force, Unix milliseconds.
    pub previous_until_ms: i64,
    /// Whether it may call.
    pub enabled: bool,
    /// When it was made.
    pub created_ms: i64,
}

print_by_name!(ApiToken, name);

/// A token that is to be made.
#[derive(Clone, Copy)]
pub struct NewApiToken<'a> {
    /// The name that its owner gives it.
    pub name: &'a str,
    /// The beginning of the token.
    pub prefix: &'a str,
    /// The token's hash.
    pub hash: &'a [u8],
    /// Its account and its limits.
    pub caller: &'a CallerChange,
}

static BY_CALLER: Bulk = Bulk::list(
    "SELECT id, caller, account, name, prefix, hash, previous_hash, previous_until_ms, enabled, created_ms \
     FROM api_tokens WHERE caller IN",
    "",
);

impl ApiToken {
    /// As the audit log shows it.
    fn describe(&self, limits: &CallerLimits) -> Option<String> {
        let mut fields = json!({
            "name": self.name, "begins": self.prefix, "account": self.account, "enabled": self.enabled,
            "limits": callers::describe_limits(limits),
        });
        if self.previous_hash.is_some() {
            fields["previous_until_ms"] = json!(self.previous_until_ms);
        }
        Some(fields.to_string())
    }

    fn subject(&self) -> String {
        format!("token {}", self.name)
    }
}

impl Store {
    /// Makes an API token and returns its identity.
    ///
    /// # Errors
    /// [`Error::Exists`] if the name exists; as [`Store::update_api_token`].
    pub async fn create_api_token(&self, new: &NewApiToken<'_>, by: &By<'_>) -> Result<String> {
        let mut transaction = self.begin().await?;
        let token = create(&mut transaction, new, by).await?;
        announce(&mut transaction, Subject::Registry, &[token.caller]).await?;
        transaction.commit().await?;
        Ok(token.id)
    }

    /// Makes many API tokens, or none.
    ///
    /// # Errors
    /// As [`Store::create_api_token`].
    pub async fn create_api_tokens(&self, new: &[NewApiToken<'_>], by: &By<'_>) -> Result<()> {
        let mut transaction = self.begin().await?;
        let mut callers = Vec::with_capacity(new.len());
        for token in new {
            callers.push(create(&mut transaction, token, by).await?.caller);
        }
        announce(&mut transaction, Subject::Registry, &callers).await?;
        Ok(transaction.commit().await?)
    }

    /// Changes the account, the limits or the state of the API token of that name.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none, or no such account; [`Error::NobodyPays`] if it would have a price
    /// or a cap and no account; when the database fails.
    pub async fn update_api_token(&self, name: &str, change: &CallerChange, by: &By<'_>) -> Result<()> {
        let mut transaction = self.begin().await?;
        let before = named(&mut transaction, name).await?;
        let limits = limits::of(&mut transaction, before.caller).await?;
        let state = (before.account, before.enabled, limits);
        let made = callers::change(&mut transaction, (WHAT, name), before.caller, state, change).await?;
        let after = ApiToken { account: made.account, enabled: made.enabled, ..before.clone() };
        let described = (before.describe(&limits), after.describe(&made.limits));
        write(&mut transaction, &after, "update", described, by).await?;
        Ok(transaction.commit().await?)
    }

    /// Gives the API token of that name a new text. The one before it stays in force until `previous_until_ms`; a
    /// moment that is not after now ends it at once, as it does the one before that in any case.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none; when the database fails.
    pub async fn rotate_api_token(
        &self,
        name: &str,
        (prefix, hash): (&str, &[u8]),
        previous_until_ms: i64,
        by: &By<'_>,
    ) -> Result<()> {
        let mut transaction = self.begin().await?;
        let before = named(&mut transaction, name).await?;
        let limits = limits::of(&mut transaction, before.caller).await?;
        let overlaps = previous_until_ms > by.now_ms;
        let after = ApiToken {
            prefix: prefix.to_owned(),
            hash: hash.to_vec(),
            previous_hash: overlaps.then(|| before.hash.clone()),
            previous_until_ms: if overlaps { previous_until_ms } else { 0 },
            ..before.clone()
        };
        let described = (before.describe(&limits), after.describe(&limits));
        write(&mut transaction, &after, "rotate", described, by).await?;
        Ok(transaction.commit().await?)
    }

    /// Every API token, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn api_tokens(&self) -> Result<Vec<ApiToken>> {
        let rows = sqlx::query(
            "SELECT id, caller, account, name, prefix, hash, previous_hash, previous_until_ms, enabled, created_ms \
             FROM api_tokens ORDER BY id",
        )
        .fetch_all(self.readers())
        .await?;
        rows.iter().map(read).collect()
    }

    /// Those of the API tokens that have these numbers among the callers.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn api_tokens_of(&self, callers: &[i64]) -> Result<Vec<ApiToken>> {
        let mut tokens = Vec::new();
        for piece in pieces(callers) {
            let query = piece.iter().fold(BY_CALLER.query(piece.len()), |query, caller| query.bind(*caller));
            for row in query.fetch_all(self.readers()).await? {
                tokens.push(read(&row)?);
            }
        }
        Ok(tokens)
    }

    /// The API token of that name, enabled or not.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn api_token_by_name(&self, name: &str) -> Result<Option<ApiToken>> {
        let mut connection = self.readers().acquire().await?;
        match named(&mut connection, name).await {
            Ok(token) => Ok(Some(token)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Writes a new token and its audit row; announces nothing.
async fn create(connection: &mut AnyConnection, new: &NewApiToken<'_>, by: &By<'_>) -> Result<ApiToken> {
    let caller = callers::new_number(connection).await?;
    let nothing = (None, true, CallerLimits::default());
    let made = callers::change(connection, (WHAT, new.name), caller, nothing, new.caller).await?;
    let token = ApiToken {
        id: uuid::Uuid::now_v7().to_string(),
        caller,
        account: made.account,
        name: new.name.to_owned(),
        prefix: new.prefix.to_owned(),
        hash: new.hash.to_vec(),
        previous_hash: None,
        previous_until_ms: 0,
        enabled: made.enabled,
        created_ms: by.now_ms,
    };
    sqlx::query(
        "INSERT INTO api_tokens (id, caller, account, name, prefix, hash, enabled, created_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&token.id)
    .bind(token.caller)
    .bind(token.account)
    .bind(&token.name)
    .bind(&token.prefix)
    .bind(token.hash.clone())
    .bind(i64::from(token.enabled))
    .bind(token.created_ms)
    .execute(&mut *connection)
    .await
    .map_err(|error| exists(error, WHAT, new.name))?;
    let record = AuditRecord::new(by, "create", token.subject(), None, token.describe(&made.limits));
    audit::note(connection, &record, by.now_ms).await?;
    Ok(token)
}

/// Writes everything of a token that can change, with its audit row, and announces it.
async fn write(
    connection: &mut AnyConnection,
    token: &ApiToken,
    action: &str,
    (before, after): (Option<String>, Option<String>),
    by: &By<'_>,
) -> Result<()> {
    sqlx::query(
        "UPDATE api_tokens SET account = $1, prefix = $2, hash = $3, previous_hash = $4, \
         previous_until_ms = $5, enabled = $6 WHERE id = $7",
    )
    .bind(token.account)
    .bind(&token.prefix)
    .bind(token.hash.clone())
    .bind(token.previous_hash.clone())
    .bind(token.previous_until_ms)
    .bind(i64::from(token.enabled))
    .bind(&token.id)
    .execute(&mut *connection)
    .await?;
    let record = AuditRecord::new(by, action, token.subject(), before, after);
    audit::note(connection, &record, by.now_ms).await?;
    announce(connection, Subject::Registry, &[token.caller]).await?;
    Ok(())
}

async fn named(connection: &mut AnyConnection, name: &str) -> Result<ApiToken> {
    let row = sqlx::query(
        "SELECT id, caller, account, name, prefix, hash, previous_hash, previous_until_ms, enabled, created_ms \
         FROM api_tokens WHERE name = $1",
    )
    .bind(name)
    .fetch_optional(connection)
    .await?;
    read(&row.ok_or_else(|| Error::NotFound { what: WHAT, name: name.to_owned() })?)
}

fn read(row: &AnyRow) -> Result<ApiToken> {
    Ok(ApiToken {
        id: row.try_get(0)?,
        caller: row.try_get(1)?,
        account: row.try_get(2)?,
        name: row.try_get(3)?,
        prefix: row.try_get(4)?,
        hash: row.try_get(5)?,
        previous_hash: row.try_get(6)?,
        previous_until_ms: row.try_get(7)?,
        enabled: row.try_get::<i64, _>(8)? != 0,
        created_ms: row.try_get(9)?,
    })
}
