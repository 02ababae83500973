//! From candidates to the image of a base: twins together, score order, records, permutations.

use std::cmp::Reverse;
use std::ops::Range;

use crate::base::Candidate;
use crate::file::{self, Sections};
use crate::permutation::{Keys, MAX_ENTRIES, MAX_READINGS, Posting, head};
use crate::record::{Details, RecordWriter, Written};

/// The most bytes of records: their offsets are `u32`.
const MAX_RECORD_BYTES: usize = u32::MAX as usize;

/// Builds the image. Entries beyond what a file can hold (2^30, or 4 GiB of records) are left out, the last first.
pub(crate) fn image(candidates: &[Candidate], sequence: i64) -> Vec<u8> {
    let keys = CandidateKeys::new(candidates);
    let entries = score_order(merge(candidates, &keys));
    let mut writer = Writer::new();
    for entry in &entries {
        if !writer.push(entry, candidates, &keys) {
            break;
        }
    }
    drop(keys);
    let count = writer.offsets.len() as u32;
    file::assemble(sequence, count, &writer.finish())
}

/// The keys of all candidates in one piece.
struct CandidateKeys {
    bytes: String,
    ends: Vec<usize>,
}

impl CandidateKeys {
    fn new(candidates: &[Candidate]) -> Self {
        let mut keys = Self { bytes: String::new(), ends: Vec::with_capacity(candidates.len()) };
        for candidate in candidates {
            keys.bytes.push_str(&text::normal::key(&candidate.text));
            keys.ends.push(keys.bytes.len());
        }
        keys
    }

    fn get(&self, index: usize) -> &str {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.bytes[start..self.ends[index]]
    }
}

/// Candidates that became one entry.
struct Entry {
    weight: u64,
    /// The candidate whose text is shown.
    surface: usize,
    /// The candidate whose other properties count: an operator's before others, then the heaviest.
    representative: usize,
    placed: bool,
    twin: bool,
}

/// Puts twins together; the entries come in the order of their keys, those without a time window last.
fn merge(candidates: &[Candidate], keys: &CandidateKeys) -> Vec<Entry> {
    let identity = |index: usize| (keys.get(index), candidates[index].class);
    let window = |index: usize| (candidates[index].valid_from, candidates[index].valid_to);
    // The head beside the index settles most comparisons without a look at the keys.
    let mut sorted: Vec<(u64, usize)> =
        (0..candidates.len()).map(|index| (head(keys.get(index).as_bytes(), 0), index)).collect();
    sorted.retain(|&(_, index)| !keys.get(index).is_empty());
    sorted.sort_unstable_by(|&(left_head, left), &(right_head, right)| {
        left_head
            .cmp(&right_head)
            .then_with(|| identity(left).cmp(&identity(right)))
            .then_with(|| window(right).cmp(&window(left)))
            .then_with(|| candidates[left].text.cmp(&candidates[right].text))
            .then(left.cmp(&right))
    });
    let order: Vec<usize> = sorted.into_iter().map(|(_, index)| index).collect();
    let mut entries = Vec::with_capacity(order.len());
    for twins in order.chunk_by(|&left, &right| identity(left) == identity(right)) {
        let first = entries.len();
        entries.extend(
            twins.chunk_by(|&left, &right| window(left) == window(right)).map(|same| fold(candidates, same)),
        );
        settle_twins(&mut entries[first..], |entry| window(entry.representative) == (None, None));
    }
    entries
}

/// One entry of candidates with the same key, class and window; equal texts stand together.
fn fold(candidates: &[Candidate], same: &[usize]) -> Entry {
    let weight_of =
        |part: &[usize]| part.iter().fold(0u64, |sum, &index| sum.saturating_add(candidates[index].weight));
    let surfaces = same.chunk_by(|&left, &right| candidates[left].text == candidates[right].text);
    let surface =
        surfaces.max_by_key(|part| (weight_of(part), Reverse(part[0]))).map_or(same[0], |part| part[0]);
    let rank = |&&index: &&usize| (candidates[index].placed, candidates[index].weight, Reverse(index));
    let representative = same.iter().max_by_key(rank).copied().unwrap_or(surface);
    let placed = candidates[representative].placed;
    Entry { weight: weight_of(same), surface, representative, placed, twin: false }
}

