//! What lies in the folder of the index, and what a commit remembers.
//!
//! `format` names the version of the analysis and of the files; `engine/` is tantivy's; the row table lies
//! beside them. Tantivy's commit carries the [`Payload`], so that all of it becomes durable in one moment.

use std::{
    fs::{self, File},
    io::Write as _,
    path::Path,
};

use tantivy::{
    Index, IndexSettings,
    directory::MmapDirectory,
    schema::{Field, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions},
    store::Compressor,
};

use super::tokenizer::{self, ContentTokenizer};
use crate::{Error, Result, analysis, rows::Extent};

const FORMAT_NAME: &str = "format";
const ENGINE_NAME: &str = "engine";
/// The first line of the file that names the version.
const FORMAT_HEAD: &str = "qiusuo content index\n";
/// Raised whenever the schema or the files change their form.
const FILES_VERSION: u32 = 1;

/// The fields of the schema.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields {
    /// All that is searched, in one field: a token is looked up once, whatever field of the document it is from.
    pub(super) text: Field,
    /// To find a document by its id.
    pub(super) group_id: Field,
    /// A column: the ordinal of the row and, in the lowest two bits, the content type.
    pub(super) row: Field,
}

/// The name of the column of [`Fields::row`].
pub(super) const ROW_COLUMN: &str = "row";

pub(super) fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    // Recall asks for bigrams and adjacency is judged from the row table, so today nothing reads the positions;
    // they are there for phrases over the body. On 147,315 titles they take 36 MB in place of 23 and cost neither
    // recall nor import anything that could be measured (examples/measure_search, two rounds in turn).
    let indexing = TextFieldIndexing::default()
        .set_tokenizer(tokenizer::NAME)
        .set_index_option(IndexRecordOption::WithFreqsAndPositions);
    let text = builder.add_text_field("text", TextOptions::default().set_indexing_options(indexing));
    let group_id = builder.add_i64_field("group_id", NumericOptions::default().set_indexed());
    let row = builder.add_u64_field(ROW_COLUMN, NumericOptions::default().set_fast());
    (builder.build(), Fields { text, group_id, row })
}

/// Makes tantivy's part in an empty folder.
pub(super) fn create_engine(folder: &Path) -> Result<Index> {
    let engine = folder.join(ENGINE_NAME);
    fs::create_dir_all(&engine).map_err(Error::file("create", &engine))?;
    let directory = MmapDirectory::open(&engine).map_err(tantivy::TantivyError::from)?;
    // Nothing is kept in tantivy's document store, so its blocks need no compression.
    let settings = IndexSettings { docstore_compression: Compressor::None, ..IndexSettings::default() };
    let index = Index::create(directory, schema().0, settings)?;
    register(&index);
    Ok(index)
}

/// Opens tantivy's part and the last commit's payload.
pub(super) fn open_engine(folder: &Path) -> Result<(Index, Payload)> {
    let index = Index::open_in_dir(folder.join(ENGINE_NAME))
        .map_err(|error| Error::unusable(format!("its engine files do not open ({error})")))?;
    if index.schema() != schema().0 {
        return Err(Error::unusable("it has another schema"));
    }
    register(&index);
    let payload = read_payload(&index)?;
    Ok((index, payload))
}

pub(super) fn read_payload(index: &Index) -> Result<Payload> {
    let metas = index
        .load_metas()
        .map_err(|error| Error::unusable(format!("its list of segments is damaged ({error})")))?;
    let text = metas.payload.unwrap_or_default();
    Payload::parse(&text).ok_or_else(|| Error::unusable("its last commit does not say what it covers"))
}

fn register(index: &Index) {
    index.tokenizers().register(tokenizer::NAME, ContentTokenizer::default());
}

/// Empties the folder of everything that belongs to an index.
pub(super) fn wipe(folder: &Path) -> Result<()> {
    let engine = folder.join(ENGINE_NAME);
    if engine.exists() {
        fs::remove_dir_all(&engine).map_err(Error::file("remove", &engine))?;
    }
    let format = folder.join(FORMAT_NAME);
    if format.exists() {
        fs::remove_file(&format).map_err(Error::file("remove", &format))?;
    }
    crate::rows::wipe(folder)
}

/// Whether the folder holds nothing of an index yet.
pub(super) fn is_absent(folder: &Path) -> bool {
    !folder.join(FORMAT_NAME).exists() && !folder.join(ENGINE_NAME).exists()
}

/// Names the version; durable when this returns, so that a folder that has it has everything.
pub(super) fn write_format(folder: &Path) -> Result<()> {
    let path = folder.join(FORMAT_NAME);
    let written = File::create(&path).and_then(|mut file| {
        file.write_all(format_text().as_bytes())?;
        file.sync_all()?;
        File::open(folder)?.sync_all()
    });
    written.map_err(Error::file("write", &path))
}

/// How the files of a folder and this program go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// Everything is as this program would write it.
    Present,
    /// The files have the present form, and what stands in them was analysed by other rules: it can be searched, and
    /// what the rules differ in may not be found.
    OtherAnalysis,
}

/// Whether the folder's files can be read. Whoever raises [`FILES_VERSION`] and can still read the files before it
/// adds a [`Format`] here: such an index serves until it is made anew.
pub(super) fn check_format(folder: &Path) -> Result<Format> {
    let path = folder.join(FORMAT_NAME);
    let text = fs::read_to_string(&path)
        .map_err(|error| Error::unusable(format!("{} cannot be read ({error})", path.display())))?;
    if text == format_text() {
        return Ok(Format::Present);
    }
    let Some(versions) = text.strip_prefix(FORMAT_HEAD) else {
        return Err(Error::unusable(format!("{} is not a content index", folder.display())));
    };
    // A line that was cut off is damage, not another analysis.
    let analysis = versions.strip_prefix(&files_line()).filter(|rest| rest.ends_with('\n'));
    match analysis.is_some_and(|rest| rest.starts_with("analysis ")) {
        true => Ok(Format::OtherAnalysis),
        false => Err(Error::unusable("it was made by another version (its form differs)")),
    }
}

fn files_line() -> String {
    format!("files {FILES_VERSION}\n")
}

fn format_text() -> String {
    let (version, fingerprint) = (analysis::VERSION, analysis::fingerprint());
    format!("{FORMAT_HEAD}{}analysis {version} {fingerprint:08x}\n", files_line())
}

/// What a commit covers: the sequence, and how far the row table reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Payload {
    pub(super) sequence: i64,
    pub(super) extent: Extent,
}

impl Payload {
    pub(super) fn text(&self) -> String {
        let Extent { identity, rows, bytes } = self.extent;
        format!("qiusuo {} {identity} {rows} {bytes}", self.sequence)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix("qiusuo ")?.split(' ');
        let sequence = parts.next()?.parse().ok()?;
        let identity = parts.next()?.parse().ok()?;
        let rows = parts.next()?.parse().ok()?;
        let bytes = parts.next()?.parse().ok()?;
        parts.next().is_none().then_some(Self { sequence, extent: Extent { identity, rows, bytes } })
    }
}
