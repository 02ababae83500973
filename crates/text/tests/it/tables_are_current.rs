//! The generated files under `data/` equal what the generator makes from the lexicon files.

#[path = "../../examples/generate/tables/mod.rs"]
mod tables;

use std::io::Write;
use std::path::Path;

#[test]
fn tables_are_current() {
    let Some(root) = std::env::var_os("QIUSUO_DATA") else {
        // Written past the test runner, which hides what a passing test prints.
        let notice = "SKIPPED: tables_are_current needs QIUSUO_DATA, the folder that holds lexicon/";
        let _ = writeln!(std::io::stderr(), "{notice}");
        return;
    };
    let lexicon = Path::new(&root).join("lexicon");
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    for table in tables::TABLES {
        let made = (table.make)(&lexicon, &data);
        let kept = std::fs::read_to_string(data.join(table.file));
        match (made, kept) {
            (Ok(made), Ok(kept)) => assert!(made == kept, "{} is stale: run the generator", table.file),
            (made, kept) => panic!("{}: {:?} {:?}", table.file, made.err(), kept.err()),
        }
    }
}