/// An entry with a time window has the weight of its twin without one added, so that it stands above it.
fn settle_twins(twins: &mut [Entry], is_lasting: impl Fn(&Entry) -> bool) {
    if twins.len() < 2 {
        return;
    }
    let lasting_weight = twins.iter().find(|entry| is_lasting(entry)).map_or(0, |entry| entry.weight);
    for entry in twins {
        entry.twin = true;
        if !is_lasting(entry) {
            entry.weight = entry.weight.saturating_add(lasting_weight);
        }
    }
}

/// Best first; equal weights in the order of their keys, twins with a time window before the lasting one.
fn score_order(mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.sort_by_key(|entry| Reverse(entry.weight));
    entries
}

/// Writes entries in score order.
struct Writer {
    records: Vec<u8>,
    offsets: Vec<u32>,
    record_writer: RecordWriter,
    normal: Keys,
    full: Keys,
    initials: Keys,
}

impl Writer {
    fn new() -> Self {
        Self {
            records: Vec::new(),
            offsets: Vec::new(),
            record_writer: RecordWriter::new(),
            normal: Keys::default(),
            full: Keys::default(),
            initials: Keys::default(),
        }
    }

    /// Appends an entry; false, and nothing appended, when the file is full.
    fn push(&mut self, entry: &Entry, candidates: &[Candidate], keys: &CandidateKeys) -> bool {
        let (number, start) = (self.offsets.len(), self.records.len());
        let key = keys.get(entry.surface);
        let readings = distinct_readings(key);
        let representative = &candidates[entry.representative];
        let details = Details {
            weight: entry.weight,
            surface: candidates[entry.surface].text.trim(),
            class: representative.class,
            valid_from: representative.valid_from,
            valid_to: representative.valid_to,
            extra: &representative.extra,
        };
        let written = Written { key, readings: &readings, details, placed: entry.placed, twin: entry.twin };
        self.record_writer.write(&written, &mut self.records);
        if number >= MAX_ENTRIES || self.records.len() > MAX_RECORD_BYTES {
            self.records.truncate(start);
            return false;
        }
        self.offsets.push(start as u32);
        self.index(number as u32, key, &readings);
        true
    }

    fn index(&mut self, number: u32, key: &str, readings: &[Vec<text::pinyin::Unit>]) {
        self.normal.push(std::iter::once(key.as_bytes()), Posting::new(number, 0));
        let mut seen: [Range<usize>; MAX_READINGS] = Default::default();
        for (index, reading) in readings.iter().enumerate() {
            let posting = Posting::new(number, index);
            self.full.push(reading.iter().map(|unit| unit.text.as_bytes()), posting);
            let letters = self.initials.push(reading.iter().map(initial), posting);
            let known = |earlier: &Range<usize>| {
                self.initials.bytes(earlier.clone()) == self.initials.bytes(letters.clone())
            };
            if !letters.is_empty() && seen[..index].iter().any(known) {
                self.initials.pop();
            } else {
                seen[index] = letters;
            }
        }
    }

    fn finish(mut self) -> Sections {
        self.offsets.push(self.records.len() as u32);
        let (normal_values, normal_heads, normal_tree) = std::mem::take(&mut self.normal).sort();
        let (full_values, full_heads, full_tree) = std::mem::take(&mut self.full).sort();
        let (initials_values, initials_heads, initials_tree) = std::mem::take(&mut self.initials).sort();
        [
            self.record_writer.texts().to_vec(),
            self.record_writer.defaults(),
            self.offsets.iter().flat_map(|offset| offset.to_le_bytes()).collect(),
            self.records,
            normal_values,
            normal_heads,
            normal_tree,
            full_values,
            full_heads,
            full_tree,
            initials_values,
            initials_heads,
            initials_tree,
        ]
    }
}

/// The plausible readings of a key, no two with the same letters.
fn distinct_readings(key: &str) -> Vec<Vec<text::pinyin::Unit>> {
    let mut readings = text::pinyin::readings(key);
    readings.truncate(MAX_READINGS);
    if readings.len() > 1 {
        let letters = |reading: &Vec<text::pinyin::Unit>| text::pinyin::full(reading);
        let mut known: Vec<String> = Vec::with_capacity(readings.len());
        readings.retain(|reading| {
            let spelled = letters(reading);
            let is_new = !known.contains(&spelled);
            known.push(spelled);
            is_new
        });
    }
    readings
}

/// What initials keep of a unit: the first letter of a syllable, other characters as they are.
fn initial(unit: &text::pinyin::Unit) -> &[u8] {
    let bytes = unit.text.as_bytes();
    if unit.is_syllable { &bytes[..bytes.len().min(1)] } else { bytes }
}
