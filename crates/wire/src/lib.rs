//! The formats of the outside as types: parameters, envelopes, codes, signatures, item shapes,
//! import lines.
//!
//! This is the one place where a field name of the outside is spelled. It does no I/O, knows no
//! HTTP framework and no other crate of the workspace; time and randomness always come in as
//! arguments, so every function gives the same answer for the same input.
//!
//! ```
//! use wire::{content, query::Parameters, signature};
//!
//! let parameters = Parameters::parse("keyword=%E7%BE%8E%E9%A3%9F&count=0")?;
//! let search = content::SearchParameters::parse(&parameters)?;
//! assert_eq!(search.keyword.as_str(), "美食");
//! assert_eq!(search.count, 10, "0 means the default");
//!
//! let signature = signature::sign("3f9a1c5e7b2d4860a1b2c3d4e5f60718", "1695624033", "123456");
//! assert_eq!(signature, "0a403725e0720dab41edc027c4eda38214e4388f");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod access_token;
pub mod admin;
pub mod content;
pub mod import;
pub mod items;
mod json;
pub mod problem;
pub mod query;
pub mod signature;
pub mod suggestions;
pub mod template;
pub mod time;
pub mod webhook;

/// The description of the HTTP calls, OpenAPI 3.1 in JSON.
pub const OPENAPI: &str = include_str!("../openapi.json");
