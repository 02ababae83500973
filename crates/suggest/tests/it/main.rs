//! The suggestion index from outside.

mod files;
mod oracle;
mod phrases;
mod routes;
