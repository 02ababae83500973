//! The identity of a file that is imported: the SHA-256 of its bytes.

use std::{fs::File, io::Read, path::Path};

use sha2::{Digest, Sha256};

use crate::{Error, Result, secrets};

/// The SHA-256 of a file as it stands on disk, compressed or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileHash([u8; 32]);

impl FileHash {
    /// Reads the whole file once.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of(path: &Path) -> Result<FileHash> {
        let failed = |error| Error::io("read", path, error);
        let mut file = File::open(path).map_err(failed)?;
        let (mut hasher, mut buffer) = (Sha256::new(), vec![0; 1 << 18]);
        loop {
            let read = file.read(&mut buffer).map_err(failed)?;
            if read == 0 {
                return Ok(FileHash(hasher.finalize().into()));
            }
            hasher.update(&buffer[..read]);
        }
    }

    /// The same of bytes in memory.
    pub fn of_bytes(bytes: &[u8]) -> FileHash {
        FileHash(Sha256::digest(bytes).into())
    }

    /// 64 lower-case hexadecimal digits.
    pub fn hex(&self) -> String {
        secrets::hex(&self.0)
    }
}
