//! How a content index is made and opened, by a server and by a command.

use std::path::Path;

use search::tantivy_index::{Opened, TantivyIndex};

use crate::{Options, Result, background, indexer::blocking, jobs::Jobs};

/// Memory that the index writer of a command fills at the least.
const WRITER_BYTES_OF_A_COMMAND: usize = 128 << 20;
/// Segments of one size that a command merges.
const SEGMENTS_A_MERGE_OF_A_COMMAND: usize = 8;

/// The settings of an index, and for whom it is.
#[derive(Clone)]
pub(crate) struct IndexSettings {
    jobs: Jobs,
    index: search::Options,
}

impl IndexSettings {
    /// A command searches little and writes much: it makes large segments and merges them late.
    pub(crate) fn new(options: &Options, jobs: Jobs) -> IndexSettings {
        let index = search::Options { writer_bytes: options.writer_bytes, ..search::Options::default() };
        let index = match jobs {
            Jobs::Server => index,
            Jobs::Command => search::Options {
                writer_bytes: index.writer_bytes.max(WRITER_BYTES_OF_A_COMMAND),
                segments_a_merge: SEGMENTS_A_MERGE_OF_A_COMMAND,
                ..index
            },
        };
        IndexSettings { jobs, index }
    }

    /// Makes an empty index in `folder`.
    pub(crate) async fn create(&self, folder: &Path) -> Result<TantivyIndex> {
        let (folder, options) = (folder.to_owned(), self.index.clone());
        self.start(move || TantivyIndex::create(&folder, &options)).await
    }

    /// Opens the index in `folder`, or makes an empty one and says so.
    pub(crate) async fn create_or_open(&self, folder: &Path) -> Result<Opened> {
        let (folder, options) = (folder.to_owned(), self.index.clone());
        self.start(move || TantivyIndex::create_or_open(&folder, &options)).await
    }

    /// The threads that write to an index and merge it are started with it: those of a server give way to requests.
    async fn start<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> search::Result<T> + Send + 'static,
    ) -> Result<T> {
        match self.jobs {
            Jobs::Server => Ok(background::work("index opening", work).await??),
            Jobs::Command => blocking("index opening", work).await,
        }
    }
}
