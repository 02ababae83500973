//! The envelope written straight into a buffer: no tree, no allocation an item.

use std::ops::Range;

use super::Code;
use super::extra::{DEFAULT_TYPE, raw_fields};
use crate::json::{push_bool, push_escaped, push_integer, push_string};

/// The path of the light picture that the server serves itself.
pub const ICON: &str = "/icon/suggest.png";
/// The path of the dark picture that the server serves itself.
pub const ICON_NIGHT: &str = "/icon/suggest-night.png";

/// What a successful answer says beside its items.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// Names this completion request.
    pub search_cpl_id: &'a str,
    /// Names this list of words.
    pub word_request_id: &'a str,
    /// Scheme and authority of this server, without a final slash.
    pub base: &'a str,
    /// See [`crate::time::record_time`].
    pub record_time: &'a str,
    /// Names this request.
    pub request_id: &'a str,
}

/// One suggestion to be written.
#[derive(Debug, Clone, Copy)]
pub struct ItemView<'a> {
    /// The suggested text.
    pub text: &'a str,
    /// One flag a code point of `text`.
    pub flags: &'a [bool],
    /// `goods` instead of `notes`.
    pub goods: bool,
    /// Whether an operator placed it.
    pub placed: bool,
    /// See [`super::Extra::encode`]; empty for all defaults.
    pub extra: &'a [u8],
}

