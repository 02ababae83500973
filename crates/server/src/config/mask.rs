//! A value that is shown to nobody.

use std::fmt;

/// What stands for a value that is not shown.
pub(super) const MASK: &str = "********";

/// A secret of the configuration; empty where none is set. Its `Debug` form does not tell it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Masked(String);

impl Masked {
    /// Hides a text.
    #[must_use]
    pub fn new(secret: String) -> Masked {
        Masked(secret)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The secret itself, for the one who uses it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Masked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.is_empty() { "unset" } else { MASK })
    }
}
