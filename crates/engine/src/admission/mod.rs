//! Admission: who is it, may they, how often, can they pay. Before any work, for both dialects.

mod gate;
mod limits;
mod nonces;

pub use gate::Gate;
pub use limits::{Caller, Limits};
pub use nonces::{NonceTaken, Nonces};
