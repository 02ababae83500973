//! Files that are missing, foreign or damaged are named, and never a panic.

use std::{fs, path::Path};

use search::{Change, ContentIndex, Error, Options, TantivyIndex};
use tempfile::{TempDir, tempdir};

use crate::{answer, create, put};

fn filled() -> TempDir {
    let folder = tempdir().unwrap();
    let index = create(folder.path());
    let changes: Vec<Change> = (0..50).map(|id| put(id, &format!("春天来了 {id}"))).collect();
    index.apply(&changes).unwrap();
    index.commit(1).unwrap();
    folder
}

fn reason(folder: &Path) -> String {
    let both = [
        TantivyIndex::create_or_open(folder, &Options::default()).map(|_| ()),
        TantivyIndex::open_read_only(folder).map(|_| ()),
    ];
    let mut last = String::new();
    for outcome in both {
        match outcome {
            Err(Error::Unusable { reason }) => last = reason,
            other => panic!("expected an unusable index, got {other:?}"),
        }
    }
    last
}

fn change(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_missing_index_is_made_and_said() {
    let folder = tempdir().unwrap();
    assert!(matches!(TantivyIndex::open_read_only(folder.path()), Err(Error::Unusable { .. })));
    let opened = TantivyIndex::create_or_open(&folder.path().join("new"), &Options::default()).unwrap();
    assert!(opened.rebuilt_needed.unwrap().contains("no content index"));
    assert_eq!(opened.index.applied(), 0);
}

#[test]
fn every_damage_has_a_name() {
    type Damage = fn(&mut Vec<u8>);
    let cases: [(&str, Damage, &str); 11] = [
        ("format", |bytes| bytes.truncate(30), "another version"),
        ("format", |bytes| bytes.truncate(bytes.len() - 1), "another version"),
        ("format", |bytes| bytes[27] = b'9', "another version"),
        ("format", |bytes| *bytes = b"hello".to_vec(), "not a content index"),
        ("rows.fixed", |bytes| bytes[0] ^= 1, "rows.fixed"),
        ("rows.fixed", |bytes| bytes.truncate(1000), "shorter"),
        ("rows.fixed", |bytes| bytes[64 + 192 * 3 + 64] ^= 4, "row 3"),
        ("rows.bytes", |bytes| bytes[9] ^= 1, "rows.bytes"),
        ("rows.bytes", |bytes| bytes.truncate(200), "shorter"),
        ("engine/meta.json", |bytes| bytes.truncate(40), "engine files"),
        ("engine/meta.json", Vec::clear, "engine files"),
    ];
    for (name, damage, expected) in cases {
        let folder = filled();
        change(&folder.path().join(name), damage);
        let reason = reason(folder.path());
        assert!(reason.contains(expected), "{name}: {reason}");
        assert_eq!(create(folder.path()).documents(), 0, "it can be made anew");
    }
}

#[test]
fn an_index_of_another_analysis_is_searched_and_named() {
    let folder = filled();
    assert_eq!(crate::reopen(folder.path()).worn(), None);
    change(&folder.path().join("format"), |bytes| {
        let text = String::from_utf8(bytes.clone()).unwrap();
        let at = text.find("analysis ").unwrap();
        *bytes = format!("{}analysis 0 00000000\n", &text[..at]).into_bytes();
    });
    for index in [crate::reopen(folder.path()), TantivyIndex::open_read_only(folder.path()).unwrap()] {
        assert!(index.worn().unwrap().contains("analysed"));
        assert_eq!((index.documents(), index.applied()), (50, 1));
        assert_eq!(index.ids(), (0..50).collect::<Vec<i64>>());
    }
}

#[test]
fn missing_files_have_a_name() {
    for name in ["format", "rows.fixed", "rows.bytes", "engine/meta.json"] {
        let folder = filled();
        fs::remove_file(folder.path().join(name)).unwrap();
        let reason = reason(folder.path());
        assert!(!reason.is_empty(), "{name}");
    }
}

#[test]
fn files_of_another_index_are_refused() {
    let (one, other) = (filled(), filled());
    fs::copy(other.path().join("rows.bytes"), one.path().join("rows.bytes")).unwrap();
    assert!(reason(one.path()).contains("another index"));
}

#[test]
fn a_damaged_answer_is_not_shown() {
    let folder = filled();
    let path = folder.path().join("rows.bytes");
    let needle = "春天来了 7".as_bytes();
    change(&path, |bytes| {
        let at = bytes.windows(needle.len()).position(|window| window == needle).unwrap();
        bytes[at] ^= 1;
    });
    let index = crate::reopen(folder.path());
    assert_eq!(answer(&index, 6).as_deref(), Some("春天来了 6"));
    index.health().unwrap();
    assert_eq!(answer(&index, 7), None);
    assert!(matches!(index.health(), Err(Error::Unusable { .. })));
    assert!(matches!(index.verify(), Err(Error::Unusable { .. })));
}

#[test]
fn cut_segment_files_are_refused_or_harmless() {
    let whole = filled();
    for entry in fs::read_dir(whole.path().join("engine")).unwrap() {
        let name = entry.unwrap().file_name();
        let folder = tempdir().unwrap();
        fs::create_dir_all(folder.path().join("engine")).unwrap();
        for inner in ["", "engine"] {
            for file in fs::read_dir(whole.path().join(inner)).unwrap().map(|file| file.unwrap()) {
                if file.file_type().unwrap().is_file() {
                    fs::copy(file.path(), folder.path().join(inner).join(file.file_name())).unwrap();
                }
            }
        }
        change(&folder.path().join("engine").join(&name), |bytes| bytes.truncate(bytes.len() / 2));
        match TantivyIndex::create_or_open(folder.path(), &Options::default()) {
            Ok(opened) => assert_eq!(opened.index.documents(), 50, "{name:?}"),
            Err(Error::Unusable { .. }) => {}
            Err(other) => panic!("{name:?}: {other}"),
        }
    }
}
