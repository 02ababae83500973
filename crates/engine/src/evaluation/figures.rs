//! Ranks as figures.

/// The last place that counts for the mean reciprocal rank.
const RECIPROCAL_PLACES: usize = 10;

/// Where wanted texts stood in the lists, summed up.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Figures {
    asked: f64,
    reciprocal: f64,
    found: f64,
    saved: f64,
}

impl Figures {
    /// Counts `weight` queries whose text stood at `rank` (from 1; `None`: not in the list of
    /// [`super::LIST`]) when `typed` of its `length` characters had been typed.
    pub fn add(&mut self, rank: Option<usize>, typed: usize, length: usize, weight: f64) {
        self.asked += weight;
        let Some(rank) = rank.filter(|&rank| (1..=super::LIST).contains(&rank)) else { return };
        self.found += weight;
        self.saved += weight * length.saturating_sub(typed) as f64 / length.max(1) as f64;
        if rank <= RECIPROCAL_PLACES {
            self.reciprocal += weight / rank as f64;
        }
    }

    /// How many queries were asked.
    pub fn asked(&self) -> f64 {
        self.asked
    }

    /// The mean reciprocal rank within the first ten places: 1 where the text stands first, ½ where it stands
    /// second, 0 where it is not among the ten.
    pub fn mean_reciprocal_rank(&self) -> f64 {
        self.share(self.reciprocal)
    }

    /// The part of the queries whose text is in the list of fifteen.
    pub fn success(&self) -> f64 {
        self.share(self.found)
    }

    /// The part of all keystrokes that picking from the list saves: what is left to be typed over the whole
    /// length where the text is in the list, nothing where it is not.
    pub fn keystrokes_saved(&self) -> f64 {
        self.share(self.saved)
    }

    fn share(&self, sum: f64) -> f64 {
        if self.asked > 0.0 { sum / self.asked } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_by_hand() {
        let mut figures = Figures::default();
        assert_eq!(figures.mean_reciprocal_rank(), 0.0);
        figures.add(Some(1), 1, 4, 1.0); // 1, in the list, saves 3 of 4
        figures.add(Some(4), 2, 4, 1.0); // 1/4, in the list, saves 2 of 4
        figures.add(Some(11), 1, 2, 1.0); // 0, in the list, saves 1 of 2
        figures.add(None, 1, 9, 1.0);
        assert_eq!(figures.asked(), 4.0);
        assert_eq!(figures.mean_reciprocal_rank(), (1.0 + 0.25) / 4.0);
        assert_eq!(figures.success(), 0.75);
        assert_eq!(figures.keystrokes_saved(), (0.75 + 0.5 + 0.5) / 4.0);
    }

    #[test]
    fn weights_count_as_so_many_queries() {
        let mut figures = Figures::default();
        figures.add(Some(2), 1, 1, 3.0);
        figures.add(Some(16), 1, 1, 1.0);
        assert_eq!((figures.mean_reciprocal_rank(), figures.success()), (1.5 / 4.0, 0.75));
    }
}
