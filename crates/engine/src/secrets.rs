//! Random secrets, their hashes, and what is kept encrypted at rest.
//!
//! One master key of 256 bits stands in `DIR/master.key` (mode 0600), beside the database that it protects
//! and never inside it: a copy of the database alone gives nobody a `secure_key`. Where it is not to stand on the disk
//! at all, `QIUSUO_MASTER_KEY` gives it. Every other key is derived
//! from it by BLAKE3 with a context of its own. Losing the file makes the stored `secure_key`s unreadable and
//! ends every access token; API tokens and operator keys are only hashed and go on working.

use std::{
    env,
    ffi::OsStr,
    fmt,
    fs::{self, OpenOptions},
    io::{self, Write},
    path::Path,
};

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};

use crate::{Error, Result};

/// File name of the master key inside the data directory.
pub const MASTER_KEY_FILE: &str = "master.key";
/// The environment's name of the master key, where it is not to stand in a file.
pub const MASTER_KEY_VARIABLE: &str = "QIUSUO_MASTER_KEY";
/// Length of the nonce in front of a sealed value, in bytes.
const NONCE_BYTES: usize = 24;

/// The keys of one data directory. Never printed.
#[derive(Clone)]
pub struct Secrets {
    sealing: [u8; 32],
    access_tokens: [u8; 32],
    users: [u8; 32],
}

impl fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secrets(…)")
    }
}

impl Secrets {
    /// Reads the master key from the environment or from `directory`, or makes one where there is neither a key nor a
    /// database yet.
    ///
    /// # Errors
    /// When the file can be neither read nor made, the key is not 64 hexadecimal digits, the environment and the file
    /// have different ones, or there is none beside a database whose secrets it protects.
    pub fn open(directory: &Path) -> Result<Secrets> {
        Secrets::open_with(directory, env::var_os(MASTER_KEY_VARIABLE).as_deref())
    }

    /// [`Secrets::open`] with what the environment has.
    fn open_with(directory: &Path, given: Option<&OsStr>) -> Result<Secrets> {
        let path = directory.join(MASTER_KEY_FILE);
        create_directory(directory)
            .map_err(|error| Error::io("create the data directory", directory, error))?;
        // Asked before the key is looked for: another process may make both at this moment, the key first.
        let database = store::Store::exists(directory);
        let there = path.try_exists().map_err(|error| Error::io("look for the master key", &path, error))?;
        let given = given.map(|text| text.to_str().and_then(parse_key).ok_or(Error::MasterKeyVariable));
        match (given.transpose()?, there) {
            (Some(given), false) => return Ok(Secrets::derive(&given)),
            (Some(given), true) if given != read_key(&path)? => {
                return Err(Error::TwoMasterKeys { path });
            }
            (None, false) if database => return Err(Error::MasterKeyLost { path }),
            (None, false) => {
                create_master_key(&path).map_err(|error| Error::io("create the master key", &path, error))?;
            }
            (_, true) => {}
        }
        Ok(Secrets::derive(&read_key(&path)?))
    }

    /// The keys that follow from one master key.
    pub fn derive(master: &[u8; 32]) -> Secrets {
        Secrets {
            sealing: blake3::derive_key("qiusuo 2026-11 secure keys at rest", master),
            access_tokens: blake3::derive_key("qiusuo 2026-11 access tokens", master),
            users: blake3::derive_key("qiusuo 2026-11 user identities", master),
        }
    }

    /// The key under which access tokens are authenticated.
    pub fn access_token_key(&self) -> &[u8; 32] {
        &self.access_tokens
    }

    /// The 64-bit identity of `name` within `scope` (an application's number, or 0 for a query log): the same
    /// name is always the same user, and nobody without the key can tell the name from it.
    pub fn user(&self, scope: u32, name: &str) -> u64 {
        let mut hasher = blake3::Hasher::new_keyed(&self.users);
        hasher.update(&scope.to_le_bytes());
        hasher.update(name.as_bytes());
        let mut first = [0; 8];
        first.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
        u64::from_le_bytes(first)
    }

    /// Encrypts `secret` for storage under the name `owner`; another owner cannot open it.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn seal(&self, owner: &str, secret: &str) -> Result<Vec<u8>> {
        let nonce: [u8; NONCE_BYTES] = random()?;
        let payload = Payload { msg: secret.as_bytes(), aad: owner.as_bytes() };
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), payload).map_err(|_| Error::Sealed)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Decrypts what [`Secrets::seal`] made for the same `owner`.
    ///
    /// # Errors
    /// [`Error::Sealed`] when it was sealed under another master key or for another owner, or was altered.
    pub fn unseal(&self, owner: &str, sealed: &[u8]) -> Result<String> {
        let (nonce, body) = sealed.split_at_checked(NONCE_BYTES).ok_or(Error::Sealed)?;
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().map_err(|_| Error::Sealed)?;
        let payload = Payload { msg: body, aad: owner.as_bytes() };
        let opened = self.cipher().decrypt(&XNonce::from(nonce), payload).map_err(|_| Error::Sealed)?;
        String::from_utf8(opened).map_err(|_| Error::Sealed)
    }

    /// [`Secrets::seal`] as hexadecimal digits.
    ///
    /// # Errors
    /// As [`Secrets::seal`].
    pub fn seal_text(&self, owner: &str, secret: &str) -> Result<String> {
        Ok(hex(&self.seal(owner, secret)?))
    }

    /// Opens what [`Secrets::seal_text`] made.
    ///
    /// # Errors
    /// As [`Secrets::unseal`].
    pub fn unseal_text(&self, owner: &str, sealed: &str) -> Result<String> {
        self.unseal(owner, &parse_hex(sealed).ok_or(Error::Sealed)?)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.sealing.into())
    }
}

