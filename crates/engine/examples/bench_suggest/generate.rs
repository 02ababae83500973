//! Makes a query log of as many distinct entries as wanted out of the shared sets. The recipe:
//!
//! 1. The source is the log's queries and the phrases mined from the titles that two titles and more hold, each key
//!    once; queries first, those with more lines first.
//! 2. The first entries are the source itself. Beyond it an entry is made of two terms of the source that have the
//!    same length: the first half of one (rounded up) and the second half of the other. The first term is drawn
//!    from the whole source, each as likely, the second among those of its length: so length and first character
//!    are distributed as in the source. A key that is there already is drawn again.
//! 3. Rank r of N counts N ÷ r (Zipf's law with exponent 1), at least 1. A query of the log has it spread over its
//!    own days. A joined entry has one day, drawn from those of its first term, so that new and old are mixed as in
//!    the source; a phrase has one of the log's days.
//!
//! Everything is drawn from one seed. Written is `date`, `query`, `count`, tab-separated, with a header.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use engine::evaluation::typing::{Random, hash};
use flate2::read::MultiGzDecoder;
use suggest::mine::Miner;

use super::lines::{date, day_number};
use super::{Outcome, SEED};

/// Titles that a phrase must stand in.
const TITLES: u32 = 2;
/// Draws after which there is nothing new to be made.
const DRAWS: usize = 1000;

struct Term {
    text: String,
    days: Vec<i64>,
}

pub(crate) fn run(sets: &Path, entries: usize, file: &Path) -> Outcome<String> {
    let (mut terms, mut seen) = queries(&sets.join("hot_daily.tsv.gz"))?;
    let queries = terms.len();
    let days = || terms.iter().flat_map(|term| term.days.iter().copied());
    let (first, last) = days().min().zip(days().max()).ok_or("the log is empty")?;
    let mut random = Random::new(SEED);
    if entries > queries {
        add_phrases(&sets.join("titles.ndjson.gz"), &mut terms, &mut seen)?;
        for phrase in &mut terms[queries..] {
            phrase.days.push(first + random.below((last - first + 1) as usize) as i64);
        }
    }
    let (source, mut figures) = (terms.len(), Distribution::default());
    terms.iter().for_each(|term| figures.add(&term.text));
    let mut out = BufWriter::with_capacity(1 << 20, File::create(file)?);
    writeln!(out, "date\tquery\tcount")?;
    for (rank, term) in terms.iter().take(entries).enumerate() {
        write_term(&mut out, term, zipf(entries, rank))?;
    }
    let mut made = Distribution::default();
    let joiner = Joiner::new(&terms);
    for rank in terms.len().min(entries)..entries {
        let term = (0..DRAWS).find_map(|_| {
            let term = joiner.draw(&mut random)?;
            seen.insert(hash(&text::normal::key(&term.text))).then_some(term)
        });
        let term = term.ok_or("the source is too small to make so many entries")?;
        made.add(&term.text);
        write_term(&mut out, &term, zipf(entries, rank))?;
    }
    out.flush()?;
    Ok(format!(
        "{{\"entries\":{entries},\"queries\":{queries},\"source\":{source},\"mean_length\":[{:.3},{:.3}],\
         \"first_character_distance\":{:.4},\"length_distance\":{:.4},\"day_after\":\"{}\"}}",
        figures.mean_length(),
        made.mean_length(),
        if made.texts > 0.0 { figures.distance(&made, |by| &by.first) } else { 0.0 },
        if made.texts > 0.0 { figures.distance(&made, |by| &by.length) } else { 0.0 },
        date(last + 1),
    ))
}

/// Distinct queries with their days, those with more lines first, and the hashes of their keys.
fn queries(log: &Path) -> Outcome<(Vec<Term>, HashSet<u64>)> {
    let mut lines = BufReader::new(MultiGzDecoder::new(File::open(log)?)).lines();
    let header = lines.next().ok_or("the log is empty")??;
    let column = |name: &str| header.split('\t').position(|column| column == name);
    let (date, query) =
        column("date").zip(column("query")).ok_or("the log needs the columns date and query")?;
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut terms: Vec<Term> = Vec::new();
    for line in lines {
        let line = line?;
        let cells: Vec<&str> = line.split('\t').collect();
        let (Some(day), Some(text)) = (cells.get(date), cells.get(query)) else { continue };
        let (key, day) = (text::normal::key(text), day_number(day)?);
        if key.is_empty() {
            continue;
        }
        let place = *places.entry(key).or_insert_with(|| {
            terms.push(Term { text: text.trim().to_owned(), days: Vec::new() });
            terms.len() - 1
        });
        if terms[place].days.last() != Some(&day) {
            terms[place].days.push(day);
        }
    }
    let seen = places.keys().map(|key| hash(key)).collect();
    terms.sort_by(|one, two| two.days.len().cmp(&one.days.len()).then_with(|| one.text.cmp(&two.text)));
    Ok((terms, seen))
}

