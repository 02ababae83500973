//! Parameters of the content search, each checked on its own so that the server can keep the
//! contract's check order: partner → timestamp → signature → nonce → permission → access_token →
//! parameters.
//!
//! The signature covers the nonce and, on registration, the uuid. So their *form* is best checked
//! before the signature is compared: an absent nonce is then named instead of being reported as a
//! mismatch.

use std::fmt;

use super::{Keyword, ParameterError, TypeSet};
use crate::query::Parameters;

/// How many items a page has when the caller does not say.
pub const DEFAULT_COUNT: u32 = 10;
/// The most items a page may have.
pub const MAX_COUNT: u32 = 20;

const MAX_PARTNER_BYTES: usize = 128;
const MAX_NONCE_CHARACTERS: usize = 64;
const MAX_UUID_CHARACTERS: usize = 64;
const MAX_OUID_CHARACTERS: usize = 64;
const MAX_SEARCH_ID_BYTES: usize = 128;

/// A timestamp as it was sent, which is what is signed, and as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timestamp<'a> {
    /// The ten digits.
    pub text: &'a str,
    /// Unix seconds.
    pub seconds: i64,
}

/// The public parameters of a request, all well-formed, none verified.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicParameters<'a> {
    /// The channel name of the application.
    pub partner: &'a str,
    /// When the request was signed.
    pub timestamp: Timestamp<'a>,
    /// What makes signatures of one second differ.
    pub nonce: &'a str,
    /// 40 hexadecimal digits.
    pub signature: &'a str,
    /// The user's token; absent on registration.
    pub access_token: Option<&'a str>,
}

/// The partner only: the rest is secret, or is what a secret was made into.
impl fmt::Debug for PublicParameters<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PublicParameters").field("partner", &self.partner).finish_non_exhaustive()
    }
}

impl<'a> PublicParameters<'a> {
    /// The names of the parameters that belong into the query, never into a body.
    pub const NAMES: [&'static str; 5] = ["partner", "timestamp", "nonce", "signature", "access_token"];

    /// Reads all of them in the check order.
    ///
    /// # Errors
    /// When one is absent, empty or malformed; an absent access token is none of these.
    pub fn parse(parameters: &'a Parameters) -> Result<Self, ParameterError> {
        Ok(Self {
            partner: partner(parameters)?,
            timestamp: timestamp(parameters)?,
            signature: signature(parameters)?,
            nonce: nonce(parameters)?,
            access_token: access_token(parameters),
        })
    }
}

/// Reads `partner`.
///
/// # Errors
/// When it is absent, empty, longer than 128 bytes or holds a control character.
pub fn partner(parameters: &Parameters) -> Result<&str, ParameterError> {
    let partner = required(parameters, "partner")?;
    if partner.len() > MAX_PARTNER_BYTES || partner.contains(char::is_control) {
        return Err(ParameterError::new(
            "partner",
            "is malformed: it is a channel name of at most 128 bytes without control characters",
        ));
    }
    Ok(partner)
}

/// Reads `timestamp`.
///
/// # Errors
/// When it is absent, empty or anything but ten digits.
pub fn timestamp(parameters: &Parameters) -> Result<Timestamp<'_>, ParameterError> {
    let text = required(parameters, "timestamp")?;
    let seconds = if text.len() == 10 { whole_number(text) } else { None };
    let seconds = seconds.ok_or_else(|| {
        ParameterError::new("timestamp", "must be 10 digits, the Unix time in seconds (not milliseconds)")
    })?;
    Ok(Timestamp { text, seconds })
}

/// Reads `signature`.
///
/// # Errors
/// When it is absent, empty or anything but 40 hexadecimal digits.
pub fn signature(parameters: &Parameters) -> Result<&str, ParameterError> {
    let signature = required(parameters, "signature")?;
    if signature.len() != 40 || !signature.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(ParameterError::new("signature", "must be the 40 hexadecimal digits of a SHA-1"));
    }
    Ok(signature)
}

/// Reads `nonce`.
///
/// # Errors
/// When it is absent, empty or longer than 64 characters.
pub fn nonce(parameters: &Parameters) -> Result<&str, ParameterError> {
    let nonce = required(parameters, "nonce")?;
    if nonce.chars().count() > MAX_NONCE_CHARACTERS {
        return Err(ParameterError::new("nonce", "must have 1 to 64 characters"));
    }
    Ok(nonce)
}

/// Reads `access_token`; an empty one is an absent one: ret 1.
pub fn access_token(parameters: &Parameters) -> Option<&str> {
    parameters.get("access_token").filter(|token| !token.is_empty())
}

/// Reads a registration's `uuid`.
///
/// # Errors
/// When it is absent, empty or longer than 64 characters.
pub fn uuid(parameters: &Parameters) -> Result<&str, ParameterError> {
    let uuid = required(parameters, "uuid")?;
    if uuid.chars().count() > MAX_UUID_CHARACTERS {
        return Err(ParameterError::new("uuid", "must have 1 to 64 characters"));
    }
    Ok(uuid)
}

