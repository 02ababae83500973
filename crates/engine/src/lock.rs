//! The lock of a data directory: one process at a time writes the derived files.
//!
//! The lock is the operating system's (released when its holder dies, however it dies); what stands in the
//! file only tells who holds it, so that a refusal can name them.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
};

/// File name of the lock inside the data directory.
const FILE_NAME: &str = "lock";

/// Who holds a directory, as written into its lock file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Process id.
    pub pid: u32,
    /// The command that runs, for example `serve`.
    pub command: String,
    /// Where a server listens; empty for other commands.
    pub address: String,
}

impl Holder {
    /// This process, running `command`.
    pub fn this_process(command: &str, address: &str) -> Holder {
        Holder { pid: std::process::id(), command: command.to_owned(), address: address.to_owned() }
    }

    /// Whether it is a server, which keeps the lock as long as it runs.
    pub fn is_server(&self) -> bool {
        self.command == "serve"
    }

    fn parse(text: &str) -> Option<Holder> {
        let mut lines = text.lines();
        let pid = lines.next()?.parse().ok()?;
        let command = lines.next()?.to_owned();
        Some(Holder { pid, command, address: lines.next().unwrap_or_default().to_owned() })
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "`qiusuo {}` (process {}", self.command, self.pid)?;
        if !self.address.is_empty() {
            write!(formatter, ", listening on {}", self.address)?;
        }
        formatter.write_str(")")
    }
}

/// What became of an attempt to take the lock.
#[derive(Debug)]
pub(crate) enum Attempt {
    /// It is ours until the value is dropped.
    Taken(DirectoryLock),
    /// Somebody else has it. `None`: they have not written their name yet.
    Held(Option<Holder>),
}

/// The lock of one data directory, held until it is dropped.
#[derive(Debug)]
pub(crate) struct DirectoryLock {
    file: File,
}

impl DirectoryLock {
    /// Tries to take the lock of `directory` without waiting.
    ///
    /// # Errors
    /// When the lock file cannot be opened or written.
    pub(crate) fn try_take(directory: &Path, holder: &Holder) -> io::Result<Attempt> {
        fs::create_dir_all(directory)?;
        let path = directory.join(FILE_NAME);
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path)?;
        match file.try_lock() {
            Ok(()) => {
                let mut lock = DirectoryLock { file };
                lock.name(holder)?;
                Ok(Attempt::Taken(lock))
            }
            Err(TryLockError::WouldBlock) => Ok(Attempt::Held(read_holder(&mut file))),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

impl DirectoryLock {
    /// Writes who holds the lock.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn name(&mut self, holder: &Holder) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.seek(SeekFrom::Start(0))?;
        write!(self.file, "{}\n{}\n{}\n", holder.pid, holder.command, holder.address)
    }
}

impl Drop for DirectoryLock {
    fn drop(&mut self) {
        // The name goes first: whoever takes the lock next must not be mistaken for us.
        let _ = self.file.set_len(0);
        let _ = self.file.unlock();
    }
}

fn read_holder(file: &mut File) -> Option<Holder> {
    let mut text = String::new();
    file.seek(SeekFrom::Start(0)).ok()?;
    file.read_to_string(&mut text).ok()?;
    Holder::parse(&text)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn a_second_holder_is_told_who_the_first_is() {
        let directory = tempfile::tempdir().unwrap();
        let server = Holder { pid: 7, command: "serve".into(), address: "127.0.0.1:1".into() };
        let Attempt::Taken(lock) = DirectoryLock::try_take(directory.path(), &server).unwrap() else {
            panic!("the lock of a new directory is free")
        };
        let second = Holder::this_process("import", "");
        let Attempt::Held(Some(holder)) = DirectoryLock::try_take(directory.path(), &second).unwrap() else {
            panic!("the lock is held")
        };
        assert_eq!(holder, server);
        drop(lock);
        assert!(matches!(DirectoryLock::try_take(directory.path(), &second).unwrap(), Attempt::Taken(_)));
    }
}
