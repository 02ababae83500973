//! Parameters of a query string or of a form body, decoded as both contracts want it: `+` is a
//! space, percent-decoding once, of a repeated name the first counts.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

/// The longest query string, and the longest form body, that is decoded.
pub const MAX_QUERY_BYTES: usize = 8192;

/// The most code points a keyword may have after trimming.
pub const MAX_KEYWORD_CHARACTERS: usize = 64;

/// Why a query string cannot be decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// It is longer than [`MAX_QUERY_BYTES`].
    #[error("the query string is longer than {limit} bytes; send at most {limit} bytes")]
    TooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// A `%` does not begin a percent-encoded byte.
    #[error(
        "the query string has a % at byte {at} that is not followed by two hexadecimal digits; write a plain % as %25"
    )]
    BadPercent {
        /// The byte position of the `%` in the undecoded text.
        at: usize,
    },
    /// A name or a value is not UTF-8 once it is decoded.
    #[error("{at} is not valid UTF-8 after decoding; percent-encode the UTF-8 bytes of the text")]
    InvalidUtf8 {
        /// The parameter's name, or where an unreadable name begins.
        at: String,
    },
}

/// The parameter by which a caller asks for an error, where a server allows it.
pub const FAULT: &str = "qiusuo_fault";

/// What is wrong with one parameter: the sentence of both contracts' parameter errors.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{parameter} {problem}")]
pub struct ParameterError {
    /// The parameter's name on the wire.
    pub parameter: &'static str,
    /// The rest of the sentence: what is wrong, and the limit.
    pub problem: Cow<'static, str>,
}

impl ParameterError {
    /// Makes an error from the parameter's name and the rest of the sentence.
    pub fn new(parameter: &'static str, problem: impl Into<Cow<'static, str>>) -> Self {
        Self { parameter, problem: problem.into() }
    }
}

/// Decoded parameters in the order they came in.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Parameters {
    /// All decoded names and values, one after the other: two allocations a request, however many there are.
    text: String,
    pairs: Vec<(Range<u32>, Range<u32>)>,
}

impl Parameters {
    /// Decodes a query string (without its `?`) or a form body.
    ///
    /// # Errors
    /// When it is too long, has a bad percent-encoding, or is not UTF-8 once decoded.
    pub fn parse(raw: &str) -> Result<Self, QueryError> {
        if raw.len() > MAX_QUERY_BYTES {
            return Err(QueryError::TooLong { limit: MAX_QUERY_BYTES });
        }
        let mut decoding = Decoding { text: Vec::with_capacity(raw.len()), pairs: Vec::with_capacity(12) };
        let mut position = 0;
        for part in raw.as_bytes().split(|byte| *byte == b'&') {
            if !part.is_empty() {
                decoding.push_part(part, position)?;
            }
            position += part.len() + 1;
        }
        let Decoding { text, pairs } = decoding;
        // Each piece is, so all of them are.
        let text = String::from_utf8(text).unwrap_or_default();
        Ok(Self { text, pairs })
    }

    /// The first value of `name`; an absent parameter is not the same as an empty one.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.pairs.iter().find(|(range, _)| self.slice(range) == name)?;
        Some(self.slice(&found.1))
    }

    /// Adds those parameters of `other` whose names are not here yet: a form body under a query.
    pub fn merge_missing(&mut self, other: Self) {
        let known = self.pairs.len();
        for (name, value) in other.iter() {
            if self.iter().take(known).all(|(present, _)| present != name) {
                let name_range = self.append(name);
                let value_range = self.append(value);
                self.pairs.push((name_range, value_range));
            }
        }
        drop(other);
    }

    /// All names and values, repeated ones too, in the order they came in.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (self.slice(name), self.slice(value)))
    }

    fn slice(&self, range: &Range<u32>) -> &str {
        &self.text[range.start as usize..range.end as usize]
    }

    fn append(&mut self, decoded: &str) -> Range<u32> {
        let start = self.text.len();
        self.text.push_str(decoded);
        // Both fit: a text has at most MAX_QUERY_BYTES and at most two of them are merged.
        start as u32..self.text.len() as u32
    }
}

/// Parameters of which not all are decoded yet.
struct Decoding {
    text: Vec<u8>,
    pairs: Vec<(Range<u32>, Range<u32>)>,
}

