//! Counts that halve with age, for every entry of a log at once.

/// One decayed count for each entry, as it is at a moment that moves on.
#[derive(Debug, Clone)]
pub struct Decayed {
    /// Seconds after which an event counts half; `None`: it always counts one.
    half_life: Option<f64>,
    sums: Vec<f64>,
    at: i64,
}

impl Decayed {
    /// No event yet for any of `entries`.
    pub fn new(half_life: Option<f64>, entries: usize) -> Self {
        Self { half_life, sums: vec![0.0; entries], at: 0 }
    }

    /// Goes on to `to` (Unix seconds): what was counted grows older.
    pub fn advance(&mut self, to: i64) {
        let factor = self.factor(to - self.at);
        self.at = to;
        if factor != 1.0 {
            for sum in &mut self.sums {
                *sum *= factor;
            }
        }
    }

    /// Counts events of the moment `time`; one that is still to come counts as one of now.
    pub fn add(&mut self, entry: usize, time: i64, count: f64) {
        self.sums[entry] += count * self.factor(self.at - time);
    }

    /// The sum of an entry.
    pub fn of(&self, entry: usize) -> f64 {
        self.sums[entry]
    }

    fn factor(&self, age: i64) -> f64 {
        self.half_life.map_or(1.0, |half_life| (-(age.max(0) as f64) / half_life).exp2())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_halves_with_every_half_life() {
        let mut sums = Decayed::new(Some(10.0), 2);
        sums.advance(1000);
        sums.add(0, 1000, 4.0);
        sums.add(1, 990, 4.0);
        assert_eq!((sums.of(0), sums.of(1)), (4.0, 2.0));
        sums.advance(1020);
        assert_eq!((sums.of(0), sums.of(1)), (1.0, 0.5));
        let mut all = Decayed::new(None, 1);
        all.add(0, -5, 1.0);
        all.advance(1 << 40);
        assert_eq!(all.of(0), 1.0);
    }
}
