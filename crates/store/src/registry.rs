//! Who may call: applications, API tokens, operators. Every change is announced, so that a running server reads
//! what changed again, and noted in the audit log in the same transaction.

mod account_name;
pub(crate) mod applications;
mod callers;
mod changes;
mod operators;
mod tokens;

pub use applications::{Application, ApplicationChange, NewApplication};
pub use callers::CallerChange;
pub use changes::{RegistryChange, RegistryChanges};
pub use operators::Operator;
pub use tokens::{ApiToken, NewApiToken};

/// The key under which a change is announced that may concern every caller.
pub(crate) const EVERYTHING: i64 = 0;

/// Secrets stay out of what is printed, encrypted or hashed as they are.
macro_rules! print_by_name {
    ($kind:ident, $name:ident) => {
        impl std::fmt::Debug for $kind {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "{}({} {})", stringify!($kind), self.id, self.$name)
            }
        }
    };
}
use print_by_name;
