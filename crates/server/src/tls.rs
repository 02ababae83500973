//! Certificate and key for HTTPS.
//!
//! Both are read from PEM files into a rustls configuration with the ring provider, which is named here and
//! nowhere set for the whole process. What is wrong with a file is said together with the remedy.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum_server::tls_rustls::RustlsConfig;
use rustls::ServerConfig;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Why certificate and key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read the {what} {}: {source}", path.display())]
    Read {
        /// `certificate` or `key`.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file is not PEM.
    #[error("the {what} {} is not a PEM file: {problem}", path.display())]
    NotPem {
        /// `certificate` or `key`.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// There is no certificate in the file.
    #[error("{} has no certificate in it", path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// There is no key in the file.
    #[error("{} has no private key in it", path.display())]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// The key needs a password.
    #[error("the key {} is encrypted with a password", path.display())]
    EncryptedKey {
        /// The file.
        path: PathBuf,
    },
    /// The key belongs to another certificate.
    #[error("the key {} does not belong to the certificate {}", key.display(), certificate.display())]
    Mismatch {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// Certificate or key are of a kind that cannot be used.
    #[error("certificate {} and key {} cannot be used: {source}", certificate.display(), key.display())]
    Unusable {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// What rustls says.
        source: rustls::Error,
    },
}

impl TlsError {
    /// What to do about it, in one sentence.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Read { what, .. } => {
                Some(format!("check the {what}'s path, and that the user who runs the server may read it"))
            }
            Self::NotPem { path, .. } => Some(format!(
                "a PEM file has lines such as -----BEGIN CERTIFICATE-----; convert DER with: openssl x509 -inform der -in {} -out certificate.pem",
                path.display()
            )),
            Self::NoCertificate { .. } => Some(
                "give the chain with the server's own certificate first; were the two files swapped?".into(),
            ),
            Self::NoKey { .. } => {
                Some("give the private key of the certificate; were the two files swapped?".into())
            }
            Self::EncryptedKey { path } => {
                Some(format!("take the password off: openssl pkey -in {} -out key.pem", path.display()))
            }
            Self::Mismatch { .. } => Some(
                "put the server's own certificate first in its file, or take the key it was made for".into(),
            ),
            Self::Unusable { .. } => {
                Some("use an ECDSA P-256, Ed25519 or RSA (2048 bits or more) key".into())
            }
        }
    }
}

/// Loads certificate and key for `axum-server`.
pub fn load(certificate: &Path, key: &Path) -> Result<RustlsConfig, TlsError> {
    server_config(certificate, key).map(RustlsConfig::from_config)
}

/// Loads certificate and key; the same again is what a reload hands to [`RustlsConfig::reload_from_config`].
pub fn server_config(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, TlsError> {
    let chain = read_chain(certificate)?;
    let private_key = read_key(key)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let refused = |source| match source {
        rustls::Error::InconsistentKeys(_) => {
            TlsError::Mismatch { certificate: certificate.to_owned(), key: key.to_owned() }
        }
        source => TlsError::Unusable { certificate: certificate.to_owned(), key: key.to_owned(), source },
    };
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(refused)?
        .with_no_client_auth()
        .with_single_cert(chain, private_key)
        .map_err(refused)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let text = read("certificate", path)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let chain = chain.map_err(|error| not_pem("certificate", path, &error))?;
    match (chain.is_empty(), has_any_section(&text)) {
        (false, _) => Ok(chain),
        (true, true) => Err(TlsError::NoCertificate { path: path.to_owned() }),
        (true, false) => Err(not_pem("certificate", path, &pem::Error::NoItemsFound)),
    }
}

fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let text = read("key", path)?;
    PrivateKeyDer::from_pem_slice(&text).map_err(|error| match error {
        pem::Error::NoItemsFound if is_encrypted(&text) => TlsError::EncryptedKey { path: path.to_owned() },
        pem::Error::NoItemsFound if has_any_section(&text) => TlsError::NoKey { path: path.to_owned() },
        // An encrypted key of the old form has header lines inside its section.
        _ if is_encrypted(&text) => TlsError::EncryptedKey { path: path.to_owned() },
        error => not_pem("key", path, &error),
    })
}

