//! Tests of the crate's public surface, in one binary.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod entries;
mod import_content;
mod openapi;
mod queries;
mod round_trips;
mod seeds;
mod templates;
