//! The row table.
