//! Thread CPU of an admitted call: the token looked up, let in, and its answer made.

use std::sync::Arc;

use anyhow::{Result, anyhow};
use engine::{Api, Engine};
use tokio::runtime::Runtime;

use crate::{
    clock::{Random, thread_time},
    directory::Filled,
};

/// First calls that are made at once.
const AT_ONCE: usize = 192;
/// Rounds; the median counts.
const ROUNDS: usize = 5;

/// Calls of each token at most, on average: so few that leases last. More would measure how fast leases are renewed, at
/// hundreds of thousands of calls a second that no server of this size answers.
const CALLS_A_TOKEN: usize = 3;

/// Calls by random tokens; microseconds of CPU a call, of everything and of the look-up alone.
pub(crate) fn measure(runtime: &Runtime, filled: &Filled, calls: usize) -> Result<String> {
    // The first call of a token that is leased waits for its lease.
    runtime.block_on(warm_up(filled))?;
    let calls = calls.min(filled.tokens.len() * CALLS_A_TOKEN);
    let mut rounds: Vec<(f64, f64)> = Vec::new();
    let mut random = Random(7);
    for _ in 0..ROUNDS {
        let picked: Vec<&String> =
            (0..calls / ROUNDS).map(|_| &filled.tokens[random.below(filled.tokens.len())]).collect();
        let start = thread_time();
        for token in &picked {
            std::hint::black_box(filled.engine.registry().api_token(token, filled.engine.clock().unix_ms()));
        }
        let looked_up = thread_time() - start;
        let start = thread_time();
        runtime.block_on(async {
            for token in &picked {
                call(&filled.engine, token).await?;
            }
            Ok::<_, anyhow::Error>(())
        })?;
        let admitted = thread_time() - start;
        let each = |time: std::time::Duration| time.as_secs_f64() * 1e6 / picked.len() as f64;
        rounds.push((each(admitted), each(looked_up)));
    }
    rounds.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (admitted, looked_up) = rounds[ROUNDS / 2];
    Ok(format!(
        "{{\"tokens\":{},\"admission_us\":{admitted:.3},\"look_up_us\":{looked_up:.3}}}",
        filled.tokens.len()
    ))
}

/// The first call of every token, many at once.
async fn warm_up(filled: &Filled) -> Result<()> {
    for tokens in filled.tokens.chunks(AT_ONCE) {
        let mut calls = tokio::task::JoinSet::new();
        for token in tokens {
            let (engine, token) = (Arc::clone(&filled.engine), token.clone());
            calls.spawn(async move { call(&engine, &token).await });
        }
        while let Some(called) = calls.join_next().await {
            called??;
        }
    }
    Ok(())
}

async fn call(engine: &Engine, token: &str) -> Result<()> {
    let token = engine
        .registry()
        .api_token(token, engine.clock().unix_ms())
        .ok_or_else(|| anyhow!("a token that was made is not known"))?;
    let permit = engine.admission().admit(engine.registry(), &token.caller, Api::Suggest).await;
    permit.map_err(|refused| anyhow!("a call was refused: {refused:?}"))?.succeed();
    Ok(())
}
