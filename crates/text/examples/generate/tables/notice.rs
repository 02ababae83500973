//! Where the tables come from, for the NOTICE of the product.

use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::io;
use std::path::Path;

/// The inputs by origin: what is made, from where, licence, files.
const ORIGINS: &[(&str, &str, &str, &[&str])] = &[
    (
        "simplified.txt",
        "OpenCC, https://github.com/BYVoid/OpenCC",
        "Apache-2.0",
        &["opencc_TSCharacters.txt.gz"],
    ),
    (
        "regional_words.txt",
        "OpenCC, https://github.com/BYVoid/OpenCC",
        "Apache-2.0",
        &["opencc_TWPhrases.txt.gz"],
    ),
    (
        "readings.txt, words.txt, folded_words.txt",
        "phrase-pinyin-data, https://github.com/mozillazg/phrase-pinyin-data",
        "MIT",
        &["pinyin_phrase.tsv.gz"],
    ),
];

/// `NOTICE.part`: origin, licence and checksums of the inputs.
pub(crate) fn notice(lexicon: &Path, _data: &Path) -> io::Result<String> {
    let mut content = String::new();
    for (made, origin, licence, files) in ORIGINS {
        content.push_str(&format!("crates/text/data: {made}\n  made from {origin} ({licence})\n"));
        for file in *files {
            let bytes = std::fs::read(lexicon.join(file))?;
            content.push_str(&format!("  input {file} sha256 {}\n", hexadecimal(&Sha256::digest(bytes))));
        }
    }
    Ok(content)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
