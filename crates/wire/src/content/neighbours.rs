//! The neighbours of the search: one item by its identity, and items like it. Same signature, same envelope.

use serde::{Deserialize, Serialize};

use super::parameters::{count, offset, required, search_id};
use super::{DEFAULT_COUNT, Item, ParameterError, TypeSet};
use crate::json::push_string;
use crate::query::Parameters;

/// Reads `group_id`.
///
/// # Errors
/// When it is absent, empty or no decimal number from 1 to 2^63 − 1.
pub fn group_id(parameters: &Parameters) -> Result<i64, ParameterError> {
    let text = required(parameters, "group_id")?;
    let number: Option<i64> =
        if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None };
    number.filter(|number| *number > 0).ok_or_else(|| {
        ParameterError::new("group_id", "must be a decimal number from 1 to 9223372036854775807")
    })
}

/// What is asked for of items like one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelatedParameters {
    /// The item that the others are to be like.
    pub group_id: i64,
    /// Where the page begins in the ranked list.
    pub offset: u32,
    /// Items a page, 1 to [`super::MAX_COUNT`].
    pub count: u32,
    /// The kinds asked for.
    pub types: TypeSet,
    /// The caller's id of this list.
    pub search_id: Option<String>,
}

impl RelatedParameters {
    /// Reads and checks them; apart from `group_id` they are those of a search.
    ///
    /// # Errors
    /// When a value is missing, malformed or outside its limits.
    pub fn parse(parameters: &Parameters) -> Result<Self, ParameterError> {
        Ok(Self {
            group_id: group_id(parameters)?,
            offset: parameters.get("offset").map_or(Ok(0), offset)?,
            count: parameters.get("count").map_or(Ok(DEFAULT_COUNT), count)?,
            types: parameters.get("need_group_types").map_or(Ok(TypeSet::ALL), TypeSet::parse)?,
            search_id: parameters.get("search_id").map(search_id).transpose()?,
        })
    }
}

/// A successful answer about one item.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SingleAnswer {
    /// 0.
    pub ret: i64,
    /// `success`.
    pub msg: String,
    /// The server's id of the request.
    pub req_id: String,
    /// The item.
    pub data: Item,
}

/// Appends an answer about one item up to the item.
pub fn write_single_start(out: &mut Vec<u8>, req_id: &str) {
    out.extend_from_slice(br#"{"ret":0,"msg":"success","req_id":"#);
    push_string(out, req_id);
    out.extend_from_slice(br#","data":"#);
}

/// Appends the end of an answer begun with [`write_single_start`].
pub fn write_single_end(out: &mut Vec<u8>) {
    out.push(b'}');
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_an_answer_make_the_whole() {
        let item = Item { title: "一".to_owned(), ..Item::default() };
        let answer =
            SingleAnswer { ret: 0, msg: "success".to_owned(), req_id: "r\"".to_owned(), data: item.clone() };
        let mut out = Vec::new();
        write_single_start(&mut out, "r\"");
        out.extend(serde_json::to_vec(&item).unwrap());
        write_single_end(&mut out);
        assert_eq!(out, serde_json::to_vec(&answer).unwrap());
    }

    #[test]
    fn parameters_are_read_and_named() {
        let parse = |raw: &str| RelatedParameters::parse(&Parameters::parse(raw).unwrap());
        let found = parse("group_id=7&count=0&need_group_types=tuwen&search_id=s").unwrap();
        assert_eq!((found.group_id, found.offset, found.count, found.types.bits()), (7, 0, 10, 1));
        assert_eq!(found.search_id.as_deref(), Some("s"));
        for (raw, parameter) in [
            ("", "group_id"),
            ("group_id=", "group_id"),
            ("group_id=0", "group_id"),
            ("group_id=-7", "group_id"),
            ("group_id=+7", "group_id"),
            ("group_id=9223372036854775808", "group_id"),
            ("group_id=7&count=21", "count"),
            ("group_id=7&offset=x", "offset"),
            ("group_id=7&need_group_types=x", "need_group_types"),
            ("group_id=7&search_id=", "search_id"),
        ] {
            assert_eq!(parse(raw).unwrap_err().parameter, parameter, "{raw}");
        }
    }
}
