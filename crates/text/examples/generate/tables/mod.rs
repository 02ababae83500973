//! How each generated file under `data/` is made; shared by the generator and by the test that compares.

mod folding;
mod notice;
mod readings;
mod regional;

use flate2::read::GzDecoder;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// A generated file and the function that makes its content from the lexicon folder and the data folder.
pub(crate) struct Table {
    pub(crate) file: &'static str,
    pub(crate) make: fn(&Path, &Path) -> io::Result<String>,
}

/// All generated files, in the order in which they depend on each other.
///
/// All but the first use this crate's own folding, so a change of the folding needs two runs.
pub(crate) const TABLES: &[Table] = &[
    Table { file: "simplified.txt", make: folding::simplified },
    Table { file: "folded_words.txt", make: readings::folded_words },
    Table { file: "readings.txt", make: readings::characters },
    Table { file: "words.txt", make: readings::words },
    Table { file: "regional_words.txt", make: regional::words },
    Table { file: "NOTICE.part", make: notice::notice },
];

/// The lines of a packed lexicon file without comments and empty lines.
fn lexicon_lines(lexicon: &Path, name: &str) -> io::Result<Vec<String>> {
    let mut content = String::new();
    GzDecoder::new(File::open(lexicon.join(name))?).read_to_string(&mut content)?;
    Ok(plain_lines(&content))
}

/// The lines of a hand-made list without comments and empty lines.
fn hand_lines(data: &Path, name: &str) -> io::Result<Vec<String>> {
    Ok(plain_lines(&std::fs::read_to_string(data.join(name))?))
}

fn plain_lines(content: &str) -> Vec<String> {
    content.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
}