/// `N` random bytes of the operating system.
///
/// # Errors
/// When it gives none.
pub fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Error::Random(error.to_string()))?;
    Ok(bytes)
}

/// A new secret: `prefix` and 256 random bits in hexadecimal.
///
/// # Errors
/// As [`random`].
pub fn new_secret(prefix: &str) -> Result<String> {
    Ok(format!("{prefix}{}", hex(&random::<32>()?)))
}

/// The hash under which a random secret is stored and looked up. The secret has 256 random bits, so one fast
/// hash is enough: there is nothing to guess.
pub fn hash(secret: &str) -> [u8; 32] {
    *blake3::hash(secret.as_bytes()).as_bytes()
}

/// A keyed hash of `message`: unguessable without the key, so that a counter can name calls.
pub fn keyed(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    *blake3::keyed_hash(key, message).as_bytes()
}

/// Lower-case hexadecimal digits of `bytes`.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| DIGITS[digit as usize] as char).collect()
}

fn read_key(path: &Path) -> Result<[u8; 32]> {
    let text = fs::read_to_string(path).map_err(|error| Error::io("read the master key", path, error))?;
    parse_key(&text).ok_or_else(|| Error::MasterKey { path: path.to_owned() })
}

fn parse_key(text: &str) -> Option<[u8; 32]> {
    parse_hex(text.trim())?.try_into().ok()
}

fn parse_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some((digit(*high)? << 4 | digit(*low)?) as u8),
        _ => None,
    };
    text.as_bytes().chunks(2).map(pair).collect()
}

/// Makes the data directory for this user alone; one that is there keeps its mode.
fn create_directory(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

/// Writes a new key to a name of its own and links it into place, so that of two processes that start at the
/// same moment one key wins and both read it, and a crash leaves no half-written key.
fn create_master_key(path: &Path) -> io::Result<()> {
    let key: [u8; 32] = random().map_err(io::Error::other)?;
    let name: [u8; 8] = random().map_err(io::Error::other)?;
    let temporary = path.with_extension(format!("new-{}", hex(&name)));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&temporary)?;
    writeln!(file, "{}", hex(&key))?;
    file.sync_all()?;
    let linked = fs::hard_link(&temporary, path);
    fs::remove_file(&temporary)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn the_master_key_is_made_once_and_is_private() {
        let directory = tempfile::tempdir().unwrap();
        let first = Secrets::open(directory.path()).unwrap();
        let second = Secrets::open(directory.path()).unwrap();
        assert_eq!(first.user(1, "a"), second.user(1, "a"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(directory.path().join(MASTER_KEY_FILE)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn the_master_key_of_the_environment_needs_no_file_and_differs_from_none() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(MASTER_KEY_FILE);
        let key = "07".repeat(32);
        let given = Secrets::open_with(directory.path(), Some(key.as_ref())).unwrap();
        assert_eq!(given.user(1, "a"), Secrets::derive(&[7; 32]).user(1, "a"));
        assert!(!path.exists());
        for wrong in ["", "07", "zz", &"07".repeat(33)] {
            let refused = Secrets::open_with(directory.path(), Some(wrong.as_ref())).unwrap_err();
            assert!(matches!(refused, Error::MasterKeyVariable), "{wrong}: {refused}");
        }
        Secrets::open_with(directory.path(), None).unwrap();
        let refused = Secrets::open_with(directory.path(), Some(key.as_ref())).unwrap_err();
        assert!(matches!(refused, Error::TwoMasterKeys { .. }) && !refused.to_string().contains("0707"));
        fs::write(&path, &key).unwrap();
        assert!(Secrets::open_with(directory.path(), Some(key.as_ref())).is_ok());
    }

    #[test]
    fn a_sealed_secret_opens_for_its_owner_only() {
        let secrets = Secrets::derive(&[7; 32]);
        let sealed = secrets.seal("demo", "secret").unwrap();
        assert_eq!(secrets.unseal("demo", &sealed).unwrap(), "secret");
        assert!(secrets.unseal("other", &sealed).is_err());
        assert!(Secrets::derive(&[8; 32]).unseal("demo", &sealed).is_err());
        assert!(secrets.unseal("demo", &sealed[..10]).is_err());
        let sealed = secrets.seal_text("demo", "secret").unwrap();
        assert_eq!(secrets.unseal_text("demo", &sealed).unwrap(), "secret");
        assert!(secrets.unseal_text("demo", "x").is_err());
    }

    #[test]
    fn a_user_is_the_same_within_its_scope_only() {
        let secrets = Secrets::derive(&[7; 32]);
        assert_eq!(secrets.user(1, "u"), secrets.user(1, "u"));
        assert_ne!(secrets.user(1, "u"), secrets.user(2, "u"));
        assert_eq!(format!("{secrets:?}"), "Secrets(…)");
    }
}
