//! The engine over real directories: what it derives, what it survives, what it promises about pages.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod credentials;
mod derived;
mod entries;
mod live;
mod overlay;
mod pages;
mod reindexing;
mod repairs;
mod rules;
mod standing;
mod support;
mod takedown;
mod walks;
mod why_not;
mod writing;
