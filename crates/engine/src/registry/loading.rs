//! Reading the registry from the store: all of it, or the callers that changed.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use arc_swap::ArcSwap;
use store::{Api, CallerLimits, LimitRecord, RegistryChange, Store};

use super::{ApiToken, Application, Known, Operator, Registry, Role, Snapshot, place};
use crate::{Caller, Limits, Result, secrets::Secrets};

/// What was seen before the first reading.
const NEVER: i64 = -1;

impl Default for Registry {
    fn default() -> Registry {
        Registry { snapshot: ArcSwap::default(), seen: AtomicI64::new(NEVER) }
    }
}

impl Registry {
    /// Reads from the store what changed since the last time; everything the first time. `defaults` are the limits
    /// of callers for whom none are set. Returns how many rows of callers and of limits it read.
    ///
    /// # Errors
    /// When the store cannot be read, or a `secure_key` does not open with this master key.
    pub async fn refresh(
        &self,
        store: &Store,
        secrets: &Secrets,
        defaults: &[Limits; Api::ALL.len()],
    ) -> Result<usize> {
        let seen = self.seen.load(Ordering::Acquire);
        let changes = store.registry_changes(seen.max(0)).await?;
        let change = if seen == NEVER { RegistryChange::Everything } else { changes.change };
        let before = self.snapshot.load_full();
        let loading = Loading { secrets, defaults, before: &before };
        let read = match change {
            RegistryChange::Nothing => 0,
            RegistryChange::Callers(numbers) => {
                let rows = Rows {
                    tokens: store.api_tokens_of(&numbers).await?,
                    applications: store.applications_of(&numbers).await?,
                    limits: store.limits_of(&numbers).await?,
                };
                let (mut snapshot, read) = (Snapshot::clone(&before), rows.len());
                numbers.iter().for_each(|number| snapshot.forget(*number));
                loading.fill(&mut snapshot, rows)?;
                self.snapshot.store(Arc::new(snapshot));
                read
            }
            RegistryChange::Everything => {
                let rows = Rows {
                    tokens: store.api_tokens().await?,
                    applications: store.applications().await?,
                    limits: store.limits().await?,
                };
                let (mut snapshot, read) = (Snapshot::default(), rows.len());
                loading.fill(&mut snapshot, rows)?;
                fill_rest(&mut snapshot, store).await?;
                self.snapshot.store(Arc::new(snapshot));
                read
            }
        };
        self.seen.store(changes.sequence, Ordering::Release);
        Ok(read)
    }
}

/// Callers as they stand in the store.
struct Rows {
    tokens: Vec<store::ApiToken>,
    applications: Vec<store::Application>,
    limits: Vec<(i64, Api, LimitRecord)>,
}

impl Rows {
    fn len(&self) -> usize {
        self.tokens.len() + self.applications.len() + self.limits.len()
    }
}

/// What callers are made with.
struct Loading<'a> {
    secrets: &'a Secrets,
    defaults: &'a [Limits; Api::ALL.len()],
    /// The reading before: what was used up is handed on from it.
    before: &'a Snapshot,
}

impl Loading<'_> {
    fn fill(&self, snapshot: &mut Snapshot, rows: Rows) -> Result<()> {
        let mut limits: HashMap<i64, CallerLimits> = HashMap::new();
        for (caller, api, record) in rows.limits {
            limits.entry(caller).or_default()[api as usize] = record;
        }
        let caller = |number, account| {
            let set = limits.get(&number).copied().unwrap_or_default();
            self.caller(number, account, &set)
        };
        for row in rows.applications {
            let caller = caller(row.caller, row.account);
            snapshot.add_application(self.application(row, caller)?);
        }
        for row in rows.tokens {
            let caller = caller(row.caller, row.account);
            // A hash of another length was never written by this program; nothing can match it.
            if let Some(token) = token(row, caller) {
                snapshot.add_token(token);
            }
        }
        Ok(())
    }

    fn caller(&self, number: i64, account: Option<i64>, set: &CallerLimits) -> Arc<Caller> {
        let limits = Api::ALL.map(|api| self.defaults[api as usize].with(&set[api as usize]));
        let before = self.before.callers.get(&number).map(|known| &**known.caller());
        Arc::new(Caller::new(number, account, limits, before))
    }

    fn application(&self, row: store::Application, caller: Arc<Caller>) -> Result<Application> {
        let unseal = |sealed: &[u8]| self.secrets.unseal(&row.partner, sealed);
        let secure_key = unseal(&row.secure_key)?;
        let previous = row.previous_key.as_deref().map(unseal).transpose()?;
        Ok(Application {
            number: row.id as u32,
            secure_key,
            previous_key: previous.map(|key| (key, row.previous_until_ms)),
            enabled: row.enabled,
            refuse_repeated_nonce: row.refuse_repeated_nonce,
            not_before: row.not_before,
            caller,
            partner: row.partner,
        })
    }
}

fn token(row: store::ApiToken, caller: Arc<Caller>) -> Option<ApiToken> {
    let previous = row.previous_hash.and_then(|hash| <[u8; 32]>::try_from(hash).ok());
    Some(ApiToken {
        hash: row.hash.try_into().ok()?,
        previous: previous.map(|hash| (hash, row.previous_until_ms)),
        id: row.id,
        name: row.name,
        enabled: row.enabled,
        caller,
    })
}

/// Operators and revocations, which are few.
async fn fill_rest(snapshot: &mut Snapshot, store: &Store) -> Result<()> {
    for row in store.operators().await? {
        let (Ok(hash), Some(role)) = (<[u8; 32]>::try_from(row.hash), Role::parse(&row.role)) else {
            continue;
        };
        let operator = Operator { name: row.name, role, enabled: row.enabled, hash };
        snapshot.operators.insert(place(&hash), Arc::new(operator));
    }
    for user in store.revoked_users().await? {
        snapshot.revoked.insert((user.application as u32, user.user_id as u64), user.not_before);
    }
    snapshot.not_before = store.access_tokens_not_before().await?;
    Ok(())
}

impl Snapshot {
    fn add_application(&mut self, application: Application) {
        let application = Arc::new(application);
        self.callers.insert(application.caller.number, Known::Application(Arc::clone(&application)));
        self.applications.insert(application.partner.clone(), application);
    }

    fn add_token(&mut self, token: ApiToken) {
        let token = Arc::new(token);
        self.callers.insert(token.caller.number, Known::Token(Arc::clone(&token)));
        for hash in [Some(&token.hash), token.previous.as_ref().map(|(hash, _)| hash)].into_iter().flatten() {
            self.tokens.insert(place(hash), Arc::clone(&token));
        }
    }

    fn forget(&mut self, number: i64) {
        match self.callers.remove(&number) {
            None => {}
            Some(Known::Application(application)) => {
                self.applications.remove(&application.partner);
            }
            Some(Known::Token(token)) => {
                let previous = token.previous.as_ref().map(|(hash, _)| hash);
                for hash in [Some(&token.hash), previous].into_iter().flatten() {
                    self.tokens.remove(&place(hash));
                }
            }
        }
    }
}
