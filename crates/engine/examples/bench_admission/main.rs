//! What admission costs: CPU of a call with many tokens known, and what wrong tokens can do.
//!
//! `cargo run --release -p engine --example bench_admission -- [--tokens N] [--calls N]`; prints one JSON document a line.
//! `bench/run admission` calls it.

#![expect(clippy::print_stdout, reason = "figures go to standard output")]

mod brute;
mod clock;
mod cost;
mod directory;

use anyhow::{Result, bail};

/// What is measured.
struct Sizes {
    tokens: usize,
    calls: usize,
}

fn main() -> Result<()> {
    let sizes = sizes(std::env::args().skip(1))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let scratch = tempfile::tempdir()?;
    let filled = runtime.block_on(directory::fill(scratch.path(), sizes.tokens))?;
    // The calls run on this thread, the keeper of leases on another: only this one's time is taken.
    println!("{}", cost::measure(&runtime, &filled, sizes.calls)?);
    println!("{}", brute::measure(&filled, sizes.calls)?);
    runtime.block_on(filled.engine.close());
    Ok(())
}

fn sizes(mut arguments: impl Iterator<Item = String>) -> Result<Sizes> {
    let mut sizes = Sizes { tokens: 100_000, calls: 1_000_000 };
    while let Some(name) = arguments.next() {
        let value = arguments.next().and_then(|value| value.parse().ok());
        match (name.as_str(), value) {
            ("--tokens", Some(value)) => sizes.tokens = value,
            ("--calls", Some(value)) => sizes.calls = value,
            _ => bail!("usage: bench_admission [--tokens N] [--calls N]"),
        }
    }
    Ok(sizes)
}
