//! The binary: configuration, command line, HTTP, pages.

pub mod access_log;
pub mod cli;
pub mod config;
pub mod pictures;
pub mod tls;
pub mod views;
