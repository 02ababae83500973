//! Who may call: applications, API tokens and operators, held in memory.
//!
//! A request path never reads the store: it looks a credential up here, by hash or by name. The follower
//! loads the whole registry again when the store's registry rows change.

use std::{collections::HashMap, fmt, sync::Arc};

use arc_swap::ArcSwap;
use store::Store;

use crate::{
    Caller, Callers, Result,
    secrets::{self, Secrets},
};

/// An application of content search, with its secret in the clear.
pub struct Application {
    /// Its number, part of every access token.
    pub number: u32,
    /// The channel name under which it calls.
    pub partner: String,
    /// The key that signs its calls. Never printed.
    pub secure_key: String,
    /// Whether it may call.
    pub enabled: bool,
    /// Access tokens issued before this moment (Unix seconds) are dead.
    pub not_before: i64,
}

impl fmt::Debug for Application {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Application({} {})", self.number, self.partner)
    }
}

/// A token of the suggestion API.
#[derive(Debug)]
pub struct ApiToken {
    /// Its identity in the store.
    pub id: String,
    /// The name that its owner gave it.
    pub name: String,
    /// Whether it may call.
    pub enabled: bool,
}

/// What an operator may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Sees.
    Reader,
    /// Sees and changes content and rules.
    Editor,
    /// Everything, credentials and money too.
    Owner,
}

impl Role {
    /// The role's name on the command line and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Role::Reader => "reader",
            Role::Editor => "editor",
            Role::Owner => "owner",
        }
    }

    /// The role of that name.
    pub fn parse(name: &str) -> Option<Role> {
        [Role::Reader, Role::Editor, Role::Owner].into_iter().find(|role| role.name() == name)
    }
}

/// An operator of this server.
#[derive(Debug)]
pub struct Operator {
    /// The operator's name.
    pub name: String,
    /// What the operator may do.
    pub role: Role,
    /// Whether the key is in force.
    pub enabled: bool,
}

#[derive(Default)]
struct Snapshot {
    sequence: i64,
    applications: HashMap<String, Arc<Application>>,
    tokens: HashMap<[u8; 32], Arc<ApiToken>>,
    operators: HashMap<[u8; 32], Arc<Operator>>,
}

/// The credentials in force.
#[derive(Default)]
pub struct Registry(ArcSwap<Snapshot>);

impl Registry {
    /// Reads everything from the store, if its registry has changed since the last time.
    ///
    /// # Errors
    /// When the store cannot be read, or a `secure_key` does not open with this master key.
    pub async fn refresh(&self, store: &Store, secrets: &Secrets) -> Result<()> {
        let sequence = store.last_sequence_of(store::Subject::Registry).await?;
        if sequence == self.0.load().sequence && sequence != 0 {
            return Ok(());
        }
        let mut snapshot = Snapshot { sequence, ..Snapshot::default() };
        for row in store.applications().await? {
            let secure_key = secrets.unseal(&row.partner, &row.secure_key)?;
            let application = Application {
                number: row.id as u32,
                partner: row.partner.clone(),
                secure_key,
                enabled: row.enabled,
                not_before: row.not_before,
            };
            snapshot.applications.insert(row.partner, Arc::new(application));
        }
        for row in store.api_tokens().await? {
            let Ok(hash) = <[u8; 32]>::try_from(row.hash.as_slice()) else { continue };
            snapshot
                .tokens
                .insert(hash, Arc::new(ApiToken { id: row.id, name: row.name, enabled: row.enabled }));
        }
        for row in store.operators().await? {
            let (Ok(hash), Some(role)) = (<[u8; 32]>::try_from(row.hash.as_slice()), Role::parse(&row.role))
            else {
                continue;
            };
            snapshot
                .operators
                .insert(hash, Arc::new(Operator { name: row.name, role, enabled: row.enabled }));
        }
        self.0.store(Arc::new(snapshot));
        Ok(())
    }

    /// The enabled application `partner`.
    pub fn application(&self, partner: &str) -> Option<Arc<Application>> {
        self.0.load().applications.get(partner).filter(|application| application.enabled).cloned()
    }

    /// The enabled API token whose text is `token`. Looked up by hash, so that nothing about the stored
    /// tokens can be learned from how long a wrong one takes.
    pub fn api_token(&self, token: &str) -> Option<Arc<ApiToken>> {
        self.0.load().tokens.get(&secrets::hash(token)).filter(|token| token.enabled).cloned()
    }

    /// The enabled operator whose key is `key`.
    pub fn operator(&self, key: &str) -> Option<Arc<Operator>> {
        self.0.load().operators.get(&secrets::hash(key)).filter(|operator| operator.enabled).cloned()
    }
}

impl Callers for Registry {
    fn caller(&self, _number: i64) -> Option<Arc<Caller>> {
        None
    }
}
