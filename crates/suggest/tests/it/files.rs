//! Writing and opening: the same answers from the file, and an error for every damaged one.

#![expect(clippy::unwrap_used, reason = "a test that cannot use its own temporary file shall fail")]

use std::path::Path;

use proptest::prelude::*;
use suggest::{Base, BuildOptions, Candidate, Evidence, OpenError, Snapshot, Stage};

use crate::oracle;
use crate::support::{base, builder, submitted};

const OPTIONS: fn() -> BuildOptions =
    || BuildOptions { sequence: -42, live: 7, at: 1_000, ..BuildOptions::default() };

fn sample() -> Vec<Candidate> {
    let window = Candidate { valid_from: Some(-5), class: 1, ..submitted("西安旅游", 3) };
    let entry = Candidate { extra: vec![1, 2, 3], ..Candidate::new("銀行 長安", Evidence::of_entry(8)) };
    let hot = Candidate::new("ＲＴＸ5090", Evidence { fast: 4.0, ..Evidence::submitted(30) });
    vec![submitted("连衣裙", 300), window, entry, hot]
}

fn write(candidates: &[Candidate], path: &Path) -> Base {
    builder(candidates, OPTIONS()).build_to(path, &|_| {}).unwrap()
}

fn same_answers(one: &Snapshot, two: &Snapshot, keyword: &str) {
    assert_eq!(one.explain(keyword, 15, 5), two.explain(keyword, 15, 5), "keyword {keyword}");
    assert_eq!(one.by_sound(keyword), two.by_sound(keyword), "keyword {keyword}");
}

#[test]
fn a_written_base_answers_as_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("base");
    let built = builder(&sample(), OPTIONS()).build();
    let size = built.size();
    let written = write(&sample(), &path);
    let opened = Base::open(&path).unwrap();
    for base in [&written, &opened] {
        assert_eq!((base.len(), base.hot(), base.size()), (4, 1, size));
        assert_eq!((base.sequence(), base.live(), base.at()), (-42, 7, 1_000));
    }
    let [built, opened] = [built, opened].map(Snapshot::of_base);
    for keyword in ["连", "l", "x", "西", "xianl", "rtx", "y", "yinhang", "yh", "银", "安", "西an", "连衣群"]
    {
        same_answers(&built, &opened, keyword);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left in the folder");
}

#[test]
fn writing_replaces_the_old_file_and_an_open_base_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("base");
    let old = Snapshot::of_base(write(&sample(), &path));
    write(&[], &path);
    assert_eq!(Base::open(&path).unwrap().len(), 0);
    assert_eq!(old.suggest("连衣", 15, 0).items.len(), 1);
}

#[test]
fn a_build_tells_how_far_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let told = std::sync::Mutex::new(Vec::new());
    let report = |progress: suggest::Progress| told.lock().unwrap().push(progress.stage);
    builder(&sample(), OPTIONS()).build_to(&folder.path().join("base"), &report).unwrap();
    let mut stages = told.into_inner().unwrap();
    stages.dedup();
    use Stage::{Answers, Finishing, Merging, Postings, Sorting, Writing};
    assert_eq!(stages, [Merging, Writing, Sorting, Postings, Answers, Finishing]);
}

#[test]
fn errors_name_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("base");
    drop(write(&sample(), &path));
    let whole = std::fs::read(&path).unwrap();
    let open = |image: &[u8]| {
        std::fs::write(&path, image).unwrap();
        Base::open(&path).unwrap_err()
    };
    let flipped = |at: usize| {
        let mut image = whole.clone();
        image[at] ^= 1;
        image
    };
    assert!(matches!(open(b""), OpenError::Header { found: 0 }));
    assert!(matches!(open(&whole[..20]), OpenError::Header { found: 20 }));
    assert!(matches!(open(b"something else"), OpenError::Magic));
    assert!(matches!(open(&flipped(0)), OpenError::Magic));
    assert!(matches!(open(&flipped(8)), OpenError::Version { found: 6 }));
    assert!(matches!(open(&flipped(12)), OpenError::Checksum { .. }));
    assert!(matches!(open(&flipped(16)), OpenError::Length { .. }));
    assert!(matches!(open(&flipped(whole.len() - 1)), OpenError::Checksum { .. }));
    assert!(matches!(open(&whole[..whole.len() - 1]), OpenError::Length { .. }));
    // The file of the version before.
    let mut old = whole.clone();
    old[8..12].copy_from_slice(&4u32.to_le_bytes());
    assert_eq!(
        open(&old).to_string(),
        "the suggestion file has format 4, this program reads format 7; rebuild it"
    );
    std::fs::remove_file(&path).unwrap();
    let message = Base::open(&path).unwrap_err().to_string();
    assert!(message.contains(&path.display().to_string()), "{message}");
}

/// A generator of numbers that is the same everywhere.
fn numbers(mut seed: u64) -> impl FnMut(usize) -> usize {
    move |below| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    }
}

#[test]
fn two_hundred_flipped_bytes_and_fifty_cuts_are_all_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("base");
    let more = (0..3000).map(|number| submitted(&format!("美食{number}探店"), number));
    let candidates: Vec<_> = sample().into_iter().chain(more).collect();
    drop(write(&candidates, &path));
    let whole = std::fs::read(&path).unwrap();
    let mut number = numbers(4);
    for _ in 0..200 {
        let (at, bit) = (number(whole.len()), number(8));
        let mut image = whole.clone();
        image[at] ^= 1 << bit;
        std::fs::write(&path, &image).unwrap();
        let error = Base::open(&path).expect_err("a flipped bit is found");
        assert!(error.to_string().contains("suggestion file"), "{error}");
    }
    for _ in 0..50 {
        std::fs::write(&path, &whole[..number(whole.len())]).unwrap();
        let error = Base::open(&path).expect_err("a cut is found");
        assert!(error.to_string().contains("suggestion file"), "{error}");
    }
    std::fs::write(&path, &whole).unwrap();
    assert_eq!(Base::open(&path).unwrap().len(), candidates.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_round_trip_changes_no_answer(candidates in oracle::candidates(), keyword in oracle::keyword()) {
        let folder = tempfile::tempdir().unwrap();
        let written = Snapshot::of_base(write(&candidates, &folder.path().join("base")));
        let built = Snapshot::of_base(builder(&candidates, OPTIONS()).build());
        same_answers(&built, &written, &keyword);
    }

    #[test]
    fn random_files_never_panic(image in prop::collection::vec(any::<u8>(), 0..800)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("base");
        std::fs::write(&path, &image).unwrap();
        prop_assert!(Base::open(&path).is_err());
    }
}

#[test]
fn an_empty_base_answers_nothing() {
    let snapshot = Snapshot::default();
    assert!(snapshot.base.is_empty() && snapshot.suggest("连", 15, 0).items.is_empty());
    assert!(base(&[]).is_empty());
}
