//! Operators of this server.

use super::{Administration, Created, Listed, VISIBLE_CHARACTERS, check_name};
use crate::{Result, registry::Role, secrets};

impl Administration<'_> {
    /// Makes an operator and the key for `/v1/`.
    ///
    /// # Errors
    /// When the name is taken or cannot be used, or the store fails.
    pub async fn create_operator(&self, name: &str, role: Role) -> Result<Created> {
        check_name("operator", name)?;
        let secret = secrets::new_secret("qo")?;
        let (prefix, hash) = (&secret[..VISIBLE_CHARACTERS], secrets::hash(&secret));
        self.store.create_operator(name, role.name(), prefix, &hash, &self.by()).await?;
        Ok(Created { id: name.to_owned(), secret })
    }

    /// All operators.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn operators(&self) -> Result<Vec<Listed>> {
        let rows = self.store.operators().await?.into_iter();
        let listed = rows.map(|row| Listed {
            name: row.name,
            prefix: row.prefix,
            role: row.role,
            account: None,
            enabled: row.enabled,
            created_ms: row.created_ms,
        });
        Ok(listed.collect())
    }

    /// Lets an operator in or keeps it out.
    ///
    /// # Errors
    /// When there is none of that name.
    pub async fn enable_operator(&self, name: &str, enabled: bool) -> Result<()> {
        Ok(self.store.set_operator_enabled(name, enabled, &self.by()).await?)
    }

    /// The same for those who have no other way in: the last owner that is enabled stays.
    ///
    /// # Errors
    /// When there is none of that name, or it is the last owner.
    pub async fn enable_operator_keeping_an_owner(&self, name: &str, enabled: bool) -> Result<()> {
        let owner = Role::Owner.name();
        Ok(self.store.set_operator_enabled_keeping(owner, name, enabled, &self.by()).await?)
    }
}