/// What a registration says about a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterParameters {
    /// The application's own id of the user: the same uuid is the same user.
    pub uuid: String,
    /// A second id, at most 64 characters.
    pub ouid: Option<String>,
    /// Years, 0 to 100.
    pub age: Option<u8>,
    /// `f` or `m`.
    pub gender: Option<char>,
    /// The year of birth.
    pub birth: Option<u16>,
}

impl RegisterParameters {
    /// Reads and checks a registration; empty optional values count as absent.
    ///
    /// # Errors
    /// When a value is missing, malformed or outside its limits.
    pub fn parse(parameters: &Parameters) -> Result<Self, ParameterError> {
        let optional = |name: &str| parameters.get(name).filter(|value| !value.is_empty());
        Ok(Self {
            uuid: uuid(parameters)?.to_owned(),
            ouid: optional("ouid").map(ouid).transpose()?,
            age: optional("age").map(age).transpose()?,
            gender: optional("gender").map(gender).transpose()?,
            birth: optional("birth").map(birth).transpose()?,
        })
    }
}

fn ouid(text: &str) -> Result<String, ParameterError> {
    if text.chars().count() > MAX_OUID_CHARACTERS {
        return Err(ParameterError::new("ouid", "must have at most 64 characters"));
    }
    Ok(text.to_owned())
}

fn age(text: &str) -> Result<u8, ParameterError> {
    let number = whole_number(text).filter(|number| *number <= 100);
    number
        .and_then(|number| u8::try_from(number).ok())
        .ok_or_else(|| ParameterError::new("age", "must be a whole number from 0 to 100"))
}

fn gender(text: &str) -> Result<char, ParameterError> {
    match text {
        "f" => Ok('f'),
        "m" => Ok('m'),
        _ => Err(ParameterError::new("gender", "must be f or m")),
    }
}

fn birth(text: &str) -> Result<u16, ParameterError> {
    let number = if text.len() == 4 { whole_number(text) } else { None };
    number
        .and_then(|number| u16::try_from(number).ok())
        .ok_or_else(|| ParameterError::new("birth", "must be a year of four digits"))
}

/// What a search asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchParameters {
    /// The keyword, trimmed.
    pub keyword: Keyword,
    /// Where the page begins in the ranked list.
    pub offset: u32,
    /// Items a page, 1 to [`MAX_COUNT`].
    pub count: u32,
    /// The kinds asked for.
    pub types: TypeSet,
    /// The caller's id of this search.
    pub search_id: Option<String>,
}

impl SearchParameters {
    /// Reads and checks a search.
    ///
    /// # Errors
    /// When a value is missing, malformed or outside its limits.
    pub fn parse(parameters: &Parameters) -> Result<Self, ParameterError> {
        Ok(Self {
            keyword: Keyword::from_parameters(parameters)?,
            offset: parameters.get("offset").map_or(Ok(0), offset)?,
            count: parameters.get("count").map_or(Ok(DEFAULT_COUNT), count)?,
            types: parameters.get("need_group_types").map_or(Ok(TypeSet::ALL), TypeSet::parse)?,
            search_id: parameters.get("search_id").map(search_id).transpose()?,
        })
    }
}

pub(super) fn offset(text: &str) -> Result<u32, ParameterError> {
    let number = whole_number(text)
        .ok_or_else(|| ParameterError::new("offset", "must be a whole number, 0 or more"))?;
    // Far behind the last page it makes no difference how far.
    Ok(u32::try_from(number).unwrap_or(u32::MAX))
}

pub(super) fn count(text: &str) -> Result<u32, ParameterError> {
    let number = whole_number(text).and_then(|number| u32::try_from(number).ok());
    match number {
        Some(0) => Ok(DEFAULT_COUNT),
        Some(number) if number <= MAX_COUNT => Ok(number),
        _ => Err(ParameterError::new(
            "count",
            "must be a whole number from 0 to 20; 0 means the default of 10",
        )),
    }
}

pub(super) fn search_id(text: &str) -> Result<String, ParameterError> {
    let printable = text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    if text.is_empty() || text.len() > MAX_SEARCH_ID_BYTES || !printable {
        return Err(ParameterError::new("search_id", "must be 1 to 128 printable ASCII characters"));
    }
    Ok(text.to_owned())
}

pub(super) fn required<'a>(
    parameters: &'a Parameters,
    name: &'static str,
) -> Result<&'a str, ParameterError> {
    parameters
        .get(name)
        .filter(|value| !value.is_empty())
        .ok_or_else(|| ParameterError::new(name, "is required and must not be empty"))
}

