//! The four sorted orders: by text, by full pinyin, by initials, by sound.

use std::io::{self, Seek, Write};
use std::ops::Range;

use crate::base::View;
use crate::file::{ImageWriter, OrderSections, Section};
use crate::permutation::{Aids, Keys, MAX_READINGS, Posting, Sorted, sort_by_head};
use crate::record::Unit;

use super::{Progress, Report, Stage};

/// What is kept beside each order. Below so many keys of a beginning a search for their best is short, and there would be
/// many lists: of pinyin most, where every letter ends a beginning.
const TEXTS: Aids = Aids { least_keys: 64, has_beginnings: false };
/// Slips of the finger are looked for among pinyin.
const PINYIN: Aids = Aids { least_keys: 256, has_beginnings: true };
const INITIALS: Aids = Aids { least_keys: 128, has_beginnings: false };
/// Only repairs look for sounds.
const SOUNDS: Aids = Aids { least_keys: usize::MAX, has_beginnings: false };

/// Sorts and writes all four.
pub(super) fn write<W: Write + Seek>(
    view: &View<'_>,
    image: &mut ImageWriter<W>,
    report: Report<'_>,
) -> io::Result<()> {
    let steps: [(OrderSections, &dyn Fn() -> Sorted); 4] = [
        (Section::NORMAL, &|| by_text(view)),
        (Section::FULL, &|| by_reading(view, |unit| unit.text, PINYIN)),
        (Section::INITIALS, &|| by_reading(view, |unit| unit.initial(), INITIALS)),
        (Section::SOUND, &|| by_reading(view, |unit| unit.sound, SOUNDS)),
    ];
    let total = steps.len() as u64;
    // Only one of the orders has them.
    let mut beginnings = Vec::new();
    for (done, (sections, sort)) in (0..).zip(steps) {
        report(Progress { stage: Stage::Sorting, done, total });
        let sorted = sort();
        let parts = sorted.parts();
        image.part(sections.values, parts.values)?;
        image.part(sections.heads, parts.heads)?;
        image.part(sections.tree, parts.tree)?;
        image.part(sections.starts, parts.starts)?;
        image.part(sections.kept, parts.kept)?;
        beginnings.extend_from_slice(sorted.beginnings());
    }
    image.part(Section::FullBeginnings, &beginnings)
}

/// By the keys as they stand in the records.
fn by_text(view: &View<'_>) -> Sorted {
    let entries = 0..view.len() as u32;
    let postings = entries.map(|entry| (entry, Posting::new(entry, 0)));
    sort_by_head(postings, |entry| view.record(entry).key, TEXTS)
}

/// By what each unit of each reading gives; readings of one entry that give the same count once.
fn by_reading<'a>(view: &View<'a>, piece: impl Fn(&Unit<'a>) -> &'a [u8], aids: Aids) -> Sorted {
    let mut keys = Keys::default();
    for entry in 0..view.len() as u32 {
        let record = view.record(entry);
        let mut seen: [Range<usize>; MAX_READINGS] = Default::default();
        for reading in 0..record.readings().min(MAX_READINGS) {
            let pieces = record.units(reading, view.units);
            let place = keys.push(pieces.map(|unit| piece(&unit)), Posting::new(entry, reading));
            let is_known = |earlier: &Range<usize>| keys.bytes(earlier.clone()) == keys.bytes(place.clone());
            if !place.is_empty() && seen[..reading].iter().any(is_known) {
                keys.pop();
            } else {
                seen[reading] = place;
            }
        }
    }
    keys.sort(aids)
}
