//! End users of the applications.

use std::collections::HashMap;

use sqlx::Row as _;

use crate::{
    Result, Store,
    bulk::{Bulk, pieces},
};

/// An end user who registered. What is `None` keeps its value in a user who is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserRecord {
    /// The application's number.
    pub application: i64,
    /// The user's number within it.
    pub user_id: i64,
    /// When the user registered.
    pub seen_ms: i64,
    /// The application's other identity of the user.
    pub ouid: Option<String>,
    /// Age in years.
    pub age: Option<i64>,
    /// `f` or `m`.
    pub gender: Option<String>,
    /// Year of birth.
    pub birth: Option<i64>,
}

/// A user whose older access tokens are dead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevokedUser {
    /// The application's number.
    pub application: i64,
    /// The user's number within it.
    pub user_id: i64,
    /// Access tokens issued before this moment (Unix seconds) are dead.
    pub not_before: i64,
}

static PUT: Bulk = Bulk::rows(
    "INSERT INTO users (application, user_id, first_seen_ms, last_seen_ms, ouid, age, gender, birth, not_before) \
     VALUES",
    9,
    "ON CONFLICT (application, user_id) DO UPDATE SET last_seen_ms = excluded.last_seen_ms, \
     ouid = COALESCE(excluded.ouid, users.ouid), age = COALESCE(excluded.age, users.age), \
     gender = COALESCE(excluded.gender, users.gender), birth = COALESCE(excluded.birth, users.birth)",
);

impl Store {
    /// Writes users who registered; announces nothing.
    ///
    /// # Errors
    /// When the database fails; then nothing was written.
    pub async fn put_users(&self, users: &[UserRecord]) -> Result<()> {
        let mut transaction = self.begin().await?;
        for piece in pieces(&fold(users)) {
            let mut query = PUT.query(piece.len());
            for user in piece {
                query = query
                    .bind(user.application)
                    .bind(user.user_id)
                    .bind(user.seen_ms)
                    .bind(user.seen_ms)
                    .bind(user.ouid.clone())
                    .bind(user.age)
                    .bind(user.gender.clone())
                    .bind(user.birth)
                    .bind(0_i64);
            }
            query.execute(&mut *transaction).await?;
        }
        Ok(transaction.commit().await?)
    }

    /// How many users registered with an application.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_users(&self, application: i64) -> Result<i64> {
        let row = sqlx::query("SELECT COUNT(*) FROM users WHERE application = $1")
            .bind(application)
            .fetch_one(self.readers())
            .await?;
        Ok(row.try_get(0)?)
    }

    /// The users whose older access tokens are dead.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoked_users(&self) -> Result<Vec<RevokedUser>> {
        let rows = sqlx::query(
            "SELECT application, user_id, not_before FROM users WHERE not_before > 0 ORDER BY application, user_id",
        )
        .fetch_all(self.readers())
        .await?;
        let read = |row: &sqlx::any::AnyRow| {
            Ok(RevokedUser {
                application: row.try_get(0)?,
                user_id: row.try_get(1)?,
                not_before: row.try_get(2)?,
            })
        };
        rows.iter().map(read).collect()
    }
}

/// One row for every user; later ones put what they know over the earlier ones.
fn fold(users: &[UserRecord]) -> Vec<UserRecord> {
    let mut folded: Vec<UserRecord> = Vec::with_capacity(users.len());
    let mut known = HashMap::with_capacity(users.len());
    for user in users {
        let place = *known.entry((user.application, user.user_id)).or_insert(folded.len());
        match folded.get_mut(place) {
            Some(earlier) => {
                let later = user.clone();
                *earlier = UserRecord {
                    ouid: later.ouid.or(earlier.ouid.take()),
                    age: later.age.or(earlier.age),
                    gender: later.gender.or(earlier.gender.take()),
                    birth: later.birth.or(earlier.birth),
                    ..later
                };
            }
            None => folded.push(user.clone()),
        }
    }
    folded
}
