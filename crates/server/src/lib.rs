//! The binary `qiusuo`: configuration, command line, HTTP, pages.
//!
//! The only crate that knows axum and clap. Engine types meet wire types here: `http` answers requests in the
//! dialect of the API that was called, `commands` does what was typed, and both call the engine.

pub mod access_log;
mod accounts;
mod alarms;
pub mod cli;
pub mod commands;
pub mod config;
mod credentials;
mod explaining;
mod faults;
pub mod http;
mod items;
mod limits_text;
pub mod logging;
pub mod output;
pub mod pictures;
pub mod tls;
pub mod views;
