//! Asking for the ledger to be up to date, from another process, and answering that.

use std::time::Duration;

use tokio::time::Instant;

use super::{Admission, recovery::recover};
use crate::{Directory, Holder, Result, lock::Attempt, secrets};

/// Where a command asks a running server to write everything down, and where the server answers.
const REQUEST: &str = "settle.request";
const ANSWER: &str = "settle.answer";
/// How long a server may take for that.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// How often a waiting command looks.
const POLL: Duration = Duration::from_millis(20);

/// What became of a wish to have everything written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// No server runs: what the last one left was taken up.
    Here,
    /// The running server did it.
    ByServer,
    /// Who holds the directory did not do it in time: what the store has may be a minute old.
    NotYet(Option<Holder>),
}

/// Has everything that was spent and counted written into the store of a directory: by the server that runs there, or
/// from what a killed one left.
///
/// # Errors
/// When the store fails.
pub async fn settle_directory(directory: &Directory, command: &str) -> Result<Settled> {
    let deadline = Instant::now() + ANSWER_WITHIN;
    let (store, token) = (&directory.store, secrets::hex(&secrets::random::<8>()?));
    loop {
        match directory.try_lock(&Holder::this_process(command, ""))? {
            Attempt::Taken(lock) => {
                recover(store, &directory.options).await?;
                drop(lock);
                return Ok(Settled::Here);
            }
            Attempt::Held(holder) if Instant::now() >= deadline => return Ok(Settled::NotYet(holder)),
            Attempt::Held(_) => {}
        }
        if store.meta(ANSWER).await?.is_some_and(|answered| answered == token) {
            return Ok(Settled::ByServer);
        }
        // Another command may have asked over this one.
        if store.meta(REQUEST).await?.is_none_or(|asked| asked != token) {
            store.set_meta(REQUEST, &token).await?;
        }
        tokio::time::sleep(POLL).await;
    }
}

/// Answers a command that asked for everything to be written down.
pub(crate) async fn answer_request(store: &store::Store, admission: &Admission) -> Result<()> {
    let request = store.meta(REQUEST).await?.unwrap_or_default();
    if request.is_empty() || store.meta(ANSWER).await?.is_some_and(|answered| answered == request) {
        return Ok(());
    }
    admission.settle(None).await?;
    Ok(store.set_meta(ANSWER, &request).await?)
}