fn read(what: &'static str, path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|source| TlsError::Read { what, path: path.to_owned(), source })
}

fn not_pem(what: &'static str, path: &Path, error: &pem::Error) -> TlsError {
    let problem = match error {
        pem::Error::NoItemsFound => "it has no -----BEGIN …----- line".to_owned(),
        error => error.to_string(),
    };
    TlsError::NotPem { what, path: path.to_owned(), problem }
}

fn has_any_section(text: &[u8]) -> bool {
    contains(text, b"-----BEGIN ")
}

fn is_encrypted(text: &[u8]) -> bool {
    contains(text, b"ENCRYPTED PRIVATE KEY-----") || contains(text, b"Proc-Type: 4,ENCRYPTED")
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    struct Files {
        directory: tempfile::TempDir,
    }

    impl Files {
        fn new() -> Self {
            let files = Self { directory: tempfile::tempdir().unwrap() };
            for name in ["one", "two"] {
                let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
                files.write(&format!("{name}.crt"), &made.cert.pem());
                files.write(&format!("{name}.key"), &made.signing_key.serialize_pem());
            }
            files
        }

        fn write(&self, name: &str, text: &str) {
            std::fs::write(self.path(name), text).unwrap();
        }

        fn path(&self, name: &str) -> PathBuf {
            self.directory.path().join(name)
        }

        /// What a pair of files is refused with: message and hint.
        fn check(&self, certificate: &str, key: &str, message: &str, hint: &str) {
            let error = server_config(&self.path(certificate), &self.path(key)).unwrap_err();
            assert!(error.to_string().contains(message), "{error}");
            assert!(error.hint().unwrap().contains(hint), "{:?}", error.hint());
        }
    }

    /// A PEM section that holds nothing real.
    fn section(label: &str, body: &str) -> String {
        format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
    }

    #[test]
    fn a_pair_is_loaded() {
        let files = Files::new();
        let config = server_config(&files.path("one.crt"), &files.path("one.key")).unwrap();
        assert_eq!(config.alpn_protocols, [b"h2".to_vec(), b"http/1.1".to_vec()]);
        assert!(load(&files.path("two.crt"), &files.path("two.key")).is_ok());
    }

    #[test]
    fn what_is_wrong_is_named() {
        let files = Files::new();
        files.write("empty", "");
        files.write("der", "\u{0}\u{1}\u{2}");
        files.write("locked.key", &section("ENCRYPTED PRIVATE KEY", "AAAA"));
        files.write("old.key", &section("RSA PRIVATE KEY", "Proc-Type: 4,ENCRYPTED\nDEK-Info: A\n\nAAAA"));
        files.write("junk.key", &section("PRIVATE KEY", "AAAA"));
        files.write("cut.crt", "-----BEGIN CERTIFICATE-----\nAAAA\n");
        files.check("absent.crt", "one.key", "cannot read the certificate", "path");
        files.check("one.crt", "absent.key", "cannot read the key", "path");
        files.check("one.crt", "two.key", "does not belong to the certificate", "own certificate first");
        files.check("one.key", "one.crt", "has no certificate in it", "swapped");
        files.check("one.crt", "two.crt", "has no private key in it", "swapped");
        files.check("empty", "one.key", "is not a PEM file", "-----BEGIN CERTIFICATE-----");
        files.check("der", "one.key", "is not a PEM file", "openssl x509");
        files.check("cut.crt", "one.key", "is not a PEM file", "openssl");
        files.check("one.crt", "locked.key", "encrypted with a password", "openssl pkey");
        files.check("one.crt", "old.key", "encrypted with a password", "openssl pkey");
        files.check("one.crt", "junk.key", "cannot be used", "ECDSA");
    }
}
