//! Creating and switching credentials: rows in the store, which a running server picks up by itself.

use store::Store;

use crate::{
    Clock, Error, Result,
    registry::Role,
    secrets::{self, Secrets},
};

/// How many characters of a secret are kept in the clear, so that its owner can recognise it.
const VISIBLE_CHARACTERS: usize = 10;
/// The longest name of an application, token or operator, in bytes.
const NAME_BYTES: usize = 64;

/// The credentials' service: used by the command line, on a stopped or a running server's directory.
pub struct Administration<'a> {
    /// The store that the credentials live in.
    pub store: &'a Store,
    /// The keys of the data directory.
    pub secrets: &'a Secrets,
    /// The clock for the times of creation.
    pub clock: &'a Clock,
}

/// A credential as a list shows it: never its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// A partner, a token's name, an operator's name.
    pub name: String,
    /// The beginning of the secret, to recognise it by; empty for applications.
    pub prefix: String,
    /// An operator's role; empty otherwise.
    pub role: String,
    /// Whether it is in force.
    pub enabled: bool,
    /// When it was made, Unix milliseconds.
    pub created_ms: i64,
}

/// A credential just made; the secret is shown once and kept nowhere in the clear.
pub struct Created {
    /// The credential's identity: a partner, a token's id, an operator's name.
    pub id: String,
    /// The secret itself.
    pub secret: String,
}

impl Administration<'_> {
    /// Makes an application and its `secure_key`.
    ///
    /// # Errors
    /// When the name is taken or cannot be used, or the store fails.
    pub async fn create_application(&self, partner: &str) -> Result<Created> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if !partner.chars().all(plain) {
            let reason = "only letters, digits, `_`, `-` and `.` may stand in it";
            return Err(Error::Name { what: "partner", name: partner.to_owned(), reason });
        }
        check_name("partner", partner)?;
        let secret = secrets::hex(&secrets::random::<16>()?);
        let sealed = self.secrets.seal(partner, &secret)?;
        self.store.create_application(partner, &sealed, self.clock.unix_ms()).await?;
        Ok(Created { id: partner.to_owned(), secret })
    }

    /// Makes a token of the suggestion API.
    ///
    /// # Errors
    /// When the name cannot be used, or the store fails.
    pub async fn create_token(&self, name: &str) -> Result<Created> {
        check_name("token", name)?;
        let secret = secrets::new_secret("qs")?;
        let (prefix, hash) = (&secret[..VISIBLE_CHARACTERS], secrets::hash(&secret));
        let row = self.store.create_api_token(name, prefix, &hash, self.clock.unix_ms()).await?;
        Ok(Created { id: row, secret })
    }

    /// Makes an operator and the key for `/v1/`.
    ///
    /// # Errors
    /// When the name is taken or cannot be used, or the store fails.
    pub async fn create_operator(&self, name: &str, role: Role) -> Result<Created> {
        check_name("operator", name)?;
        let secret = secrets::new_secret("qo")?;
        let (prefix, hash) = (&secret[..VISIBLE_CHARACTERS], secrets::hash(&secret));
        self.store.create_operator(name, role.name(), prefix, &hash, self.clock.unix_ms()).await?;
        Ok(Created { id: name.to_owned(), secret })
    }

    /// The `secure_key` of an application, for signing on the command line.
    ///
    /// # Errors
    /// When there is no such application, or its key does not open with this master key.
    pub async fn secure_key(&self, partner: &str) -> Result<String> {
        let row = self.store.application_by_partner(partner).await?;
        let row = row.ok_or_else(|| unknown("partner", partner))?;
        self.secrets.unseal(partner, &row.secure_key)
    }

    /// All applications.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn applications(&self) -> Result<Vec<Listed>> {
        let rows = self.store.applications().await?.into_iter();
        let listed = rows.map(|row| Listed {
            name: row.partner,
            prefix: String::new(),
            role: String::new(),
            enabled: row.enabled,
            created_ms: row.created_ms,
        });
        Ok(listed.collect())
    }

    /// All tokens of the suggestion API.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn tokens(&self) -> Result<Vec<Listed>> {
        let rows = self.store.api_tokens().await?.into_iter();
        let listed = rows.map(|row| Listed {
            name: row.name,
            prefix: row.prefix,
            role: String::new(),
            enabled: row.enabled,
            created_ms: row.created_ms,
        });
        Ok(listed.collect())
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
            enabled: row.enabled,
            created_ms: row.created_ms,
        });
        Ok(listed.collect())
    }

    /// Lets an application in or keeps it out.
    ///
    /// # Errors
    /// When there is none of that name.
    pub async fn enable_application(&self, partner: &str, enabled: bool) -> Result<()> {
        Ok(self.store.set_application_enabled(partner, enabled).await?)
    }

    /// Lets the token of that name in or keeps it out.
    ///
    /// # Errors
    /// When there is none of that name.
    pub async fn enable_token(&self, name: &str, enabled: bool) -> Result<()> {
        let tokens = self.store.api_tokens().await?;
        let token = tokens.iter().find(|token| token.name == name).ok_or_else(|| unknown("token", name))?;
        Ok(self.store.set_api_token_enabled(&token.id, enabled).await?)
    }

    /// Lets an operator in or keeps it out.
    ///
    /// # Errors
    /// When there is none of that name.
    pub async fn enable_operator(&self, name: &str, enabled: bool) -> Result<()> {
        Ok(self.store.set_operator_enabled(name, enabled).await?)
    }
}

fn unknown(what: &'static str, name: &str) -> Error {
    Error::Name {
        what,
        name: name.to_owned(),
        reason: "there is none of that name; the list command shows all",
    }
}

fn check_name(what: &'static str, name: &str) -> Result<()> {
    let reason = if name.trim().is_empty() {
        "it is empty"
    } else if name.len() > NAME_BYTES {
        "it is longer than 64 bytes"
    } else if name.chars().any(char::is_control) {
        "a control character stands in it"
    } else {
        return Ok(());
    };
    Err(Error::Name { what, name: name.to_owned(), reason })
}
