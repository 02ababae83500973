//! Wrong tokens: what they cost in memory, and whether their time tells how much of them is right.

use std::{hint::black_box, time::Instant};

use anyhow::{Result, bail};

use crate::{
    clock::{Random, memory},
    directory::Filled,
};

/// Calls between two looks at the clock: one look costs as much as a call.
const BATCH: usize = 100;
/// Characters of a token that is right but for the rest.
const RIGHT: usize = 50;

/// Times of batches, collected without keeping them.
#[derive(Default)]
struct Times {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Times {
    fn add(&mut self, nanoseconds: f64) {
        self.count += 1.0;
        let away = nanoseconds - self.mean;
        self.mean += away / self.count;
        self.squares += away * (nanoseconds - self.mean);
    }

    /// The variance of the mean.
    fn error(&self) -> f64 {
        self.squares / (self.count - 1.0) / self.count
    }
}

/// Looks up `calls` tokens that begin right and as many that begin wrong, in turns; Welch's t of their times.
pub(crate) fn measure(filled: &Filled, calls: usize) -> Result<String> {
    let engine = &filled.engine;
    let mut random = Random(11);
    let now = engine.clock().unix_ms();
    let mut times = [Times::default(), Times::default()];
    let before = memory("RssAnon");
    for batch in 0..calls / BATCH * 2 {
        let kind = batch % 2;
        let tokens: Vec<String> = (0..BATCH).map(|_| guess(filled, &mut random, kind == 0)).collect();
        let start = Instant::now();
        for token in &tokens {
            if black_box(engine.registry().api_token(token, now)).is_some() {
                bail!("a guessed token was let in");
            }
        }
        times[kind].add(start.elapsed().as_nanos() as f64 / BATCH as f64);
    }
    let grown = memory("RssAnon").saturating_sub(before);
    let [right, wrong] = times;
    let t = (right.mean - wrong.mean) / (right.error() + wrong.error()).sqrt();
    Ok(format!(
        "{{\"guesses\":{},\"right_prefix_ns\":{:.1},\"wrong_prefix_ns\":{:.1},\"welch_t\":{t:.2},\"grown_bytes\":{grown}}}",
        calls / BATCH * BATCH * 2,
        right.mean,
        wrong.mean
    ))
}

/// A token that begins like one that is known, or not, and ends wrong.
fn guess(filled: &Filled, random: &mut Random, begins_right: bool) -> String {
    let known = &filled.tokens[random.below(filled.tokens.len())];
    let mut guess = String::with_capacity(known.len());
    if begins_right {
        guess.push_str(&known[..RIGHT]);
    }
    while guess.len() < known.len() {
        guess.push(char::from_digit(random.below(16) as u32, 16).unwrap_or('0'));
    }
    guess
}
