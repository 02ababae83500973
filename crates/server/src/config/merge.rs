//! Brings the sources together, the weaker ones first.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::keys::{self, Key};
use super::value::Given;
use super::{Config, ConfigError, Overrides};

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Nobody set it.
    Default,
    /// The configuration file, at this line.
    File(String),
    /// This environment variable.
    Environment(String),
    /// This flag.
    Flag(&'static str),
}

impl Source {
    /// `default`, `file`, `environment` or `flag`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::File(_) => "file",
            Self::Environment(_) => "environment",
            Self::Flag(_) => "flag",
        }
    }

    /// File and line, the variable, or the flag; empty for a default.
    #[must_use]
    pub fn place(&self) -> &str {
        match self {
            Self::Default => "",
            Self::File(place) | Self::Environment(place) => place,
            Self::Flag(place) => place,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place() {
            "" => formatter.write_str(self.name()),
            place => write!(formatter, "{} {place}", self.name()),
        }
    }
}

/// Who set what; a key that is absent has its default.
#[derive(Debug, Clone, Default)]
pub(super) struct Origins(BTreeMap<&'static str, Source>);

impl Origins {
    pub(super) fn of(&self, key: &str) -> &Source {
        self.0.get(key).unwrap_or(&Source::Default)
    }
}

/// Takes the values of a TOML file.
pub(super) fn file(config: &mut Config, path: &Path, text: &str) -> Result<(), ConfigError> {
    let file = File { path, text };
    let table = DeTable::parse(text).map_err(|error| file.syntax(&error))?;
    file.table(config, "", table.get_ref())
}

/// Takes the variables whose name is `QIUSUO_` and the name of a key in capitals, dots as `_`.
pub(super) fn environment(
    config: &mut Config,
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<(), ConfigError> {
    let ours = variables.into_iter().filter_map(|(name, value)| {
        let name = name.into_string().ok()?;
        name.starts_with(PREFIX).then_some((name, value))
    });
    for (name, value) in ours {
        let Some(key) = keys::all().find(|key| variable(key) == name) else {
            refuse_typo(&name)?;
            continue;
        };
        let Some(text) = value.to_str() else {
            let problem = "expected UTF-8".to_owned();
            return Err(ConfigError::Value { place: name, key: key.name, problem });
        };
        set(config, key, &Given::Text(text), Source::Environment(name))?;
    }
    Ok(())
}

/// Takes the flags.
pub(super) fn overrides(config: &mut Config, flags: &Overrides) -> Result<(), ConfigError> {
    let path = |path: &Option<std::path::PathBuf>| path.as_ref().map(|path| path.display().to_string());
    let given = [
        ("server.listen", "--listen", flags.listen.clone()),
        ("server.tls_listen", "--tls-listen", flags.tls_listen.clone()),
        ("server.tls_certificate", "--tls-cert", path(&flags.tls_certificate)),
        ("server.tls_key", "--tls-key", path(&flags.tls_key)),
    ];
    for (name, flag, text) in given {
        if let (Some(key), Some(text)) = (keys::find(name), text) {
            set(config, key, &Given::Text(&text), Source::Flag(flag))?;
        }
    }
    Ok(())
}

const PREFIX: &str = "QIUSUO_";

/// A file while it is read.
struct File<'a> {
    path: &'a Path,
    text: &'a str,
}

impl File<'_> {
    fn table(&self, config: &mut Config, above: &str, table: &DeTable<'_>) -> Result<(), ConfigError> {
        for (name, value) in table {
            let full_name = if above.is_empty() {
                name.get_ref().to_string()
            } else {
                format!("{above}.{}", name.get_ref())
            };
            let place = self.place(name.span().start);
            self.entry(config, full_name, place, value.get_ref())?;
        }
        Ok(())
    }

    fn entry(
        &self,
        config: &mut Config,
        name: String,
        place: String,
        value: &DeValue<'_>,
    ) -> Result<(), ConfigError> {
        let directory = self.path.parent().unwrap_or(Path::new(""));
        let given = Given::Toml { value, directory };
        if let Some(key) = keys::find(&name) {
            return set(config, key, &given, Source::File(place));
        }
        let section = keys::all().find(|key| key.name.starts_with(&format!("{name}.")));
        match (section, value) {
            (Some(_), DeValue::Table(table)) => self.table(config, &name, table),
            (Some(key), _) => {
                let section = &key.name[..name.len()];
                Err(ConfigError::Value { place, key: section, problem: given.expected("a table") })
            }
            (None, _) => {
                let nearest = if value.is_table() { nearest_section(&name) } else { nearest_key(&name) };
                Err(ConfigError::UnknownKey { place, key: name, nearest })
            }
        }
    }

    /// What is wrong with the file, and in which line: the parser's own text would quote it, and it may hold a secret.
    fn syntax(&self, error: &toml::de::Error) -> ConfigError {
        let message = match error.span() {
            Some(span) => format!("{} at line {}", error.message(), self.line(span.start)),
            None => error.message().to_owned(),
        };
        ConfigError::Syntax { path: self.path.to_owned(), message }
    }

    fn place(&self, offset: usize) -> String {
        format!("{}:{}", self.path.display(), self.line(offset))
    }

    fn line(&self, offset: usize) -> usize {
        1 + self.text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
    }
}