impl Decoding {
    fn push_part(&mut self, part: &[u8], position: usize) -> Result<(), QueryError> {
        let (name, value) = match part.iter().position(|byte| *byte == b'=') {
            Some(sign) => (&part[..sign], &part[sign + 1..]),
            None => (part, &[][..]),
        };
        let Some(name_range) = self.push_decoded(name, position)? else {
            return Err(QueryError::InvalidUtf8 { at: format!("the parameter name at byte {position}") });
        };
        let Some(value_range) = self.push_decoded(value, position + name.len() + 1)? else {
            let name = &self.text[name_range.start as usize..name_range.end as usize];
            return Err(QueryError::InvalidUtf8 { at: shown_name(&String::from_utf8_lossy(name)) });
        };
        self.pairs.push((name_range, value_range));
        Ok(())
    }

    /// Decodes one name or value; `None` when it is not UTF-8 afterwards.
    fn push_decoded(&mut self, raw: &[u8], position: usize) -> Result<Option<Range<u32>>, QueryError> {
        let start = self.text.len();
        if raw.iter().any(|byte| matches!(byte, b'%' | b'+')) {
            decode(raw, position, &mut self.text)?;
            if std::str::from_utf8(&self.text[start..]).is_err() {
                return Ok(None);
            }
        } else {
            self.text.extend_from_slice(raw);
        }
        // Both fit: nothing grows by being decoded.
        Ok(Some(start as u32..self.text.len() as u32))
    }
}

/// Names only: values carry tokens, keys and signatures.
impl fmt::Debug for Parameters {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Parameters ")?;
        formatter.debug_list().entries(self.iter().map(|(name, _)| name)).finish()
    }
}

/// A search keyword: trimmed, 1 to 64 code points.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Keyword(String);

impl Keyword {
    /// Trims and checks a keyword.
    ///
    /// # Errors
    /// When nothing is left after trimming, or more than [`MAX_KEYWORD_CHARACTERS`].
    pub fn parse(text: &str) -> Result<Self, ParameterError> {
        trimmed_keyword(text).map(|trimmed| Self(trimmed.to_owned()))
    }

    /// Reads and checks the parameter `keyword`; an absent one is like an empty one.
    ///
    /// # Errors
    /// As [`Keyword::parse`].
    pub fn from_parameters(parameters: &Parameters) -> Result<Self, ParameterError> {
        Self::parse(parameters.get("keyword").unwrap_or_default())
    }

    /// The keyword's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The keyword's text, by value.
    pub fn into_string(self) -> String {
        self.0
    }
}

/// Trims and checks a keyword, as [`Keyword::parse`] does, without a copy.
///
/// # Errors
/// As [`Keyword::parse`].
pub fn trimmed_keyword(text: &str) -> Result<&str, ParameterError> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(ParameterError::new(
            "keyword",
            "is required and must not be empty; give 1 to 64 characters",
        ));
    }
    // A text of few bytes cannot have too many characters.
    if trimmed.len() > MAX_KEYWORD_CHARACTERS {
        let length = trimmed.chars().count();
        if length > MAX_KEYWORD_CHARACTERS {
            return Err(ParameterError::new(
                "keyword",
                format!("has {length} characters; at most {MAX_KEYWORD_CHARACTERS} are allowed"),
            ));
        }
    }
    Ok(trimmed)
}

