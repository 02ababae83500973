//! Which entries each word stands in, which have a word that begins with each character, and which end alike.

use std::io::{self, Seek, Write};

use rayon::prelude::*;

use crate::base::View;
use crate::dictionary::{self, Parts};
use crate::ends::EndsWriter;
use crate::file::{ImageWriter, Section};
use crate::vocabulary::Vocabulary;

use super::{CHUNK, Progress, Report, Stage};

/// Cuts all texts and writes both dictionaries and the crowded ends.
pub(super) fn write<W: Write + Seek>(
    view: &View<'_>,
    image: &mut ImageWriter<W>,
    report: Report<'_>,
) -> io::Result<()> {
    let (words, firsts, ends) = parts(view, report);
    for (sections, parts) in [(Section::WORDS, words), (Section::FIRSTS, firsts)] {
        image.part(sections.texts, &parts.texts)?;
        image.part(sections.heads, &parts.heads)?;
        image.part(sections.index, &parts.index)?;
        image.part(sections.lists, &parts.lists)?;
    }
    image.part(Section::Ends, &ends)
}

fn parts(view: &View<'_>, report: Report<'_>) -> (Parts<Vec<u8>>, Parts<Vec<u8>>, Vec<u8>) {
    let (mut words, mut occurrences, mut crowded) =
        (Vocabulary::default(), Vec::new(), EndsWriter::new(view.len()));
    let mut ends = Vec::with_capacity(view.len());
    let entries: Vec<u32> = (0..view.len() as u32).collect();
    for chunk in entries.chunks(CHUNK) {
        report(Progress { stage: Stage::Postings, done: ends.len() as u64, total: entries.len() as u64 });
        let cut: Vec<Vec<&str>> =
            chunk.par_iter().map(|&entry| crate::typed::words(view.record(entry).key_text())).collect();
        let texts = chunk.iter().map(|&entry| view.record(entry).key_text());
        crowded.push(chunk[0], texts.zip(cut.iter().map(Vec::as_slice)));
        for of_entry in cut {
            occurrences.extend(of_entry.into_iter().map(|word| words.number(word)));
            ends.push(occurrences.len() as u32);
        }
    }
    let crowded = crowded.finish(|entry| view.record(entry).details().queries);
    let mut firsts = Vocabulary::default();
    let first_of: Vec<u32> = words
        .texts()
        .iter()
        .map(|word| firsts.number(word.chars().next().map_or("", |first| &word[..first.len_utf8()])))
        .collect();
    let of_words = dictionary::parts(words.texts(), &occurrences, &ends);
    for word in &mut occurrences {
        *word = first_of[*word as usize];
    }
    // The first word of an entry is found by the order of the texts, but counts here too: words come in any order.
    (of_words, dictionary::parts(firsts.texts(), &occurrences, &ends), crowded)
}
