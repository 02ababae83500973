//! What of a document is indexed, and what of it the second stage sees.

use std::ops::RangeInclusive;

use text::{
    normal::normal_form,
    tokens::{self, Kind, Token},
};

use crate::Document;

/// Raised whenever documents would be analysed differently than before.
pub(crate) const VERSION: u32 = 1;

/// Stands between the fields of a document; it ends every run, so no token reaches across.
const FIELD_BORDER: char = '|';

/// The id of a unit, and how many bytes it takes up in a row.
pub(crate) type UnitId = u16;
pub(crate) const UNIT_BYTES: usize = size_of::<UnitId>();

/// The ids that are hashes: those of surrogates, which no character has, and of the private use area, whose characters are
/// hashed themselves.
const HASHED: RangeInclusive<UnitId> = 0xd800..=0xf8ff;

/// Stands in a sequence of unit ids where a run ends; no unit has this id.
pub(crate) const BREAK: UnitId = 0;

/// How many units of title, tags and author the second stage sees. A title's places fit the bits of a word.
const UNIT_LIMITS: [usize; 3] = [64, 64, 16];

/// The text whose tokens are indexed. Where a document has more than a title, the title stands in it twice, so
/// that in recall a word of the title weighs more than one of the body.
pub(crate) fn index_text(document: &Document) -> String {
    let rest = document.abstract_text.len() + document.body.len();
    let mut joined = String::with_capacity(document.title.len() * 2 + rest + document.author.len() + 16);
    let repeated = if rest > 0 { document.title.as_str() } else { "" };
    let fields =
        [document.title.as_str(), repeated, &document.author, &document.abstract_text, &document.body];
    for field in fields.into_iter().chain(document.tags.iter().map(String::as_str)) {
        if !field.is_empty() {
            joined.push_str(field);
            joined.push(FIELD_BORDER);
        }
    }
    normal_form(&joined)
}

/// The id of a character, word or number in the row table: a character of the basic plane is its code point, of the others a
/// hash decides. A collision can only misplace a document within its tier.
pub(crate) fn unit_id(unit: &Token<'_>) -> UnitId {
    let text = unit.text();
    let character = text.chars().next().filter(|_| unit.kind == Kind::Character);
    let plain = character.and_then(|character| UnitId::try_from(u32::from(character)).ok());
    plain.filter(|id| !HASHED.contains(id)).unwrap_or_else(|| {
        let count = u32::from(HASHED.end() - HASHED.start()) + 1;
        HASHED.start() + (crc32fast::hash(text.as_bytes()) % count) as UnitId
    })
}

/// The ids that stand in these bytes.
pub(crate) fn unit_ids(bytes: &[u8]) -> impl Iterator<Item = UnitId> + '_ {
    bytes.as_chunks().0.iter().map(|id| UnitId::from_le_bytes(*id))
}

/// A checksum over the tokens of a probe: another table or rule in the text crate shows here, even if nobody
/// thought of raising [`VERSION`].
pub(crate) fn fingerprint() -> u32 {
    const PROBE: &str =
        "Qiusuo 求索，２０２６年軟體RTX5090 台灣 の カタカナ 한글 é́ straße ﬁ１２ 美.女 壁 纸 髮發乾隆";
    let normal = normal_form(PROBE);
    let mut hasher = crc32fast::Hasher::new();
    for token in tokens::tokens(&normal) {
        hasher.update(token.text().as_bytes());
        hasher.update(&token.position.to_le_bytes());
    }
    hasher.finalize()
}

/// The unit ids of title, tags and author as they lie in a row.
pub(crate) struct RankingUnits {
    counts: [u8; 3],
    bytes: Vec<u8>,
}

impl RankingUnits {
    pub(crate) fn of(document: &Document) -> Self {
        let tags = document.tags.join("|");
        let mut bytes = Vec::with_capacity(document.title.len() * 2);
        let mut counts = [0; 3];
        for (index, field) in [&document.title, &tags, &document.author].into_iter().enumerate() {
            counts[index] = append_units(&normal_form(field), UNIT_LIMITS[index], &mut bytes);
        }
        Self { counts, bytes }
    }

    pub(crate) fn counts(&self) -> [u8; 3] {
        self.counts
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Appends at most `limit` ids, breaks included, and says how many.
fn append_units(normal: &str, limit: usize, bytes: &mut Vec<u8>) -> u8 {
    let mut next_position = 0;
    let mut count = 0;
    for unit in tokens::units(normal) {
        if unit.position != next_position && count > 0 && count < limit {
            bytes.extend_from_slice(&BREAK.to_le_bytes());
            count += 1;
        }
        if count == limit {
            break;
        }
        bytes.extend_from_slice(&unit_id(&unit).to_le_bytes());
        count += 1;
        next_position = unit.position + 1;
    }
    u8::try_from(count).unwrap_or(u8::MAX)
}
