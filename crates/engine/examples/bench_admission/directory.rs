//! A directory with many tokens: a third without limits, a third with a rate, a third with a quota and a price.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::Result;
use engine::{
    Accounting, Amount, Api, Directory, Engine, Holder, Limit, LimitChange, Options, Rate, open_store,
    secrets,
};
use store::{By, CallerChange, NewApiToken};

/// Tokens that are made in one transaction.
const AT_ONCE: usize = 1_000;

/// A server's engine and the tokens that it knows.
pub(crate) struct Filled {
    pub(crate) engine: Arc<Engine>,
    pub(crate) tokens: Vec<String>,
}

/// Makes the tokens and opens the directory as a server does.
pub(crate) async fn fill(path: &Path, count: usize) -> Result<Filled> {
    let options = Options::new(path);
    let directory = open_store(options.clone()).await?;
    let accounting = Accounting { store: &directory.store, clock: &directory.options.clock, who: "bench" };
    let account = accounting.create("bench", Amount(1_000_000_000_000)).await?.id;
    let mut tokens = Vec::with_capacity(count);
    for first in (0..count).step_by(AT_ONCE) {
        make(&directory, account, first..count.min(first + AT_ONCE), &mut tokens).await?;
    }
    directory.store.clone().close().await;
    drop(directory);
    let holder = Holder::this_process("serve", "");
    let engine = Engine::lock(options, &holder, Duration::from_secs(10)).await?.start().await?;
    Ok(Filled { engine, tokens })
}

async fn make(
    directory: &Directory,
    account: i64,
    numbers: std::ops::Range<usize>,
    tokens: &mut Vec<String>,
) -> Result<()> {
    let mut made = Vec::new();
    for number in numbers {
        let token = secrets::new_secret("qs")?;
        made.push((format!("token-{number}"), secrets::hash(&token), change(number, account)));
        tokens.push(token);
    }
    let new: Vec<NewApiToken<'_>> =
        made.iter().map(|(name, hash, caller)| NewApiToken { name, prefix: "qs", hash, caller }).collect();
    let by = By { who: "bench", now_ms: directory.options.clock.unix_ms() };
    Ok(directory.store.create_api_tokens(&new, &by).await?)
}

/// Every limit is far above what the bench asks for.
fn change(number: usize, account: i64) -> CallerChange {
    let limits = match number % 3 {
        0 => return CallerChange::default(),
        1 => LimitChange {
            rate: Some(Limit::At(Rate { calls: 1_000_000, period_ms: 1_000 })),
            ..LimitChange::default()
        },
        _ => LimitChange {
            quota: Some(Limit::At(1_000_000_000)),
            price: Some(Some(1)),
            ..LimitChange::default()
        },
    };
    CallerChange {
        account: Some(Some(account)),
        limits: vec![(Api::Suggest, limits)],
        ..CallerChange::default()
    }
}
