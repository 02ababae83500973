//! `qiusuo sign`: the signed public parameters of a content search request.

use std::{io::Read as _, path::Path, process::ExitCode};

use anyhow::{Context, Result, bail};
use engine::{Clock, open_existing};
use wire::signature;

use super::opening;
use crate::{
    cli::{Global, Sign},
    config::Config,
    output,
};

/// The longest secret that is read from a file, in bytes.
const SECRET_BYTES: u64 = 4096;

/// Prints `partner=…&timestamp=…&nonce=…&signature=…`.
pub(super) async fn run(global: &Global, config: &Config, sign: &Sign) -> Result<ExitCode> {
    let secure_key = match (&sign.secure_key_file, &sign.partner) {
        (Some(file), _) => read_secret(file)?,
        (None, Some(partner)) => {
            let directory = open_existing(opening::options(global, config)).await?;
            opening::administration(&directory).secure_key(partner).await?
        }
        (None, None) => bail!("give --partner, or --secure-key-file"),
    };
    let timestamp = sign.timestamp.unwrap_or_else(|| Clock::system().unix_seconds());
    let nonce = match &sign.nonce {
        Some(nonce) if (1..=64).contains(&nonce.chars().count()) => nonce.clone(),
        Some(_) => bail!("--nonce takes 1 to 64 characters"),
        None => engine::secrets::hex(&engine::secrets::random::<6>()?),
    };
    let query = query(sign.partner.as_deref(), &secure_key, timestamp, &nonce, sign.uuid.as_deref());
    if global.json {
        let fields = query.split('&').filter_map(|pair| pair.split_once('='));
        let object: serde_json::Map<_, _> =
            fields.map(|(name, value)| (name.to_owned(), value.into())).collect();
        output::json(&serde_json::Value::Object(object))?;
    } else {
        output::data(&query)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The query part that a request carries, percent-encoded.
pub(super) fn query(
    partner: Option<&str>,
    secure_key: &str,
    timestamp: i64,
    nonce: &str,
    uuid: Option<&str>,
) -> String {
    let time = timestamp.to_string();
    let signature = match uuid {
        Some(uuid) => signature::sign_register(secure_key, &time, nonce, uuid),
        None => signature::sign(secure_key, &time, nonce),
    };
    let partner = partner.map_or_else(String::new, |partner| format!("partner={}&", encode(partner)));
    format!("{partner}timestamp={time}&nonce={}&signature={signature}", encode(nonce))
}

fn read_secret(file: &Path) -> Result<String> {
    let mut text = String::new();
    if file == Path::new("-") {
        std::io::stdin().take(SECRET_BYTES).read_to_string(&mut text).context("cannot read the secret")?;
    } else {
        let opened = std::fs::File::open(file).with_context(|| format!("cannot open {}", file.display()))?;
        opened
            .take(SECRET_BYTES)
            .read_to_string(&mut text)
            .with_context(|| format!("cannot read {}", file.display()))?;
    }
    let secret = text.trim_end_matches(['\r', '\n']).to_owned();
    if secret.is_empty() {
        bail!("there is no secret in {}", file.display());
    }
    Ok(secret)
}

/// Percent-encodes everything but the unreserved characters of RFC 3986.
pub(super) fn encode(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}
