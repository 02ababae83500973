//! The suggestion index from outside.

mod answers;
mod files;
mod flags;
mod oracle;
mod overlay;
mod phrases;
mod routes;
mod rules;
mod support;
mod verdicts;