impl fmt::Display for Keyword {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Decodes one name or value in place of what `decoded` holds.
fn decode(raw: &[u8], position: usize, decoded: &mut Vec<u8>) -> Result<(), QueryError> {
    let mut index = 0;
    while let Some(&byte) = raw.get(index) {
        match byte {
            b'+' => decoded.push(b' '),
            b'%' => {
                let byte = percent_byte(&raw[index + 1..]);
                decoded.push(byte.ok_or(QueryError::BadPercent { at: position + index })?);
                index += 2;
            }
            byte => decoded.push(byte),
        }
        index += 1;
    }
    Ok(())
}

fn percent_byte(rest: &[u8]) -> Option<u8> {
    let high = char::from(*rest.first()?).to_digit(16)?;
    let low = char::from(*rest.get(1)?).to_digit(16)?;
    u8::try_from(high * 16 + low).ok()
}

/// A name for an error sentence: anybody can send any name, so it is cut and stripped of controls.
fn shown_name(name: &str) -> String {
    name.chars().filter(|character| !character.is_control()).take(64).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(raw: &str, name: &str, expected: Option<&str>) {
        assert_eq!(Parameters::parse(raw).unwrap().get(name), expected, "{raw}");
    }

    #[test]
    fn decodes_forms() {
        check("keyword=a+b", "keyword", Some("a b"));
        check("keyword=a%2Bb", "keyword", Some("a+b"));
        check("keyword=%252B", "keyword", Some("%2B"));
        check("key%77ord=x", "keyword", Some("x"));
        check("keyword=%e7%be%8E", "keyword", Some("美"));
        check("keyword=美", "keyword", Some("美"));
        check("keyword=1&keyword=2", "keyword", Some("1"));
        check("keyword", "keyword", Some(""));
        check("keyword=a=b", "keyword", Some("a=b"));
        check("&&token=t&", "keyword", None);
        check("&&token=t&", "token", Some("t"));
        check("", "", None);
    }

    #[test]
    fn refuses_what_cannot_be_decoded() {
        let long = "a".repeat(MAX_QUERY_BYTES + 1);
        assert_eq!(Parameters::parse(&long), Err(QueryError::TooLong { limit: MAX_QUERY_BYTES }));
        assert!(Parameters::parse(&long[1..]).is_ok());
        assert_eq!(Parameters::parse("a=1&b=x%4"), Err(QueryError::BadPercent { at: 7 }));
        assert_eq!(Parameters::parse("a=%+1"), Err(QueryError::BadPercent { at: 2 }));
        assert_eq!(
            Parameters::parse("a=1&keyword=%C3%28"),
            Err(QueryError::InvalidUtf8 { at: "keyword".to_owned() })
        );
        let error = Parameters::parse("a=1&%FF=2").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the parameter name at byte 4 is not valid UTF-8 after decoding; percent-encode the UTF-8 bytes of the text"
        );
    }

    #[test]
    fn a_body_only_adds_what_is_missing() {
        let mut query = Parameters::parse("uuid=q").unwrap();
        query.merge_missing(Parameters::parse("uuid=b&age=7&age=8").unwrap());
        assert_eq!(query.get("uuid"), Some("q"));
        assert_eq!(query.get("age"), Some("7"));
    }

    #[test]
    fn debug_shows_no_value() {
        let parameters = Parameters::parse("token=secret&keyword=x").unwrap();
        assert_eq!(format!("{parameters:?}"), r#"Parameters ["token", "keyword"]"#);
    }

    #[test]
    fn keywords_are_trimmed_and_limited() {
        assert_eq!(Keyword::parse(" 美食 ").unwrap().as_str(), "美食");
        assert_eq!(Keyword::parse("\u{3000}\t").unwrap_err().parameter, "keyword");
        assert!(Keyword::parse(&"好".repeat(64)).is_ok());
        let error = Keyword::parse(&"好".repeat(65)).unwrap_err();
        assert_eq!(error.to_string(), "keyword has 65 characters; at most 64 are allowed");
    }

    fn encode(text: &str) -> String {
        text.bytes().map(|byte| format!("%{byte:02X}")).collect()
    }

    proptest! {
        #[test]
        fn any_string_decodes_or_is_refused(raw in any::<String>()) {
            if let Ok(parameters) = Parameters::parse(&raw) {
                for (name, _) in parameters.iter() {
                    prop_assert!(parameters.get(name).is_some());
                }
            }
        }

        #[test]
        fn raw_escapes_never_panic(raw in "[%+&=a0-9A-F]{0,40}") {
            let _outcome = Parameters::parse(&raw);
        }

        #[test]
        fn encoded_text_comes_back(name in any::<String>(), value in any::<String>()) {
            let raw = format!("first=1&{}={}", encode(&name), encode(&value));
            let parameters = Parameters::parse(&raw).unwrap();
            if name != "first" && !(name.is_empty() && value.is_empty()) {
                prop_assert_eq!(parameters.get(&name), Some(value.as_str()));
            }
        }
    }
}
