//! One given value, read as the type that its key wants.
//!
//! Every reader returns the problem as a sentence: what was expected, what was found.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use toml::de::DeValue;

use super::{AccessLogPlace, HttpStatus, LogFormat, LogLevel, Masked};

/// A value as a source gives it.
pub(super) enum Given<'a> {
    /// From a file: it has a type of its own, and paths are relative to the file's directory.
    Toml { value: &'a DeValue<'a>, directory: &'a Path },
    /// From the environment or a flag: text, read as whatever is wanted.
    Text(&'a str),
}

/// A value, or the sentence that says what is wrong with it.
pub(super) type Reading<T> = Result<T, String>;

impl Given<'_> {
    pub(super) fn boolean(&self) -> Reading<bool> {
        match self {
            Self::Toml { value, .. } => value.as_bool(),
            Self::Text(text) => match text.trim() {
                "true" | "1" => Some(true),
                "false" | "0" => Some(false),
                _ => None,
            },
        }
        .ok_or_else(|| self.expected("true or false"))
    }

    pub(super) fn count<T>(&self, range: RangeInclusive<T>) -> Reading<T>
    where
        T: TryFrom<i64> + PartialOrd + std::fmt::Display,
    {
        let expected = || self.expected(&format!("a whole number, {} to {}", range.start(), range.end()));
        let number = self.integer().ok_or_else(expected)?;
        T::try_from(number).ok().filter(|number| range.contains(number)).ok_or_else(expected)
    }

    /// A number that may have a fraction.
    pub(super) fn number(&self, range: RangeInclusive<f64>) -> Reading<f64> {
        let number = match self {
            Self::Toml { value: DeValue::Float(number), .. } => number.as_str().replace('_', "").parse().ok(),
            Self::Toml { .. } => self.integer().map(|number| number as f64),
            Self::Text(text) => text.trim().parse().ok(),
        };
        // What is not a number is in no range.
        number
            .filter(|number| range.contains(number))
            .ok_or_else(|| self.expected(&format!("a number, {} to {}", range.start(), range.end())))
    }

    pub(super) fn bytes(&self, range: RangeInclusive<u64>) -> Reading<u64> {
        let expected = || {
            let (least, most) = (show_bytes(*range.start()), show_bytes(*range.end()));
            self.expected(&format!("a size such as \"32MB\", \"64MiB\" or 500000 bytes, {least} to {most}"))
        };
        let size = match self {
            Self::Toml { value, .. } if value.is_integer() => {
                self.integer().and_then(|number| u64::try_from(number).ok())
            }
            Self::Toml { value, .. } => value.as_str().and_then(parse_bytes),
            Self::Text(text) => parse_bytes(text),
        };
        size.filter(|size| range.contains(size)).ok_or_else(expected)
    }

    pub(super) fn text(&self, most_characters: usize) -> Reading<String> {
        let text = self.string("a text")?;
        let length = text.chars().count();
        if length > most_characters {
            return Err(format!("expected at most {most_characters} characters, found {length}"));
        }
        Ok(text.to_owned())
    }

    pub(super) fn address(&self) -> Reading<SocketAddr> {
        const EXPECTED: &str = "an IP address and a port, such as \"127.0.0.1:8686\" or \"[::]:8686\"";
        let text = self.string(EXPECTED)?;
        text.trim().parse().map_err(|_| self.expected(EXPECTED))
    }

    pub(super) fn optional_address(&self) -> Reading<Option<SocketAddr>> {
        if self.is_empty() { Ok(None) } else { self.address().map(Some) }
    }

    pub(super) fn optional_path(&self) -> Reading<Option<PathBuf>> {
        let text = self.string("the path of a file")?;
        Ok(match (text, self) {
            ("", _) => None,
            (text, Self::Toml { directory, .. }) => Some(directory.join(text)),
            (text, Self::Text(_)) => Some(PathBuf::from(text)),
        })
    }

    /// A limit or an amount as it is spelled, be it a text or a number; `parse` says what it expected.
    pub(super) fn spelled<T>(&self, parse: impl FnOnce(&str) -> Result<T, String>) -> Reading<T> {
        let number = match self {
            // The digits themselves, so that no amount is rounded.
            Self::Toml { value: DeValue::Float(number), .. } => Some(number.as_str().to_owned()),
            Self::Toml { value: DeValue::Integer(_), .. } => self.integer().map(|number| number.to_string()),
            _ => None,
        };
        let text = match &number {
            Some(number) => number,
            None => self.string("a text or a number")?,
        };
        parse(text.trim()).map_err(|expected| self.expected(&expected))
    }

    /// A secret: what is wrong with it is said without it. The mask that stands for one is none.
    pub(super) fn secret(&self, mask: &str) -> Reading<Masked> {
        match self.string("a text") {
            Ok(text) if text == mask => {
                Err("expected the secret, found the mask that stands for it in the output".to_owned())
            }
            Ok(text) => Ok(Masked::new(text.to_owned())),
            Err(_) => Err("expected a text".to_owned()),
        }
    }

    /// The address of a webhook. It may hold a key, so it is not repeated.
    pub(super) fn optional_webhook(&self) -> Reading<Option<String>> {
        const EXPECTED: &str =
            "expected an address that begins with \"https://\" or \"http://\", without a user name";
        let text = self.string("").map_err(|_| EXPECTED.to_owned())?.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let authority = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
        let is_printable = text.bytes().all(|byte| byte.is_ascii_graphic());
        match authority {
            Some(authority) if is_printable && is_authority(authority) => Ok(Some(text.to_owned())),
            _ => Err(EXPECTED.to_owned()),
        }
    }

    /// An address as answers carry them: ours (from `/`) or a whole one.
    pub(super) fn link(&self) -> Reading<String> {
        const EXPECTED: &str = "an address that begins with \"http://\", \"https://\" or \"/\"";
        let text = self.string(EXPECTED)?.trim();
        let known = ["http://", "https://", "/"].iter().any(|start| text.starts_with(start));
        if text.is_empty() || known { Ok(text.to_owned()) } else { Err(self.expected(EXPECTED)) }
    }

    pub(super) fn optional_base_url(&self) -> Reading<Option<String>> {
        const EXPECTED: &str = "scheme and host (and port) alone, such as \"https://search.example.com\"";
        let text = self.string(EXPECTED)?.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let base = text.strip_suffix('/').unwrap_or(text);
        let authority = base.strip_prefix("https://").or_else(|| base.strip_prefix("http://"));
        match authority {
            Some(authority) if is_authority(authority) => Ok(Some(base.to_owned())),
            _ => Err(self.expected(EXPECTED)),
        }
    }

    pub(super) fn choice<T: Choice>(&self) -> Reading<T> {
        let names: Vec<String> = T::CHOICES.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        let expected = format!("one of {}", names.join(", "));
        let text = self.string(&expected)?.trim();
        let found = T::CHOICES.iter().find(|(name, _)| *name == text);
        found.map(|(_, choice)| *choice).ok_or_else(|| self.expected(&expected))
    }

    /// The sentence "expected …, found …".
    pub(super) fn expected(&self, what: &str) -> String {
        let found = match self {
            Self::Toml { value: DeValue::String(text), .. } => format!("{text:?}"),
            Self::Toml { value: DeValue::Integer(number), .. } => number.to_string(),
            Self::Toml { value: DeValue::Float(number), .. } => number.as_str().to_owned(),
            Self::Toml { value: DeValue::Boolean(boolean), .. } => boolean.to_string(),
            Self::Toml { value, .. } => format!("a value of type {}", value.type_str()),
            Self::Text(text) => format!("{text:?}"),
        };
        format!("expected {what}, found {found}")
    }

    fn string(&self, expected: &str) -> Reading<&str> {
        match self {
            Self::Toml { value, .. } => value.as_str().ok_or_else(|| self.expected(expected)),
            Self::Text(text) => Ok(text),
        }
    }

    fn integer(&self) -> Option<i64> {
        match self {
            Self::Toml { value, .. } => {
                let number = value.as_integer()?;
                i64::from_str_radix(number.as_str(), number.radix()).ok()
            }
            Self::Text(text) => text.trim().parse().ok(),
        }
    }

    fn is_empty(&self) -> bool {
        self.string("").is_ok_and(|text| text.trim().is_empty())
    }
}

