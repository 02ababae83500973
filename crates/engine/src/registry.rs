//! Who may call: applications, API tokens and operators, held in memory.
//!
//! A request path never reads the store: it looks a credential up here, by hash or by name, so what is wrong costs
//! neither a statement nor memory. The follower loads again what changed of the store's registry rows.

mod loading;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, atomic::AtomicI64},
};

use arc_swap::ArcSwap;
use subtle::ConstantTimeEq as _;

use crate::{Caller, Callers, secrets};

/// An application of content search, with its secret in the clear.
pub struct Application {
    /// Its number, part of every access token.
    pub number: u32,
    /// The channel name under which it calls.
    pub partner: String,
    /// The key that signs its calls. Never printed.
    pub secure_key: String,
    /// The key before it, and until when it signs too, Unix milliseconds.
    previous_key: Option<(String, i64)>,
    /// Whether it may call.
    pub enabled: bool,
    /// Whether a repeated nonce is refused.
    pub refuse_repeated_nonce: bool,
    /// Access tokens issued before this moment (Unix seconds) are dead.
    pub not_before: i64,
    /// What it may do, and who pays.
    pub caller: Arc<Caller>,
}

impl Application {
    /// The keys that sign its calls now: the present one and, until its time is over, the one before.
    pub fn keys(&self, now_ms: i64) -> impl Iterator<Item = &str> {
        let previous = self.previous_key.as_ref().filter(|(_, until_ms)| now_ms < *until_ms);
        [Some(&self.secure_key), previous.map(|(key, _)| key)].into_iter().flatten().map(String::as_str)
    }
}

impl fmt::Debug for Application {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Application({} {})", self.number, self.partner)
    }
}

/// A token of the suggestion API.
pub struct ApiToken {
    /// Its identity in the store.
    pub id: String,
    /// The name that its owner gave it.
    pub name: String,
    /// Whether it may call.
    pub enabled: bool,
    /// What it may do, and who pays.
    pub caller: Arc<Caller>,
    hash: [u8; 32],
    /// The hash of the token before it, and until when that one is good too, Unix milliseconds.
    previous: Option<([u8; 32], i64)>,
}

impl ApiToken {
    fn is(&self, hash: &[u8; 32], now_ms: i64) -> bool {
        let previous = self.previous.as_ref().filter(|(_, until_ms)| now_ms < *until_ms);
        is_same(&self.hash, hash) || previous.is_some_and(|(previous, _)| is_same(previous, hash))
    }
}

impl fmt::Debug for ApiToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ApiToken({} {})", self.id, self.name)
    }
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
pub struct Operator {
    /// The operator's name.
    pub name: String,
    /// What the operator may do.
    pub role: Role,
    /// Whether the key is in force.
    pub enabled: bool,
    hash: [u8; 32],
}

impl fmt::Debug for Operator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Operator({} {})", self.name, self.role.name())
    }
}

/// Everything at one moment. Two hashes that begin alike would hide one another: with 100,000 tokens the odds are
/// one in three thousand million.
#[derive(Clone, Default)]
struct Snapshot {
    applications: HashMap<String, Arc<Application>>,
    tokens: HashMap<u64, Arc<ApiToken>>,
    operators: HashMap<u64, Arc<Operator>>,
    callers: HashMap<i64, Known>,
    /// The moment before which a user's access tokens are dead, by application and user.
    revoked: HashMap<(u32, u64), i64>,
    /// The moment before which all access tokens are dead.
    not_before: i64,
}

/// A caller by its number.
#[derive(Clone)]
enum Known {
    Token(Arc<ApiToken>),
    Application(Arc<Application>),
}

impl Known {
    fn caller(&self) -> &Arc<Caller> {
        match self {
            Known::Token(token) => &token.caller,
            Known::Application(application) => &application.caller,
        }
    }
}

/// The credentials in force.
pub struct Registry {
    snapshot: ArcSwap<Snapshot>,
    /// The newest change that was looked at; -1 before the first reading.
    seen: AtomicI64,
}

impl Registry {
    /// The enabled application `partner`.
    pub fn application(&self, partner: &str) -> Option<Arc<Application>> {
        self.snapshot.load().applications.get(partner).filter(|application| application.enabled).cloned()
    }

    /// The enabled API token whose text is `token`, or was until it was rotated. It is found by the beginning of
    /// its hash and compared in constant time, so that nothing about the stored tokens can be learned from how
    /// long a wrong one takes.
    pub fn api_token(&self, token: &str, now_ms: i64) -> Option<Arc<ApiToken>> {
        let hash = secrets::hash(token);
        let snapshot = self.snapshot.load();
        let found = snapshot.tokens.get(&place(&hash))?;
        (found.is(&hash, now_ms) && found.enabled).then(|| Arc::clone(found))
    }

    /// The enabled operator whose key is `key`.
    pub fn operator(&self, key: &str) -> Option<Arc<Operator>> {
        let hash = secrets::hash(key);
        let snapshot = self.snapshot.load();
        let found = snapshot.operators.get(&place(&hash))?;
        (is_same(&found.hash, &hash) && found.enabled).then(|| Arc::clone(found))
    }

    /// The caller of that number, enabled or not.
    pub fn caller(&self, number: i64) -> Option<Arc<Caller>> {
        self.snapshot.load().callers.get(&number).map(|known| Arc::clone(known.caller()))
    }

    /// Every caller, enabled or not.
    pub fn callers(&self) -> Vec<Arc<Caller>> {
        self.snapshot.load().callers.values().map(|known| Arc::clone(known.caller())).collect()
    }

    /// Whether a user's access token that was issued at `issued` (Unix seconds) was revoked: with the user's, with
    /// the application's, or with all of them.
    pub fn revoked(&self, application: &Application, user: u64, issued: i64) -> bool {
        issued < self.not_before(application, user)
    }

    /// The moment (Unix seconds) that a token issued at `now` is to carry: now, unless those of this second were
    /// revoked.
    pub fn issued_at(&self, application: &Application, user: u64, now: i64) -> i64 {
        now.max(self.not_before(application, user))
    }

    fn not_before(&self, application: &Application, user: u64) -> i64 {
        let snapshot = self.snapshot.load();
        let of_user = snapshot.revoked.get(&(application.number, user)).copied().unwrap_or(0);
        of_user.max(application.not_before).max(snapshot.not_before)
    }
}

impl Callers for Registry {
    fn caller(&self, number: i64) -> Option<Arc<Caller>> {
        Registry::caller(self, number)
    }
}

/// Where a hash is looked up: its first eight bytes.
fn place(hash: &[u8; 32]) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = *hash;
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

fn is_same(known: &[u8; 32], given: &[u8; 32]) -> bool {
    known.ct_eq(given).into()
}
