//! Suggestion entries of the team's own.

use std::path::Path;

use anyhow::Result;
use engine::EntryRecord;
use wire::import::entry_line;

use super::{
    Session,
    reader::{Batch, Reader},
};

/// Lines of one transaction.
const LINES: usize = 1_000;

/// Imports one file.
pub(super) async fn import(session: &mut Session<'_>, file: &Path) -> Result<()> {
    let parse = |line: &str, batch: &mut Batch<EntryRecord>| {
        let line = entry_line(line)?;
        batch.unknown(line.unknown_keys);
        batch.rows.push(EntryRecord {
            key: engine::query_key(&line.text),
            text: line.text,
            weight: i64::try_from(line.weight).unwrap_or(i64::MAX),
            class: line.search_type,
            valid_from: line.valid_from,
            valid_to: line.valid_to,
            extra: line.extra,
        });
        Ok(())
    };
    let mut reader = Reader::start(file, 0, LINES, Box::new(parse))?;
    while let Some(Batch { rows, rejects, unknown_keys, .. }) = reader.next().await? {
        session.rejects.write(file, &rejects)?;
        if !rows.is_empty() {
            let put = session.writing.put_entries(&rows).await?;
            session.summary.accepted += put.accepted;
            session.summary.updated += put.updated;
        }
        session.summary.read += (rows.len() + rejects.len()) as u64;
        session.summary.rejected += rejects.len() as u64;
        session.summary.unknown(unknown_keys);
    }
    Ok(())
}