fn add_phrases(titles: &Path, terms: &mut Vec<Term>, seen: &mut HashSet<u64>) -> Outcome<()> {
    let mut miner = Miner::default();
    for line in BufReader::new(MultiGzDecoder::new(File::open(titles)?)).lines() {
        // One field of a JSON line; a title with an escape is passed over, it needs no parser here.
        let line = line?;
        let title = line.split_once("\"title\":").and_then(|(_, rest)| rest.trim_start().strip_prefix('"'));
        let title = title.and_then(|rest| rest.split_once('"')).map(|(title, _)| title);
        if let Some(title) = title.filter(|title| !title.contains('\\')) {
            miner.add(title, &[]);
        }
    }
    for (text, _) in miner.phrases(TITLES) {
        if seen.insert(hash(&text::normal::key(&text))) {
            terms.push(Term { text, days: Vec::new() });
        }
    }
    Ok(())
}

fn zipf(entries: usize, rank: usize) -> u64 {
    (entries / (rank + 1)).max(1) as u64
}

fn write_term(out: &mut impl Write, term: &Term, count: u64) -> Outcome<()> {
    let each = (count / term.days.len().max(1) as u64).max(1);
    for &day in &term.days {
        writeln!(out, "{}\t{}\t{each}", date(day), term.text)?;
    }
    Ok(())
}

/// Joins halves.
struct Joiner<'a> {
    terms: &'a [Term],
    lengths: Vec<usize>,
    by_length: HashMap<usize, Vec<usize>>,
}

impl<'a> Joiner<'a> {
    fn new(terms: &'a [Term]) -> Self {
        let lengths: Vec<usize> = terms.iter().map(|term| term.text.chars().count()).collect();
        let mut by_length: HashMap<usize, Vec<usize>> = HashMap::new();
        for (place, &length) in lengths.iter().enumerate() {
            by_length.entry(length).or_default().push(place);
        }
        Self { terms, lengths, by_length }
    }

    fn draw(&self, random: &mut Random) -> Option<Term> {
        let first = random.below(self.terms.len());
        let length = self.lengths[first];
        let second = *random.pick(self.by_length.get(&length)?)?;
        let half = length.div_ceil(2);
        let characters = |place: usize| self.terms[place].text.chars();
        let joined: String = characters(first).take(half).chain(characters(second).skip(half)).collect();
        let joined = joined.split_whitespace().collect::<Vec<_>>().join(" ");
        let days = vec![*random.pick(&self.terms[first].days)?];
        (!text::normal::key(&joined).is_empty()).then_some(Term { text: joined, days })
    }
}

/// How lengths and first characters are spread.
#[derive(Default)]
struct Distribution {
    texts: f64,
    characters: f64,
    first: HashMap<u32, f64>,
    length: HashMap<u32, f64>,
}

impl Distribution {
    fn add(&mut self, text: &str) {
        let length = text.chars().count();
        self.texts += 1.0;
        self.characters += length as f64;
        *self.first.entry(text.chars().next().map_or(0, u32::from)).or_default() += 1.0;
        *self.length.entry(length as u32).or_default() += 1.0;
    }

    fn mean_length(&self) -> f64 {
        if self.texts > 0.0 { self.characters / self.texts } else { 0.0 }
    }

    /// The part of one that would have to be moved to make the other (total variation).
    fn distance(&self, other: &Self, of: fn(&Self) -> &HashMap<u32, f64>) -> f64 {
        let keys: HashSet<u32> = of(self).keys().chain(of(other).keys()).copied().collect();
        let share = |by: &Self, key: u32| of(by).get(&key).map_or(0.0, |count| count / by.texts);
        keys.into_iter().map(|key| (share(self, key) - share(other, key)).abs()).sum::<f64>() / 2.0
    }
}
