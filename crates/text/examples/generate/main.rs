//! Writes the generated tables of this crate again.
//!
//! Run by hand when an input or a hand-made list changes; the argument is the folder with the lexicon files:
//! `cargo run -p text --example generate -- "$QIUSUO_DATA/lexicon"`

mod tables;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(lexicon) = std::env::args_os().nth(1) else {
        return fail("name the folder with the lexicon files");
    };
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    for table in tables::TABLES {
        let written = (table.make)(Path::new(&lexicon), &data)
            .and_then(|content| std::fs::write(data.join(table.file), content));
        if let Err(error) = written {
            return fail(&format!("{}: {error}", table.file));
        }
    }
    ExitCode::SUCCESS
}

#[expect(clippy::print_stderr, reason = "a command that is run by hand")]
fn fail(problem: &str) -> ExitCode {
    eprintln!("generate: {problem}");
    ExitCode::FAILURE
}
