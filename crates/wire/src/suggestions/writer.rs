//! The envelope written straight into a buffer: no tree, no allocation an item.

use super::Code;
use super::explain::Explained;
use super::extra::{DEFAULT_TYPE, raw_fields};
use crate::json::{push_escaped, push_hex, push_integer, push_string};
use crate::time::push_record_time;

/// The path of the light picture that the server serves itself.
pub const ICON: &str = "/icon/suggest.png";
/// The path of the dark picture that the server serves itself.
pub const ICON_NIGHT: &str = "/icon/suggest-night.png";

/// What a successful answer says beside its items.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// Names this completion request.
    pub search_cpl_id: [u8; 16],
    /// Names this list of words.
    pub word_request_id: [u8; 16],
    /// Scheme and authority of this server, without a final slash.
    pub base: &'a str,
    /// When it is answered, Unix milliseconds.
    pub now_ms: i64,
    /// Names this request.
    pub request_id: [u8; 16],
    /// Further keys of `data`, for an operator who asked for them; see [`super::Explained`].
    pub explained: Option<&'a Explained>,
}

/// One suggestion to be written.
#[derive(Debug, Clone, Copy)]
pub struct ItemView<'a> {
    /// The suggested text, UTF-8.
    pub text: &'a [u8],
    /// One flag a code point of `text`.
    pub flags: &'a [bool],
    /// `goods` instead of `notes`.
    pub goods: bool,
    /// Whether an operator placed it.
    pub placed: bool,
    /// See [`super::Extra::encode`]; empty for all defaults.
    pub extra: &'a [u8],
}

/// The items of an answer with holes for what depends on the request: they can be kept and written for another
/// caller, whose address of this server may differ.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadyItems {
    bytes: Vec<u8>,
    /// What stands in front of which byte, in their order.
    holes: Vec<(u32, Hole)>,
}

/// What is filled in when an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hole {
    /// This server's address.
    Base,
    /// The end of an item that has neither a link nor pictures of its own.
    UsualEnd,
}

impl ReadyItems {
    /// Makes items ready.
    pub fn new<'a>(items: impl IntoIterator<Item = ItemView<'a>>) -> Self {
        let mut ready = Self::default();
        items.into_iter().for_each(|item| ready.push(&item));
        ready
    }

    /// Adds an item behind the others.
    pub fn push(&mut self, item: &ItemView<'_>) {
        self.bytes.extend_from_slice(if self.bytes.is_empty() { TEXT } else { AND_TEXT });
        push_escaped(&mut self.bytes, item.text);
        let [shown_type, link, icon, icon_night] = raw_fields(item.extra);
        if shown_type.is_empty() && !item.goods {
            self.bytes.extend_from_slice(USUAL_KIND);
        } else {
            self.bytes.extend_from_slice(TYPE);
            self.bytes.extend_from_slice(or(shown_type, DEFAULT_TYPE));
            self.bytes.extend_from_slice(if item.goods { GOODS } else { NOTES });
        }
        push_flags(&mut self.bytes, item.flags);
        self.bytes.extend_from_slice(if item.placed { PLACED } else { NOT_PLACED });
        if link.is_empty() && icon.is_empty() && icon_night.is_empty() {
            self.hole(Hole::UsualEnd);
            return;
        }
        self.bytes.extend_from_slice(LINK);
        self.address(link);
        self.bytes.extend_from_slice(AND_ICON);
        self.address(or(icon, ICON));
        self.bytes.extend_from_slice(AND_ICON_NIGHT);
        self.address(or(icon_night, ICON_NIGHT));
        self.bytes.extend_from_slice(END);
    }

    /// Appends an address that is escaped already.
    fn address(&mut self, address: &[u8]) {
        if address.first() == Some(&b'/') {
            self.hole(Hole::Base);
        }
        self.bytes.extend_from_slice(address);
    }

    fn hole(&mut self, hole: Hole) {
        // Fifteen items of limited texts are far from the end of 32 bits.
        self.holes.push((self.bytes.len() as u32, hole));
    }

    /// Takes all items away and keeps their room.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.holes.clear();
    }

    /// The memory that it takes, in bytes.
    pub fn size(&self) -> usize {
        size_of::<Self>() + self.bytes.len() + self.holes.len() * size_of::<(u32, Hole)>()
    }

    fn write(&self, out: &mut Vec<u8>, base: &str) {
        // The same end for most items: it is put together once, and copied from where it stands first.
        let mut usual_end = 0..0;
        let mut written = 0;
        for &(at, hole) in &self.holes {
            let at = at as usize;
            out.extend_from_slice(&self.bytes[written..at]);
            written = at;
            match hole {
                Hole::Base => push_escaped(out, base),
                Hole::UsualEnd => {
                    if usual_end.is_empty() {
                        usual_end.start = out.len();
                        push_usual_end(out, base);
                        usual_end.end = out.len();
                    } else {
                        out.extend_from_within(usual_end.clone());
                    }
                }
            }
        }
        out.extend_from_slice(&self.bytes[written..]);
    }
}

