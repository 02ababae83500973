//! Seeing what other connections have written, this process's own pool included.

use sqlx::{AnyConnection, Row as _};

use crate::{Result, Store};

/// Tells whether anything was committed since it was asked last. It reads one number that the database keeps
/// for each connection, so it is cheap enough to be asked ten times a second.
pub struct Watch {
    connection: AnyConnection,
    version: i64,
}

impl Store {
    /// Begins to watch: what is committed from now on will show.
    ///
    /// # Errors
    /// When the database cannot be opened once more.
    pub async fn watch(&self) -> Result<Watch> {
        let mut connection = self.own_connection().await?;
        let version = data_version(&mut connection).await?;
        Ok(Watch { connection, version })
    }
}

impl Watch {
    /// Whether anything was committed since the last call.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn changed(&mut self) -> Result<bool> {
        let version = data_version(&mut self.connection).await?;
        Ok(std::mem::replace(&mut self.version, version) != version)
    }
}

async fn data_version(connection: &mut AnyConnection) -> Result<i64> {
    let row = sqlx::query("PRAGMA data_version").fetch_one(connection).await?;
    Ok(row.try_get(0)?)
}
