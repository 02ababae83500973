//! Writing and opening: the same answers from the file, and an error for every damaged one.

#![expect(clippy::unwrap_used, reason = "a test that cannot use its own temporary file shall fail")]

use proptest::prelude::*;
use suggest::{Base, Candidate, OpenError};

use crate::oracle;

fn sample() -> Base {
    let window =
        Candidate { valid_from: Some(-5), valid_to: None, class: 1, ..Candidate::mined("西安旅游", 3) };
    let placed = Candidate { placed: true, extra: vec![1, 2, 3], ..Candidate::mined("銀行 長安", 8) };
    Base::build(
        vec![Candidate::mined("连衣裙", 300), window, placed, Candidate::mined("ＲＴＸ5090", u64::MAX)],
        -42,
    )
}

#[test]
fn a_written_base_answers_as_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("base");
    let built = sample();
    built.write(&path).unwrap();
    let opened = Base::open(&path).unwrap();
    assert_eq!((opened.len(), opened.sequence(), opened.size()), (4, -42, built.size()));
    for keyword in ["连", "l", "x", "西", "xianl", "rtx", "y", "yinhang", "yh", "银"] {
        assert_eq!(opened.suggest(keyword, 15, 0), built.suggest(keyword, 15, 0), "keyword {keyword}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left in the folder");
}

#[test]
fn writing_replaces_the_old_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("base");
    sample().write(&path).unwrap();
    Base::build(Vec::new(), 3).write(&path).unwrap();
    let opened = Base::open(&path).unwrap();
    assert_eq!((opened.len(), opened.sequence()), (0, 3));
}

#[test]
fn errors_name_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("base");
    sample().write(&path).unwrap();
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
    assert!(matches!(open(&flipped(8)), OpenError::Version { found: 0 }));
    assert!(matches!(open(&flipped(12)), OpenError::Checksum { .. }));
    assert!(matches!(open(&flipped(16)), OpenError::Length { .. }));
    assert!(matches!(open(&flipped(whole.len() - 1)), OpenError::Checksum { .. }));
    assert!(matches!(open(&whole[..whole.len() - 1]), OpenError::Length { .. }));
    std::fs::remove_file(&path).unwrap();
    let message = Base::open(&path).unwrap_err().to_string();
    assert!(message.contains(&path.display().to_string()), "{message}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn damage_is_always_found(candidates in oracle::candidates(), places in prop::collection::vec(any::<(u32, u8)>(), 20)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("base");
        Base::build(candidates, 1).write(&path).unwrap();
        let whole = std::fs::read(&path).unwrap();
        for (place, bit) in places {
            let at = place as usize % whole.len();
            let mut image = whole.clone();
            image[at] ^= 1 << (bit % 8);
            std::fs::write(&path, &image).unwrap();
            prop_assert!(Base::open(&path).is_err(), "flipped a bit of byte {}", at);
            std::fs::write(&path, &whole[..at]).unwrap();
            prop_assert!(Base::open(&path).is_err(), "cut at byte {}", at);
        }
    }

    #[test]
    fn a_round_trip_changes_no_answer(candidates in oracle::candidates(), keyword in oracle::keyword()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("base");
        let built = Base::build(candidates, 1);
        built.write(&path).unwrap();
        let opened = Base::open(&path).unwrap();
        prop_assert_eq!(opened.suggest(&keyword, 15, 5), built.suggest(&keyword, 15, 5));
        prop_assert_eq!(opened.by_sound(&keyword), built.by_sound(&keyword));
    }

    #[test]
    fn random_files_never_panic(image in prop::collection::vec(any::<u8>(), 0..400)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("base");
        std::fs::write(&path, &image).unwrap();
        prop_assert!(Base::open(&path).is_err());
    }
}
