//! The bytes of a base: in memory, or a file mapped into it. The only place of this crate with `unsafe`.
#![expect(unsafe_code, reason = "a view into a memory-mapped file")]

use std::fs::File;
use std::io;
use std::ops::Deref;
use std::path::Path;

use memmap2::Mmap;

/// The bytes of a base.
pub(crate) enum Image {
    /// Made here.
    Owned(Vec<u8>),
    /// A file.
    Mapped(Mmap),
}

impl Image {
    /// Maps the file of that name.
    pub(crate) fn map(path: &Path) -> io::Result<Self> {
        Self::of_file(&File::open(path)?)
    }

    /// Maps a file.
    ///
    /// What the compiler cannot check is that nobody changes the file while it is mapped. The file of a base is
    /// written beside its place, made durable and renamed there; it is never written again, and a newer one takes
    /// its name, not its bytes. The builder looks at the file while it makes it, and writes on when it has looked.
    /// Whoever breaks that from outside gets wrong bytes, which every reader of this crate takes without a panic
    /// (`wrong_content_never_panics`), or, by cutting the file short, ends the process.
    pub(crate) fn of_file(file: &File) -> io::Result<Self> {
        // An empty file cannot be mapped everywhere; it is no base in any case.
        if file.metadata()?.len() == 0 {
            return Ok(Self::Owned(Vec::new()));
        }
        // SAFETY: nobody shortens or rewrites the file of a base, see above.
        let map = unsafe { Mmap::map(file)? };
        // What is not in memory yet shall come in huge pages as well, see `PieceWriter`. A system without them says no,
        // and nothing is lost.
        #[cfg(target_os = "linux")]
        let _ = map.advise(memmap2::Advice::HugePage);
        Ok(Self::Mapped(map))
    }
}

impl Deref for Image {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Owned(bytes) => bytes,
            Self::Mapped(map) => map,
        }
    }
}

impl Default for Image {
    fn default() -> Self {
        Self::Owned(Vec::new())
    }
}