fn set(config: &mut Config, key: &Key, given: &Given<'_>, source: Source) -> Result<(), ConfigError> {
    (key.set)(config, given).map_err(|problem| ConfigError::Value {
        place: source.place().to_owned(),
        key: key.name,
        problem,
    })?;
    config.origins.0.insert(key.name, source);
    Ok(())
}

/// The variable of a key: `server.tls_key` is `QIUSUO_SERVER_TLS_KEY`.
fn variable(key: &Key) -> String {
    format!("{PREFIX}{}", key.name.replace('.', "_").to_ascii_uppercase())
}

/// Refuses a variable that looks like one of ours. Others under the prefix belong to somebody else: the
/// flags' own, those of tests, and what container platforms set for a service of this name.
fn refuse_typo(name: &str) -> Result<(), ConfigError> {
    let distance = |key: &Key| strsim::damerau_levenshtein(name, &variable(key));
    let Some(nearest) = keys::all().min_by_key(|key| distance(key)) else { return Ok(()) };
    let is_ours = keys::all().any(|key| {
        let section = variable(key).split('_').nth(1).map(|section| format!("{PREFIX}{section}_"));
        section.is_some_and(|section| name.starts_with(&section))
    });
    if distance(nearest) > 2 && (!is_ours || is_service_link(name)) {
        return Ok(());
    }
    Err(ConfigError::UnknownKey {
        place: "environment".to_owned(),
        key: name.to_owned(),
        nearest: nearest.name,
    })
}

/// Whether Kubernetes makes variables of this shape for a service (of the name `qiusuo-server`, say).
fn is_service_link(name: &str) -> bool {
    let ends = ["_SERVICE_HOST", "_SERVICE_PORT", "_PORT"];
    ends.iter().any(|end| name.ends_with(end)) || name.contains("_SERVICE_PORT_") || name.contains("_PORT_")
}

/// The known key that is most like `name`, be it written with or without its section.
fn nearest_key(name: &str) -> &'static str {
    let last = |name: &'static str| name.rsplit('.').next().unwrap_or(name);
    let distance = |key: &Key| {
        let whole = strsim::damerau_levenshtein(name, key.name);
        whole.min(strsim::damerau_levenshtein(name, last(key.name)))
    };
    keys::all().min_by_key(|key| distance(key)).map_or("", |key| key.name)
}

/// The known section that is most like `name`; a section of sections is one too.
fn nearest_section(name: &str) -> &'static str {
    let above = |name: &'static str| name.rsplit_once('.').map(|(section, _)| section);
    let sections =
        keys::all().flat_map(|key| std::iter::successors(above(key.name), |section| above(section)));
    sections.min_by_key(|section| strsim::damerau_levenshtein(name, section)).unwrap_or_default()
}
