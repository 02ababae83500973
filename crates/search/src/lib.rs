//! The content index: analysis, recall, second stage, row table.
