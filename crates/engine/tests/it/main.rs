//! The engine over real directories: what it derives, what it survives, what it promises about pages.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod derived;
mod pages;
mod support;
mod writing;
