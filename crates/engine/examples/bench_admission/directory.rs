//! A directory with many tokens: a third without limits, a third with a rate, a third with a quota and a price.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::Result;
use engine::{
    Accounting, Administration, Amount, Api, CallerUpdate, Engine, Holder, Limit, LimitChange, Options, Rate,
    open_store,
};

/// A server's engine and the tokens that it knows.
pub(crate) struct Filled {
    pub(crate) engine: Arc<Engine>,
    pub(crate) tokens: Vec<String>,
}

/// Makes the tokens and opens the directory as a server does.
pub(crate) async fn fill(path: &Path, count: usize) -> Result<Filled> {
    let options = Options::new(path);
    let directory = open_store(options.clone()).await?;
    let administration = Administration {
        store: &directory.store,
        secrets: &directory.secrets,
        clock: &directory.options.clock,
        defaults: &directory.options.limits,
        who: "bench",
    };
    let accounting = Accounting { store: &directory.store, clock: &directory.options.clock, who: "bench" };
    let account = accounting.create("bench", Amount(1_000_000_000_000)).await?.id.to_string();
    let mut tokens = Vec::with_capacity(count);
    for number in 0..count {
        let created =
            administration.create_token(&format!("token-{number}"), &update(number, &account)).await?;
        tokens.push(created.secret);
    }
    directory.store.clone().close().await;
    drop(directory);
    let holder = Holder::this_process("serve", "");
    let engine = Engine::lock(options, &holder, Duration::from_secs(10)).await?.start().await?;
    Ok(Filled { engine, tokens })
}

/// Every limit is far above what the bench asks for.
fn update(number: usize, account: &str) -> CallerUpdate {
    let change = match number % 3 {
        0 => return CallerUpdate::default(),
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
    CallerUpdate {
        account: Some(Some(account.to_owned())),
        limits: vec![(Api::Suggest, change)],
        ..CallerUpdate::default()
    }
}
