//! Everything with a row: items of record, the change sequence, the query log, suggestion entries and rules,
//! who may call, and single values; besides them the page lists, which live in memory.
//!
//! This is the only crate that knows SQL. The truth is one SQLite file in the data directory; every statement
//! is written so that PostgreSQL takes it too. A write is durable when its function returns, and what it
//! changed is announced in the same transaction by a number of one sequence, so the order of commits is the
//! order of the numbers and a reader that saw number *n* will never meet a smaller one later.
//!
//! An item is carried as opaque bytes plus the columns that somebody acts on; the fields of the outside are
//! not spelled here, and no clock is read here: times come from the caller.
//!
//! ```
//! # async fn example() -> store::Result<()> {
//! let directory = std::env::temp_dir().join("qiusuo-store-example");
//! let store = store::Store::open(&directory).await?;
//! let item = store::ItemRecord { group_id: 7, title: "家常菜做法".to_owned(), online: true, ..Default::default() };
//! let put = store.put_items(&[item]).await?;
//! assert_eq!(store.last_sequence().await?, put.sequence);
//! # Ok(())
//! # }
//! ```

mod alarms;
mod amount;
mod audit;
mod bulk;
mod database;
mod entries;
mod error;
mod items;
pub mod ledger;
mod limits;
mod meta;
pub mod pages;
mod progress;
mod queries;
mod registry;
mod revoking;
mod rules;
mod sequence;
mod usage;
mod users;
mod watch;

pub use alarms::{Alarm, WaitingAlarms};
pub use amount::{Amount, AmountError};
pub use audit::{AuditRecord, AuditRow, By};
pub use database::Store;
pub use entries::EntryRecord;
pub use error::{Error, Result};
pub use items::{
    Act, Acts, CountersRecord, Item, ItemChange, ItemCounts, ItemRecord, PutOutcome, Standing,
    StandingChange, TitleRow,
};
pub use ledger::{UsageOf, UsageRow};
pub use limits::{Api, CallerLimits, Limit, LimitChange, LimitRecord, Rate};
pub use progress::ImportProgress;
pub use queries::{QueryCount, QueryTotal, QueryUser};
pub use registry::{
    ApiToken, Application, ApplicationChange, CallerChange, NewApiToken, NewApplication, Operator,
    RegistryChange, RegistryChanges,
};
pub use rules::{AddedRules, RuleKind, RuleRecord};
pub use sequence::Subject;
pub use usage::DayCalls;
pub use users::{RevokedUser, UserRecord};
pub use watch::Watch;
