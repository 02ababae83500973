//! Applications: the callers of content search.

use serde_json::json;
use sqlx::{AnyConnection, Row as _, any::AnyRow};

use super::{CallerChange, callers, print_by_name};
use crate::{
    By, Error, Result, Store, Subject,
    audit::{self, AuditRecord},
    bulk::{Bulk, pieces},
    error::exists,
    limits::{self, CallerLimits},
    sequence::{add_to_counter, announce},
};

/// What a message calls it.
const WHAT: &str = "application";

/// A caller of content search.
#[derive(Clone, PartialEq, Eq)]
pub struct Application {
    /// Its small number, part of every access token.
    pub id: i64,
    /// Its number among the callers.
    pub caller: i64,
    /// The account that pays for it.
    pub account: Option<i64>,
    /// The channel name under which it calls; unique.
    pub partner: String,
    /// Its secret, encrypted by the caller of this function.
    pub secure_key: Vec<u8>,
    /// The secret before it, while that one was not taken out of force at once.
    pub previous_key: Option<Vec<u8>>,
    /// Until when the secret before it is in force, Unix milliseconds.
    pub previous_until_ms: i64,
    /// Whether it may call.
    pub enabled: bool,
    /// Whether a repeated nonce is refused.
    pub refuse_repeated_nonce: bool,
    /// Access tokens issued before this moment (Unix seconds) are dead.
    pub not_before: i64,
    /// When it was made.
    pub created_ms: i64,
}

print_by_name!(Application, partner);

/// An application that is to be made.
#[derive(Clone, Copy)]
pub struct NewApplication<'a> {
    /// The channel name under which it will call.
    pub partner: &'a str,
    /// Its secret. It is stored as it comes: encrypt it first.
    pub secure_key: &'a [u8],
    /// Its account, its limits and the rest.
    pub change: &'a ApplicationChange,
}

/// What is changed of an application; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApplicationChange {
    /// Account, limits, state.
    pub caller: CallerChange,
    /// Whether a repeated nonce is refused.
    pub refuse_repeated_nonce: Option<bool>,
}

static BY_CALLER: Bulk = Bulk::list(
    "SELECT id, caller, account, partner, secure_key, previous_key, previous_until_ms, enabled, \
     refuse_repeated_nonce, not_before, created_ms FROM applications WHERE caller IN",
    "",
);

impl Application {
    /// As the audit log shows it.
    pub(crate) fn describe(&self, limits: &CallerLimits) -> Option<String> {
        let mut fields = json!({
            "partner": self.partner, "account": self.account, "enabled": self.enabled,
            "refuse_repeated_nonces": self.refuse_repeated_nonce, "not_before": self.not_before,
            "limits": callers::describe_limits(limits),
        });
        if self.previous_key.is_some() {
            fields["previous_until_ms"] = json!(self.previous_until_ms);
        }
        Some(fields.to_string())
    }

    fn subject(&self) -> String {
        format!("application {}", self.partner)
    }
}

