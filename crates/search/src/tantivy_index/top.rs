//! The best candidates of recall.

use crate::second_stage::Candidate;

/// Keeps the best `limit` candidates by score, newer rows first among equals.
pub(super) struct Top {
    limit: usize,
    kept: Vec<Candidate>,
    /// Candidates that do not score higher cannot get in any more.
    threshold: f32,
}

impl Top {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, kept: Vec::new(), threshold: f32::NEG_INFINITY }
    }

    #[inline]
    pub(super) fn accepts(&self, score: f32) -> bool {
        score >= self.threshold
    }

    #[inline]
    pub(super) fn push(&mut self, candidate: Candidate) {
        if self.limit == 0 {
            return;
        }
        self.kept.push(candidate);
        // Room for twice as many, so that cutting costs a constant time a candidate.
        if self.kept.len() >= self.limit * 2 {
            self.cut();
        }
    }

    fn cut(&mut self) {
        if self.kept.len() > self.limit {
            self.kept.select_nth_unstable_by(self.limit - 1, better);
            self.kept.truncate(self.limit);
            self.threshold = self.kept[self.limit - 1].score;
        }
    }

    /// Appends the best to `list`, best first.
    pub(super) fn append_to(mut self, list: &mut Vec<Candidate>) {
        self.cut();
        self.kept.sort_unstable_by(better);
        list.append(&mut self.kept);
    }
}

fn better(a: &Candidate, b: &Candidate) -> std::cmp::Ordering {
    b.score.total_cmp(&a.score).then(b.ordinal.cmp(&a.ordinal))
}
