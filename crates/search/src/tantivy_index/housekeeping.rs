//! When files that work are rewritten to be smaller or faster.

/// While there are not more documents, all segments are merged into one; else the largest is left alone.
const SMALL_INDEX: u64 = 300_000;
/// More segments than this are merged however small they are: every one costs a lookup a token and query.
const SEGMENTS: usize = 8;
/// Fewer segments wait until the smaller ones hold one in so many documents of the largest. So a document is
/// rewritten some ten times while an index doubles, not at every update.
const LARGEST_TO_SMALLER: u64 = 10;
/// Fewer wasted rows are not worth making an index anew.
const WASTED_ROWS: u64 = 10_000;

/// Which of the segments, given with their documents, should become one at a quiet moment; none when they are
/// best left to the engine's merge policy.
pub(super) fn worth_merging<T>(mut segments: Vec<(T, u32)>) -> Vec<T> {
    let documents = |segments: &[(T, u32)]| segments.iter().map(|(_, count)| u64::from(*count)).sum::<u64>();
    segments.sort_by_key(|(_, count)| *count);
    if documents(&segments) > SMALL_INDEX {
        // Rewriting a large segment for the sake of small ones costs more than it saves.
        segments.pop();
    }
    let Some(((_, largest), smaller)) = segments.split_last() else { return Vec::new() };
    let is_worth = documents(smaller) * LARGEST_TO_SMALLER >= u64::from(*largest);
    if smaller.is_empty() || !(is_worth || segments.len() > SEGMENTS) {
        return Vec::new();
    }
    segments.into_iter().map(|(segment, _)| segment).collect()
}

/// Whether the row table holds so many rows of no use that the index should be made anew.
pub(super) fn needs_rewriting(wasted: u64, visible: u64) -> bool {
    wasted > visible && wasted > WASTED_ROWS
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: [u32; 0] = [];

    fn merged(sizes: &[u32]) -> Vec<u32> {
        worth_merging(sizes.iter().map(|size| (*size, *size)).collect())
    }

    #[test]
    fn a_trickle_does_not_rewrite_a_large_segment() {
        assert_eq!(merged(&[1, 100_000, 1]), NONE);
        assert_eq!(merged(&[100_000, 9_999]), NONE);
        assert_eq!(merged(&[100_000, 4_000, 6_000]), [4_000, 6_000, 100_000]);
        assert_eq!(merged(&[100_000, 1, 1, 1, 1, 1, 1, 1]), NONE, "8 segments");
        assert_eq!(merged(&[100_000, 1, 1, 1, 1, 1, 1, 1, 1]).len(), 9);
        assert_eq!(merged(&[3, 2]), [2, 3]);
        assert_eq!(merged(&[100_000]), NONE);
        assert_eq!(merged(&[]), NONE);
    }

    #[test]
    fn the_largest_segment_of_a_large_index_is_left_alone() {
        assert_eq!(merged(&[250_000, 50_000]), [50_000, 250_000]);
        assert_eq!(merged(&[250_000, 50_001]), NONE);
        assert_eq!(merged(&[900_000, 50_000, 5_000]), [5_000, 50_000]);
        assert_eq!(merged(&[900_000, 50_000, 4_999]), NONE);
        assert_eq!(merged(&[400_000]), NONE);
    }

    #[test]
    fn an_index_is_made_anew_when_most_of_many_rows_are_wasted() {
        assert!(!needs_rewriting(0, 0));
        assert!(!needs_rewriting(10_000, 5));
        assert!(needs_rewriting(10_001, 10_000));
        assert!(!needs_rewriting(10_001, 10_001));
        assert!(!needs_rewriting(900_000, 1_000_000));
    }
}
