//! When files that work are rewritten to be smaller or faster.

/// Fewer wasted rows are not worth making an index anew.
const WASTED_ROWS: u64 = 10_000;

/// Whether the row table holds so many rows of no use that the index should be made anew.
pub(super) fn needs_rewriting(wasted: u64, visible: u64) -> bool {
    wasted > visible && wasted > WASTED_ROWS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_made_anew_when_most_of_many_rows_are_wasted() {
        assert!(!needs_rewriting(0, 0));
        assert!(!needs_rewriting(10_000, 5));
        assert!(needs_rewriting(10_001, 10_000));
        assert!(!needs_rewriting(10_001, 10_001));
        assert!(!needs_rewriting(900_000, 1_000_000));
    }
}