/// A setting with a fixed set of names.
pub(super) trait Choice: Copy + PartialEq + 'static {
    /// Every name with what it means.
    const CHOICES: &'static [(&'static str, Self)];

    /// The name of this choice.
    fn name(self) -> &'static str {
        Self::CHOICES.iter().find(|(_, choice)| *choice == self).map_or("", |(name, _)| name)
    }
}

impl Choice for HttpStatus {
    const CHOICES: &'static [(&'static str, Self)] =
        &[("mapped", Self::Mapped), ("always_200", Self::Always200)];
}

impl Choice for LogLevel {
    const CHOICES: &'static [(&'static str, Self)] = &[
        ("off", Self::Off),
        ("error", Self::Error),
        ("warn", Self::Warn),
        ("info", Self::Info),
        ("debug", Self::Debug),
        ("trace", Self::Trace),
    ];
}

impl Choice for LogFormat {
    const CHOICES: &'static [(&'static str, Self)] = &[("text", Self::Text), ("json", Self::Json)];
}

impl Choice for AccessLogPlace {
    const CHOICES: &'static [(&'static str, Self)] =
        &[("file", Self::File), ("stderr", Self::Stderr), ("off", Self::Off)];
}

impl LogLevel {
    /// The level's name, as a filter of the log takes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.name()
    }
}