/// Appends a successful answer: the bytes that `serde_json` gives for the same [`super::Envelope`].
pub fn write_success(out: &mut Vec<u8>, answer: &Answer<'_>, items: &ReadyItems) {
    // What stands around the items is shorter than this.
    out.reserve(items.bytes.len() + items.holes.len() * (96 + 2 * answer.base.len()) + 320);
    out.extend_from_slice(br#"{"code":0,"data":{"search_cpl_id":""#);
    push_hex(out, &answer.search_cpl_id);
    out.extend_from_slice(br#"","result":{"success":true,"message":"success"},"items":["#);
    items.write(out, answer.base);
    out.extend_from_slice(br#"],"word_request_id":""#);
    push_hex(out, &answer.word_request_id);
    out.push(b'"');
    if let Some(explained) = answer.explained {
        explained.write(out);
    }
    out.extend_from_slice(br#"},"message":"success""#);
    push_end(out, answer.now_ms, &answer.request_id);
}

/// Appends a failure: `data` is null, and the message is the caller's.
pub fn write_failure(out: &mut Vec<u8>, code: Code, message: &str, now_ms: i64, request_id: &[u8; 16]) {
    out.extend_from_slice(br#"{"code":"#);
    push_integer(out, code.number());
    out.extend_from_slice(br#","data":null,"message":"#);
    push_string(out, message);
    push_end(out, now_ms, request_id);
}

fn push_end(out: &mut Vec<u8>, now_ms: i64, request_id: &[u8; 16]) {
    out.extend_from_slice(br#","recordTime":""#);
    push_record_time(out, now_ms);
    out.extend_from_slice(br#"","requestId":""#);
    push_hex(out, request_id);
    out.extend_from_slice(br#""}"#);
}

const TEXT: &[u8] = br#"{"text":""#;
const AND_TEXT: &[u8] = br#",{"text":""#;
const TYPE: &[u8] = br#"","type":""#;
const NOTES: &[u8] = br#"","search_type":"notes","highlight_flags":["#;
const GOODS: &[u8] = br#"","search_type":"goods","highlight_flags":["#;
/// All three together: type, kind and the beginning of the flags of a note of the default type.
const USUAL_KIND: &[u8] = br#"","type":"top_note","search_type":"notes","highlight_flags":["#;
const PLACED: &[u8] = br#"],"is_intervened":true"#;
const NOT_PLACED: &[u8] = br#"],"is_intervened":false"#;
const LINK: &[u8] = br#","link":""#;
const AND_ICON: &[u8] = br#"","icon":""#;
const AND_ICON_NIGHT: &[u8] = br#"","icon_night":""#;
const END: &[u8] = br#""}"#;

fn push_usual_end(out: &mut Vec<u8>, base: &str) {
    out.extend_from_slice(LINK);
    out.extend_from_slice(AND_ICON);
    push_escaped(out, base);
    out.extend_from_slice(ICON.as_bytes());
    out.extend_from_slice(AND_ICON_NIGHT);
    push_escaped(out, base);
    out.extend_from_slice(ICON_NIGHT.as_bytes());
    out.extend_from_slice(END);
}

/// The flags' words, each with a comma but the last. They are put together in pieces: a copy of known length for each.
fn push_flags(out: &mut Vec<u8>, flags: &[bool]) {
    const WORDS: [(&[u8; 8], usize); 2] = [(b"false,  ", 6), (b"true,   ", 5)];
    const PIECE: usize = 16;
    for piece in flags.chunks(PIECE) {
        let (mut text, mut length) = ([0; 6 * PIECE + 8], 0);
        for &flag in piece {
            let (word, letters) = WORDS[usize::from(flag)];
            text[length..length + 8].copy_from_slice(word);
            length += letters;
        }
        out.extend_from_slice(&text[..length]);
    }
    if !flags.is_empty() {
        out.pop();
    }
}

fn or<'a>(field: &'a [u8], default: &'a str) -> &'a [u8] {
    if field.is_empty() { default.as_bytes() } else { field }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;
    use crate::json::hex;
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
            text: String::from_utf8(view.text.to_vec()).unwrap(),
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
        fn the_writer_equals_serde_json(samples in prop::collection::vec(sample(), 0..5), id: [u8; 16]) {
            let extras: Vec<_> = samples.iter().map(|sample| sample.extra.encode()).collect();
            let views: Vec<_> = samples
                .iter()
                .zip(&extras)
                .map(|(sample, extra)| ItemView {
                    text: sample.text.as_bytes(),
                    flags: &sample.flags,
                    goods: sample.goods,
                    placed: sample.placed,
                    extra,
                })
                .collect();
            let items = views.iter().zip(&samples).map(|(view, sample)| expected_item(view, &sample.extra)).collect();
            let envelope = Envelope {
                code: 0,
                data: Some(Data {
                    search_cpl_id: hex(&id),
                    items,
                    word_request_id: "01".repeat(16),
                    ..Data::default()
                }),
                message: Some("success".to_owned()),
                record_time: "2026-01-01 00:00:00".to_owned(),
                request_id: "ff".repeat(16),
            };
            let answer = Answer {
                search_cpl_id: id,
                word_request_id: [1; 16],
                base: BASE,
                now_ms: 1_767_196_800_999,
                request_id: [255; 16],
                explained: None,
            };
            let mut out = Vec::new();
            let ready = ReadyItems::new(views);
            write_success(&mut out, &answer, &ready);
            prop_assert!(!ready.bytes.windows(BASE.len()).any(|part| part == BASE.as_bytes()));
            prop_assert_eq!(String::from_utf8(out).unwrap(), serde_json::to_string(&envelope).unwrap());
        }
    }

    #[test]
    fn a_failure_has_all_five_keys() {
        let mut out = Vec::new();
        write_failure(&mut out, Code::InvalidToken, Code::InvalidToken.message(), 0, &[0; 16]);
        assert_eq!(
            String::from_utf8(out.clone()).unwrap(),
            r#"{"code":100,"data":null,"message":"Invalid or Inactive Token","recordTime":"1970-01-01 08:00:00","requestId":"00000000000000000000000000000000"}"#
        );
        let read: Envelope<Data> = serde_json::from_slice(&out).unwrap();
        assert_eq!(serde_json::to_vec(&read).unwrap(), out);
    }
}
