//! `qiusuo items`: its options.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `qiusuo items`.
#[derive(Debug, Clone, Subcommand)]
pub enum Items {
    /// Put items, one JSON object a line: new ones and such as are there
    Put(ItemsPut),
    /// Print an item as a line that can be put again
    Get(ItemsOne),
    /// Delete items for good
    Delete(ItemsIds),
    /// Take items out of every answer; they are kept
    TakeDown(ItemsIds),
    /// Bring back items that were taken down
    Restore(ItemsIds),
    /// Set counters, one JSON object a line: group_id and the numbers as they are now
    Counters(ItemsFile),
}

/// `qiusuo items put`.
#[derive(Debug, Clone, Args)]
pub struct ItemsPut {
    /// Return when the items are durably stored, not when they can be found
    #[arg(long)]
    pub no_wait: bool,
    /// The lines.
    #[command(flatten)]
    pub lines: ItemsFile,
}

/// A file of lines.
#[derive(Debug, Clone, Args)]
pub struct ItemsFile {
    /// The file, plain, .gz or .zst; - for standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// One item.
#[derive(Debug, Clone, Args)]
pub struct ItemsOne {
    /// Its group_id
    #[arg(value_name = "ID", value_parser = group_id)]
    pub group_id: i64,
}

/// Some items.
#[derive(Debug, Clone, Args)]
pub struct ItemsIds {
    /// Their group_ids
    #[arg(required = true, value_name = "ID", value_parser = group_id)]
    pub group_ids: Vec<i64>,
}

/// Reads a `group_id`.
fn group_id(text: &str) -> Result<i64, String> {
    wire::import::group_id_text(text).map_err(|error| error.reason)
}
