//! Repairs of wrong characters against pairs of what was typed and what was meant.

use search::correction::Repair;
pub use search::correction::{Model, ModelBuilder, weights::THRESHOLD};
use text::normal::normal_form;

/// The repairs of many pairs, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CorrectionFigures {
    /// Pairs whose two sides differ.
    pub wrong: usize,
    /// Of these, how many were repaired at all.
    pub repaired: usize,
    /// How many had the meant text, as a whole, as their first repair.
    pub first: usize,
    /// How many had it among their repairs.
    pub found: usize,
    /// Pairs whose two sides are the same.
    pub equal: usize,
    /// Of these, how many were repaired, though there was nothing to repair.
    pub changed: usize,
}

impl CorrectionFigures {
    /// Counts one pair and the repairs of what was typed, likeliest first.
    pub fn add(&mut self, typed: &str, meant: &str, repairs: &[Repair]) {
        if typed == meant {
            self.equal += 1;
            self.changed += usize::from(!repairs.is_empty());
            return;
        }
        let meant = normal_form(meant);
        let place = repairs.iter().position(|repair| repair.text == *meant);
        self.wrong += 1;
        self.repaired += usize::from(!repairs.is_empty());
        self.first += usize::from(place == Some(0));
        self.found += usize::from(place.is_some());
    }

    /// The part of the wrong pairs whose first repair is what was meant.
    pub fn first_share(&self) -> f64 {
        share(self.first, self.wrong)
    }

    /// The part of the wrong pairs that have what was meant among their repairs.
    pub fn found_share(&self) -> f64 {
        share(self.found, self.wrong)
    }

    /// The part of the wrong pairs that are repaired, rightly or not.
    pub fn repaired_share(&self) -> f64 {
        share(self.repaired, self.wrong)
    }

    /// The part of the equal pairs that are repaired.
    pub fn changed_share(&self) -> f64 {
        share(self.changed, self.equal)
    }
}

fn share(part: usize, all: usize) -> f64 {
    part as f64 / all.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_counted() {
        let repairs = |texts: &[&str]| -> Vec<Repair> {
            texts.iter().map(|&text| Repair { text: text.to_owned(), gain: 6.0 }).collect()
        };
        let mut figures = CorrectionFigures::default();
        figures.add("梅食", "美食", &repairs(&["美食", "没事"]));
        figures.add("梅食ＡＰＰ", "美食APP", &repairs(&["没事app", "美食app"]));
        figures.add("末来", "未来", &[]);
        figures.add("油皮", "柚皮", &repairs(&["有皮"]));
        figures.add("美食", "美食", &[]);
        figures.add("柚皮", "柚皮", &repairs(&["油皮"]));
        let expected = CorrectionFigures { wrong: 4, repaired: 3, first: 1, found: 2, equal: 2, changed: 1 };
        assert_eq!(figures, expected);
        assert_eq!((figures.first_share(), figures.found_share()), (0.25, 0.5));
        assert_eq!((figures.repaired_share(), figures.changed_share()), (0.75, 0.5));
        assert_eq!(CorrectionFigures::default().found_share(), 0.0);
    }
}
