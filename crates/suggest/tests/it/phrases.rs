//! Phrases from titles.
