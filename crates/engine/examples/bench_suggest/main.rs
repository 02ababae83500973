//! Measures the suggestion engine's core: no HTTP, no store, thread CPU time. `bench/run suggest` calls it.
//!
//! ```text
//! bench_suggest generate SETS ENTRIES FILE       a query log of so many distinct entries, see `generate`
//! bench_suggest build FILE BASE                  builds a base from it: time, memory, size by part
//! bench_suggest ask FILE BASE [--inputs N]       opens the base and times requests, see `ask`
//! bench_suggest calibrate                        the fixed loop alone
//! ```
//!
//! Each prints one JSON document. They are processes of their own so that the memory of one does not count for
//! another.

#![expect(clippy::print_stdout, reason = "the figures are what this program is for")]

mod ask;
mod build;
mod clock;
mod generate;
mod lines;

use std::error::Error;
use std::path::Path;

/// What any part may fail with.
pub(crate) type Outcome<T> = Result<T, Box<dyn Error>>;

/// The seed of everything that is drawn.
pub(crate) const SEED: u64 = 20_261_123;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let document = match arguments.as_slice() {
        ["generate", sets, entries, file] => {
            generate::run(Path::new(sets), entries.parse()?, Path::new(file))?
        }
        ["build", file, base] => build::run(Path::new(file), Path::new(base))?,
        ["ask", file, base] => ask::run(Path::new(file), Path::new(base), ask::INPUTS)?,
        ["ask", file, base, "--inputs", inputs] => {
            ask::run(Path::new(file), Path::new(base), inputs.parse()?)?
        }
        ["calibrate"] => clock::calibration(),
        _ => {
            return Err(
                "usage: bench_suggest generate SETS ENTRIES FILE | build FILE BASE | ask FILE BASE".into()
            );
        }
    };
    println!("{document}");
    Ok(())
}