/// Appends a successful answer: the bytes that `serde_json` gives for the same [`super::Envelope`].
pub fn write_success<'a>(
    out: &mut Vec<u8>,
    answer: &Answer<'_>,
    items: impl IntoIterator<Item = ItemView<'a>>,
) {
    out.extend_from_slice(br#"{"code":0,"data":{"search_cpl_id":"#);
    push_string(out, answer.search_cpl_id);
    out.extend_from_slice(br#","result":{"success":true,"message":"success"},"items":["#);
    let mut usual_end = None;
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        push_item(out, &item, answer.base, &mut usual_end);
    }
    out.extend_from_slice(br#"],"word_request_id":"#);
    push_string(out, answer.word_request_id);
    out.extend_from_slice(br#"},"message":"success""#);
    push_end(out, answer.record_time, answer.request_id);
}

/// Appends a failure: `data` is null, and the message is the caller's.
pub fn write_failure(out: &mut Vec<u8>, code: Code, message: &str, record_time: &str, request_id: &str) {
    out.extend_from_slice(br#"{"code":"#);
    push_integer(out, code.number());
    out.extend_from_slice(br#","data":null,"message":"#);
    push_string(out, message);
    push_end(out, record_time, request_id);
}

fn push_end(out: &mut Vec<u8>, record_time: &str, request_id: &str) {
    out.extend_from_slice(br#","recordTime":"#);
    push_string(out, record_time);
    out.extend_from_slice(br#","requestId":"#);
    push_string(out, request_id);
    out.push(b'}');
}

/// `usual_end` is where link and icons of an item with nothing extra stand in `out`, once there is
/// one: they are the same for all of these, so they are copied.
fn push_item(out: &mut Vec<u8>, item: &ItemView<'_>, base: &str, usual_end: &mut Option<Range<usize>>) {
    let [shown_type, link, icon, icon_night] = raw_fields(item.extra);
    out.extend_from_slice(br#"{"text":"#);
    push_string(out, item.text);
    out.extend_from_slice(br#","type":""#);
    out.extend_from_slice(or(shown_type, DEFAULT_TYPE));
    let search_type: &[u8] =
        if item.goods { br#"","search_type":"goods""# } else { br#"","search_type":"notes""# };
    out.extend_from_slice(search_type);
    out.extend_from_slice(br#","highlight_flags":["#);
    push_flags(out, item.flags);
    out.extend_from_slice(br#"],"is_intervened":"#);
    push_bool(out, item.placed);
    match usual_end {
        Some(range) if item.extra.is_empty() => out.extend_from_within(range.clone()),
        _ => {
            let start = out.len();
            push_addresses(out, [link, icon, icon_night], base);
            if item.extra.is_empty() {
                *usual_end = Some(start..out.len());
            }
        }
    }
}

fn push_flags(out: &mut Vec<u8>, flags: &[bool]) {
    let Some((first, rest)) = flags.split_first() else { return };
    push_bool(out, *first);
    for flag in rest {
        out.extend_from_slice(if *flag { b",true" } else { b",false" });
    }
}

fn push_addresses(out: &mut Vec<u8>, [link, icon, icon_night]: [&[u8]; 3], base: &str) {
    out.extend_from_slice(br#","link":""#);
    push_address(out, link, base);
    out.extend_from_slice(br#"","icon":""#);
    push_address(out, or(icon, ICON), base);
    out.extend_from_slice(br#"","icon_night":""#);
    push_address(out, or(icon_night, ICON_NIGHT), base);
    out.extend_from_slice(br#""}"#);
}

/// Appends an address that is escaped already.
fn push_address(out: &mut Vec<u8>, address: &[u8], base: &str) {
    if address.first() == Some(&b'/') {
        push_escaped(out, base);
    }
    out.extend_from_slice(address);
}

fn or<'a>(field: &'a [u8], default: &'a str) -> &'a [u8] {
    if field.is_empty() { default.as_bytes() } else { field }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;
    use crate::suggestions::{Data, Envelope, Extra, Item};
    use proptest::prelude::*;

    const BASE: &str = "http://127.0.0.1:8080";

    fn expected_item(view: &ItemView<'_>, extra: &Extra) -> Item {
        let resolved = |address: &str, default: &str| match address {
            "" if default.is_empty() => String::new(),
            "" => format!("{BASE}{default}"),
            own if own.starts_with('/') => format!("{BASE}{own}"),
            other => other.to_owned(),
        };
        Item {
            text: view.text.to_owned(),
            r#type: extra.r#type.clone(),
            search_type: if view.goods { "goods" } else { "notes" }.to_owned(),
            highlight_flags: view.flags.to_vec(),
            is_intervened: view.placed,
            link: resolved(&extra.link, ""),
            icon: resolved(&extra.icon, ICON),
            icon_night: resolved(&extra.icon_night, ICON_NIGHT),
        }
    }

    #[derive(Debug, Clone)]
    struct Sample {
        text: String,
        flags: Vec<bool>,
        goods: bool,
        placed: bool,
        extra: Extra,
    }

    fn sample() -> impl Strategy<Value = Sample> {
        let fields = ("(top_note|.{1,4})", ".{0,4}", "(|/media/i.png|.{1,4})", "(|http://x/.{0,3})");
        let extra =
            fields.prop_map(|(r#type, link, icon, icon_night)| Extra { r#type, link, icon, icon_night });
        (".{0,6}", prop::collection::vec(any::<bool>(), 0..6), any::<bool>(), any::<bool>(), extra)
            .prop_map(|(text, flags, goods, placed, extra)| Sample { text, flags, goods, placed, extra })
    }

    proptest! {
        #[test]
        fn the_writer_equals_serde_json(samples in prop::collection::vec(sample(), 0..5), id in ".{0,8}") {
            let extras: Vec<_> = samples.iter().map(|sample| sample.extra.encode()).collect();
            let views: Vec<_> = samples
                .iter()
                .zip(&extras)
                .map(|(sample, extra)| ItemView {
                    text: &sample.text,
                    flags: &sample.flags,
                    goods: sample.goods,
                    placed: sample.placed,
                    extra,
                })
                .collect();
            let items = views.iter().zip(&samples).map(|(view, sample)| expected_item(view, &sample.extra)).collect();
            let envelope = Envelope {
                code: 0,
                data: Some(Data { search_cpl_id: id.clone(), items, word_request_id: "w".to_owned(), ..Data::default() }),
                message: Some("success".to_owned()),
                record_time: "2026-01-01 00:00:00".to_owned(),
                request_id: "r\"".to_owned(),
            };
            let answer = Answer {
                search_cpl_id: &id,
                word_request_id: "w",
                base: BASE,
                record_time: &envelope.record_time,
                request_id: &envelope.request_id,
            };
            let mut out = Vec::new();
            write_success(&mut out, &answer, views);
            prop_assert_eq!(String::from_utf8(out).unwrap(), serde_json::to_string(&envelope).unwrap());
        }
    }

    #[test]
    fn a_failure_has_all_five_keys() {
        let mut out = Vec::new();
        write_failure(&mut out, Code::InvalidToken, Code::InvalidToken.message(), "t", "r");
        assert_eq!(
            String::from_utf8(out.clone()).unwrap(),
            r#"{"code":100,"data":null,"message":"Invalid or Inactive Token","recordTime":"t","requestId":"r"}"#
        );
        let read: Envelope<Data> = serde_json::from_slice(&out).unwrap();
        assert_eq!(serde_json::to_vec(&read).unwrap(), out);
    }
}