/// A number of digits only: no sign, no space. A number too large for 64 bits is the largest one.
fn whole_number(text: &str) -> Option<i64> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(text.parse().unwrap_or(i64::MAX))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    fn parse(raw: &str) -> Parameters {
        Parameters::parse(raw).unwrap()
    }

    fn search(raw: &str) -> Result<SearchParameters, ParameterError> {
        SearchParameters::parse(&parse(raw))
    }

    fn refused(raw: &str, parameter: &str) {
        assert_eq!(search(raw).unwrap_err().parameter, parameter, "{raw}");
    }

    #[test]
    fn a_search_has_defaults() {
        let found = search("keyword=+%E7%BE%8E+").unwrap();
        assert_eq!(found.keyword.as_str(), "美");
        assert_eq!((found.offset, found.count, found.types, found.search_id), (0, 10, TypeSet::ALL, None));
    }

    #[test]
    fn a_search_is_read_in_full() {
        let found =
            search("keyword=a&offset=20&count=20&need_group_types=tuwen,short_video&search_id=s+1").unwrap();
        assert_eq!((found.offset, found.count, found.types.bits()), (20, 20, 5));
        assert_eq!(found.search_id.as_deref(), Some("s 1"));
        assert_eq!(search("keyword=a&offset=99999999999999999999").unwrap().offset, u32::MAX);
        assert_eq!(search("keyword=a&count=0").unwrap().count, 10);
    }

    #[test]
    fn wrong_values_name_their_parameter() {
        refused("", "keyword");
        refused("keyword=%20", "keyword");
        for value in ["-1", "", "x", "1.5", "%2B1", "+1"] {
            refused(&format!("keyword=a&offset={value}"), "offset");
            refused(&format!("keyword=a&count={value}"), "count");
        }
        refused("keyword=a&count=21", "count");
        refused("keyword=a&need_group_types=news", "need_group_types");
        refused("keyword=a&search_id=", "search_id");
        refused("keyword=a&search_id=%E7%BE%8E", "search_id");
        refused("keyword=a&search_id=%0A", "search_id");
        refused(&format!("keyword=a&search_id={}", "x".repeat(129)), "search_id");
        assert!(search("keyword=a&count=21").unwrap_err().to_string().contains("20"));
    }

    const SIGNATURE: &str = "0a403725e0720dab41edc027c4eda38214e4388F";

    fn public(partner: &str, timestamp: &str, nonce: &str, signature: &str) -> Result<(), &'static str> {
        let raw = format!("partner={partner}&timestamp={timestamp}&nonce={nonce}&signature={signature}");
        PublicParameters::parse(&parse(&raw)).map(|_| ()).map_err(|error| error.parameter)
    }

    #[test]
    fn public_parameters_are_checked_in_order() {
        assert_eq!(public("p", "1695624033", "123", SIGNATURE), Ok(()));
        assert_eq!(public("", "", "", ""), Err("partner"));
        assert_eq!(public("%0A", "", "", ""), Err("partner"));
        assert_eq!(public("p", "1695624033000", "", ""), Err("timestamp"));
        assert_eq!(public("p", "169562403x", "", ""), Err("timestamp"));
        assert_eq!(public("p", "1695624033", "", ""), Err("signature"));
        assert_eq!(public("p", "1695624033", "", &SIGNATURE[1..]), Err("signature"));
        assert_eq!(public("p", "1695624033", "", SIGNATURE), Err("nonce"));
        assert_eq!(public("p", "1695624033", &"n".repeat(65), SIGNATURE), Err("nonce"));
        assert_eq!(access_token(&parse("access_token=")), None);
    }

    #[test]
    fn a_registration_is_read_in_full() {
        let found = RegisterParameters::parse(&parse("uuid=u&ouid=o&age=100&gender=f&birth=1990")).unwrap();
        let expected = RegisterParameters {
            uuid: "u".to_owned(),
            ouid: Some("o".to_owned()),
            age: Some(100),
            gender: Some('f'),
            birth: Some(1990),
        };
        assert_eq!(found, expected);
        assert!(RegisterParameters::parse(&parse("uuid=u&ouid=&age=&gender=&birth=")).is_ok());
        let longest = format!("uuid=u&ouid={}", "%E7%BE%8E".repeat(64));
        assert!(RegisterParameters::parse(&parse(&longest)).is_ok());
    }

    #[test]
    fn wrong_registrations_name_their_parameter() {
        let long = format!("uuid={}", "u".repeat(65));
        let long_second = format!("uuid=u&ouid={}", "o".repeat(65));
        for (raw, parameter) in [
            ("", "uuid"),
            (long.as_str(), "uuid"),
            (long_second.as_str(), "ouid"),
            ("uuid=u&age=101", "age"),
            ("uuid=u&age=-1", "age"),
            ("uuid=u&gender=x", "gender"),
            ("uuid=u&birth=90", "birth"),
            ("uuid=u&birth=19x0", "birth"),
        ] {
            assert_eq!(RegisterParameters::parse(&parse(raw)).unwrap_err().parameter, parameter, "{raw}");
        }
    }
}