impl Store {
    /// Makes an application and returns its number.
    ///
    /// # Errors
    /// [`Error::Exists`] if the partner exists; as [`Store::update_application`].
    pub async fn create_application(&self, new: &NewApplication<'_>, by: &By<'_>) -> Result<i64> {
        let mut transaction = self.begin().await?;
        let id = add_to_counter(&mut transaction, "application", 1).await?;
        let caller = callers::new_number(&mut transaction).await?;
        let nothing = (None, true, CallerLimits::default());
        let named = (WHAT, new.partner);
        let made = callers::change(&mut transaction, named, caller, nothing, &new.change.caller).await?;
        let application = Application {
            id,
            caller,
            account: made.account,
            partner: new.partner.to_owned(),
            secure_key: new.secure_key.to_vec(),
            previous_key: None,
            previous_until_ms: 0,
            enabled: made.enabled,
            refuse_repeated_nonce: new.change.refuse_repeated_nonce.unwrap_or(false),
            not_before: 0,
            created_ms: by.now_ms,
        };
        sqlx::query(
            "INSERT INTO applications (id, caller, account, partner, secure_key, enabled, \
             refuse_repeated_nonce, not_before, created_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(id)
        .bind(caller)
        .bind(application.account)
        .bind(&application.partner)
        .bind(application.secure_key.clone())
        .bind(i64::from(application.enabled))
        .bind(i64::from(application.refuse_repeated_nonce))
        .bind(application.not_before)
        .bind(application.created_ms)
        .execute(&mut *transaction)
        .await
        .map_err(|error| exists(error, WHAT, new.partner))?;
        let described = application.describe(&made.limits);
        let record = AuditRecord::new(by, "create", application.subject(), None, described);
        audit::note(&mut transaction, &record, by.now_ms).await?;
        announce(&mut transaction, Subject::Registry, &[caller]).await?;
        transaction.commit().await?;
        Ok(id)
    }

    /// Changes the account, the limits or the state of an application.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none, or no such account; [`Error::NobodyPays`] if it would have a price
    /// or a cap and no account; when the database fails.
    pub async fn update_application(
        &self,
        partner: &str,
        change: &ApplicationChange,
        by: &By<'_>,
    ) -> Result<()> {
        let mut transaction = self.begin().await?;
        let before = named(&mut transaction, partner).await?;
        let limits = limits::of(&mut transaction, before.caller).await?;
        let state = (before.account, before.enabled, limits);
        let what = (WHAT, partner);
        let made = callers::change(&mut transaction, what, before.caller, state, &change.caller).await?;
        let after = Application {
            account: made.account,
            enabled: made.enabled,
            refuse_repeated_nonce: change.refuse_repeated_nonce.unwrap_or(before.refuse_repeated_nonce),
            ..before.clone()
        };
        let described = (before.describe(&limits), after.describe(&made.limits));
        write(&mut transaction, &after, "update", described, by).await?;
        Ok(transaction.commit().await?)
    }

    /// Gives an application a new secret, encrypted. The one before it stays in force until `previous_until_ms`; a
    /// moment that is not after now ends it at once, as it does the one before that in any case.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none; when the database fails.
    pub async fn rotate_application(
        &self,
        partner: &str,
        secure_key: &[u8],
        previous_until_ms: i64,
        by: &By<'_>,
    ) -> Result<()> {
        let mut transaction = self.begin().await?;
        let before = named(&mut transaction, partner).await?;
        let limits = limits::of(&mut transaction, before.caller).await?;
        let overlaps = previous_until_ms > by.now_ms;
        let after = Application {
            secure_key: secure_key.to_vec(),
            previous_key: overlaps.then(|| before.secure_key.clone()),
            previous_until_ms: if overlaps { previous_until_ms } else { 0 },
            ..before.clone()
        };
        let described = (before.describe(&limits), after.describe(&limits));
        write(&mut transaction, &after, "rotate", described, by).await?;
        Ok(transaction.commit().await?)
    }

    /// Every application, by number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn applications(&self) -> Result<Vec<Application>> {
        let rows = sqlx::query(
            "SELECT id, caller, account, partner, secure_key, previous_key, previous_until_ms, enabled, \
             refuse_repeated_nonce, not_before, created_ms FROM applications ORDER BY id",
        )
        .fetch_all(self.readers())
        .await?;
        rows.iter().map(read).collect()
    }

    /// Those of the applications that have these numbers among the callers.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn applications_of(&self, callers: &[i64]) -> Result<Vec<Application>> {
        let mut applications = Vec::new();
        for piece in pieces(callers) {
            let query = piece.iter().fold(BY_CALLER.query(piece.len()), |query, caller| query.bind(*caller));
            for row in query.fetch_all(self.readers()).await? {
                applications.push(read(&row)?);
            }
        }
        Ok(applications)
    }

    /// The application with that channel name, enabled or not.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn application_by_partner(&self, partner: &str) -> Result<Option<Application>> {
        let mut connection = self.readers().acquire().await?;
        match named(&mut connection, partner).await {
            Ok(application) => Ok(Some(application)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Writes everything of an application that can change, with its audit row, and announces it.
pub(crate) async fn write(
    connection: &mut AnyConnection,
    application: &Application,
    action: &str,
    (before, after): (Option<String>, Option<String>),
    by: &By<'_>,
) -> Result<()> {
    sqlx::query(
        "UPDATE applications SET account = $1, secure_key = $2, previous_key = $3, previous_until_ms = $4, \
         enabled = $5, refuse_repeated_nonce = $6, not_before = $7 WHERE id = $8",
    )
    .bind(application.account)
    .bind(application.secure_key.clone())
    .bind(application.previous_key.clone())
    .bind(application.previous_until_ms)
    .bind(i64::from(application.enabled))
    .bind(i64::from(application.refuse_repeated_nonce))
    .bind(application.not_before)
    .bind(application.id)
    .execute(&mut *connection)
    .await?;
    let record = AuditRecord::new(by, action, application.subject(), before, after);
    audit::note(connection, &record, by.now_ms).await?;
    announce(connection, Subject::Registry, &[application.caller]).await?;
    Ok(())
}

pub(crate) async fn named(connection: &mut AnyConnection, partner: &str) -> Result<Application> {
    let row = sqlx::query(
        "SELECT id, caller, account, partner, secure_key, previous_key, previous_until_ms, enabled, \
         refuse_repeated_nonce, not_before, created_ms FROM applications WHERE partner = $1",
    )
    .bind(partner)
    .fetch_optional(connection)
    .await?;
    read(&row.ok_or_else(|| Error::NotFound { what: WHAT, name: partner.to_owned() })?)
}

fn read(row: &AnyRow) -> Result<Application> {
    Ok(Application {
        id: row.try_get(0)?,
        caller: row.try_get(1)?,
        account: row.try_get(2)?,
        partner: row.try_get(3)?,
        secure_key: row.try_get(4)?,
        previous_key: row.try_get(5)?,
        previous_until_ms: row.try_get(6)?,
        enabled: row.try_get::<i64, _>(7)? != 0,
        refuse_repeated_nonce: row.try_get::<i64, _>(8)? != 0,
        not_before: row.try_get(9)?,
        created_ms: row.try_get(10)?,
    })
}
