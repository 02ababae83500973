//! Where the content index lies: `index/` holds numbered folders, and the file `current` in it names the one that is in
//! force, and the store that it was made from.
//!
//! A new index is made in the next folder, beside the one in force, and nobody looks at it before `current` names it.
//! The file is replaced by a rename, so at every moment one whole index is in force, and what a crash leaves behind is
//! a folder that the file does not name:
//!
//! 1. The new index is written to its end and committed, so all of it is on the disk.
//! 2. `current.new` is written, made durable and renamed to `current`. This is the moment of the change.
//! 3. Readers are given the new index, and the old folder is removed once nobody reads it.
//!
//! A start removes every folder but the one in force: the half of an index (a crash before 2) and the old one (a crash
//! before the end of 3) alike.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use store::Store;

use crate::{Error, Options, Result, secrets};

const CURRENT: &str = "current";
const CURRENT_NEW: &str = "current.new";
/// The name of the store's identity in the store.
const IDENTITY: &str = "identity";

/// The folders of one data directory.
#[derive(Debug)]
pub(crate) struct IndexFolders {
    root: PathBuf,
    /// What the store is told from others by; empty where it was never told yet.
    identity: String,
}

/// What `current` says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum InForce {
    /// There is no index.
    Nothing,
    /// There is one that must not be answered from, and why.
    Refused(&'static str),
    /// The folder of the index.
    Folder(PathBuf),
}

impl IndexFolders {
    /// The folders for the holder of the directory, who gives the store an identity.
    pub(crate) async fn held(store: &Store, options: &Options) -> Result<IndexFolders> {
        let fresh: String = secrets::random::<16>()?.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(IndexFolders { root: options.index_directory(), identity: store.meta_or(IDENTITY, &fresh).await? })
    }

    /// The folders for one who only reads.
    pub(crate) async fn beside(store: &Store, options: &Options) -> Result<IndexFolders> {
        let identity = store.meta(IDENTITY).await?.unwrap_or_default();
        Ok(IndexFolders { root: options.index_directory(), identity })
    }

    /// The index that is in force.
    pub(crate) fn in_force(&self) -> InForce {
        let text = match fs::read_to_string(self.root.join(CURRENT)) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return InForce::Nothing,
            Err(_) => return InForce::Refused("the file that names its folder cannot be read"),
        };
        let Some((folder, identity)) = parse(&text) else {
            return InForce::Refused("the file that names its folder is damaged");
        };
        if identity != self.identity {
            return InForce::Refused("it was made from another store");
        }
        InForce::Folder(self.root.join(folder))
    }

    /// A folder for a new index, that nothing is in.
    pub(crate) fn fresh(&self) -> Result<PathBuf> {
        fs::create_dir_all(&self.root).map_err(|error| Error::io("create", &self.root, error))?;
        let highest = self.numbered()?.into_iter().map(|(number, _)| number).max().unwrap_or(0);
        Ok(self.root.join((highest + 1).to_string()))
    }

    /// Puts the index in `folder`, which is whole and committed, in force: when this returns, every start finds it.
    pub(crate) fn put_in_force(&self, folder: &Path) -> Result<()> {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let (path, new) = (self.root.join(CURRENT), self.root.join(CURRENT_NEW));
        let replaced = File::create(&new).and_then(|mut file| {
            file.write_all(format!("folder {name}\nstore {}\n", self.identity).as_bytes())?;
            file.sync_all()?;
            // The entry of the new index's folder before the file that names it.
            File::open(&self.root)?.sync_all()?;
            fs::rename(&new, &path)?;
            File::open(&self.root)?.sync_all()
        });
        replaced.map_err(|error| Error::io("write", &path, error))
    }

    /// Removes everything but the index in force: for the holder of the directory at the start, while nothing is open or
    /// being made.
    pub(crate) fn tidy(&self) -> Result<()> {
        match self.in_force() {
            InForce::Folder(kept) => self.remove_others(&kept),
            _ => match fs::remove_dir_all(&self.root) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    Err(Error::io("remove", &self.root, error))
                }
                _ => Ok(()),
            },
        }
    }

    /// The same while an index is open: where it cannot be told which one counts, nothing is removed.
    pub(crate) fn tidy_beside_one_that_serves(&self) -> Result<()> {
        match self.in_force() {
            InForce::Folder(kept) => self.remove_others(&kept),
            _ => Ok(()),
        }
    }

    fn remove_others(&self, kept: &Path) -> Result<()> {
        for (_, folder) in self.numbered()? {
            if folder != kept {
                tracing::info!(folder = %folder.display(), "removed an index that is not in force");
                remove(&folder)?;
            }
        }
        Ok(())
    }

    fn numbered(&self) -> Result<Vec<(u64, PathBuf)>> {
        let failed = |error| Error::io("read", &self.root, error);
        let mut folders = Vec::new();
        for entry in fs::read_dir(&self.root).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if let Some(number) = entry.file_name().to_str().and_then(number) {
                folders.push((number, entry.path()));
            }
        }
        Ok(folders)
    }
}

/// Removes the folder of an index that is not in force.
pub(crate) fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::io("remove", folder, error)),
        _ => Ok(()),
    }
}

fn parse(text: &str) -> Option<(&str, &str)> {
    let (folder, rest) = text.strip_prefix("folder ")?.split_once('\n')?;
    number(folder)?;
    Some((folder, rest.strip_prefix("store ")?.strip_suffix('\n')?))
}

fn number(name: &str) -> Option<u64> {
    name.bytes().all(|byte| byte.is_ascii_digit()).then(|| name.parse().ok())?
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn folders(root: &Path, identity: &str) -> IndexFolders {
        IndexFolders { root: root.join("index"), identity: identity.to_owned() }
    }

    #[test]
    fn one_folder_is_in_force_and_the_others_go() {
        let directory = tempfile::tempdir().unwrap();
        let ours = folders(directory.path(), "a");
        assert_eq!(ours.in_force(), InForce::Nothing);
        ours.tidy().unwrap();
        let first = ours.fresh().unwrap();
        fs::create_dir_all(&first).unwrap();
        assert_eq!(ours.in_force(), InForce::Nothing, "a folder that nothing names");
        ours.put_in_force(&first).unwrap();
        let second = ours.fresh().unwrap();
        fs::create_dir_all(&second).unwrap();
        ours.tidy().unwrap();
        assert_eq!(ours.in_force(), InForce::Folder(first.clone()));
        assert!(first.exists() && !second.exists());
        fs::create_dir_all(&second).unwrap();
        ours.put_in_force(&second).unwrap();
        ours.tidy().unwrap();
        assert!(!first.exists() && second.exists());
        assert_ne!(ours.fresh().unwrap(), second);
    }

    #[test]
    fn what_is_not_this_stores_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let ours = folders(directory.path(), "a");
        let first = ours.fresh().unwrap();
        fs::create_dir_all(&first).unwrap();
        ours.put_in_force(&first).unwrap();
        let theirs = folders(directory.path(), "b");
        assert!(matches!(theirs.in_force(), InForce::Refused(reason) if reason.contains("another store")));
        for damaged in ["", "folder 1\n", "folder ../x\nstore a\n", "folder 1\nstore a", "x"] {
            fs::write(ours.root.join(CURRENT), damaged).unwrap();
            assert!(matches!(ours.in_force(), InForce::Refused(_)), "{damaged:?}");
        }
        ours.tidy().unwrap();
        assert!(!ours.root.exists(), "nothing of an index that is refused is kept");
    }
}
