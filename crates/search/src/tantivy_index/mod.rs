//! The content index over tantivy, in the process.

/// How the index is to work; the defaults suit a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Memory that the writer may fill before it writes a segment, in bytes, for all threads together.
    pub writer_bytes: usize,
    /// Threads that build segments; 1 for a server, 2 for a bulk import on a quiet machine.
    pub writer_threads: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { writer_bytes: 32 << 20, writer_threads: 1 }
    }
}
