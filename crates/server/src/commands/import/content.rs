//! Content items.

use std::path::Path;

use anyhow::Result;
use engine::{Clock, ItemRecord};
use wire::import::content_line;

use super::{
    Session,
    reader::{Batch, Reader},
};
use crate::items::record;

/// Lines of one transaction beside a server, which writes too and waits for its end.
const LINES: usize = 1_000;
/// Lines of one transaction where nobody waits: the pages that every item changes are written once for more of them.
const LINES_ALONE: usize = 4_000;

/// Imports one file.
pub(super) async fn import(session: &mut Session<'_>, file: &Path) -> Result<()> {
    let own_base = session.config.server.public_url.clone();
    let parse = move |line: &str, batch: &mut Batch<ItemRecord>| {
        let mut line = content_line(line, own_base.as_deref())?;
        batch.unknown(std::mem::take(&mut line.unknown_keys));
        batch.derived_ids += u64::from(line.derived_id);
        batch.rows.push(record(line, Clock::system().unix_seconds()));
        Ok(())
    };
    let lines = if session.writing.is_holder() { LINES_ALONE } else { LINES };
    let mut reader = Reader::start(file, 0, lines, Box::new(parse))?;
    while let Some(batch) = reader.next().await? {
        let Batch { rows, rejects, unknown_keys, derived_ids, .. } = batch;
        session.rejects.write(file, &rejects)?;
        if !rows.is_empty() {
            let put = session.writing.put_items(&rows).await?;
            session.summary.accepted += put.accepted;
            session.summary.updated += put.updated;
        }
        session.summary.read += (rows.len() + rejects.len()) as u64;
        session.summary.rejected += rejects.len() as u64;
        session.summary.derived_ids += derived_ids;
        session.summary.unknown(unknown_keys);
    }
    Ok(())
}