/// Whether `text` is a host name, IPv4 address or bracketed IPv6 address, with or without a port: what may
/// stand between the scheme and the path of an address that others will follow. No user names.
#[must_use]
pub fn is_authority(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((address, port)) if address.parse::<std::net::Ipv6Addr>().is_ok() => ("v6", port),
            _ => return false,
        },
        None => text.find(':').map_or((text, ""), |colon| text.split_at(colon)),
    };
    let is_name_byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    let is_host = !host.is_empty()
        && host.len() <= 253
        && host.bytes().all(is_name_byte)
        && !host.starts_with(['.', '-'])
        && !host.contains("..");
    is_host && (port.is_empty() || is_port(port))
}

fn is_port(colon_and_digits: &str) -> bool {
    let Some(digits) = colon_and_digits.strip_prefix(':') else { return false };
    digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.parse::<u16>().is_ok_and(|port| 0 < port)
}

/// Units of a size, the larger ones first; the last one has no name of its own.
const UNITS: [(&str, u64); 8] = [
    ("GiB", 1 << 30),
    ("GB", 1_000_000_000),
    ("MiB", 1 << 20),
    ("MB", 1_000_000),
    ("KiB", 1 << 10),
    ("KB", 1_000),
    ("B", 1),
    ("", 1),
];

fn parse_bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unit = unit.trim_start();
    let (_, factor) = UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit))?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

/// The shortest exact way to write a size.
pub(super) fn show_bytes(size: u64) -> String {
    let exact = UNITS.iter().filter(|(_, factor)| size != 0 && size.is_multiple_of(*factor));
    let (name, factor) = exact.max_by_key(|(_, factor)| *factor).unwrap_or(&("B", 1));
    format!("{}{name}", size / factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_written() {
        let check = |text: &str, expected: Option<u64>| assert_eq!(parse_bytes(text), expected, "{text}");
        check("32MB", Some(32_000_000));
        check("64 mib", Some(67_108_864));
        check("500000", Some(500_000));
        check("0B", Some(0));
        check("", None);
        check("MB", None);
        check("1.5GB", None);
        check("-1", None);
        check("99999999999GB", None);
        for size in [0, 1, 999, 1_000, 1_024, 32_000_000, 1 << 26, 3_000_000_000] {
            assert_eq!(parse_bytes(&show_bytes(size)), Some(size));
        }
        assert_eq!(show_bytes(32_000_000), "32MB");
    }

    #[test]
    fn authorities() {
        for good in ["localhost", "a.example.com:8080", "127.0.0.1:1", "[::1]", "[::1]:443", "xn--fiqs8s"] {
            assert!(is_authority(good), "{good}");
        }
        for bad in [
            "",
            ":80",
            "a:",
            "a:0",
            "a:99999",
            "a:+1",
            "u@h",
            "a/b",
            "a b",
            "[::1",
            "[x]:1",
            "求索.cn",
            "a..b",
        ] {
            assert!(!is_authority(bad), "{bad}");
        }
    }
}
