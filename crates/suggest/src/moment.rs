//! The moment that suggestions are asked for, and how long what was seen stays as it is.

use std::cell::Cell;

/// A moment, and the next one at which something that was looked at comes or goes.
#[derive(Debug)]
pub(crate) struct Moment {
    now: i64,
    next: Cell<i64>,
}

impl Moment {
    /// That moment, in Unix seconds. Nothing was looked at yet.
    pub(crate) fn new(now: i64) -> Moment {
        Moment { now, next: Cell::new(i64::MAX) }
    }

    /// Whether something that counts from `from` on and no longer at `to` counts now. Both are remembered for
    /// [`Moment::until`].
    pub(crate) fn is_within(&self, from: Option<i64>, to: Option<i64>) -> bool {
        for border in [from, to].into_iter().flatten().filter(|border| *border > self.now) {
            self.next.set(self.next.get().min(border));
        }
        from.is_none_or(|from| from <= self.now) && to.is_none_or(|to| self.now < to)
    }

    /// The first moment at which something that was looked at comes or goes; the end of time where nothing does.
    pub(crate) fn until(&self) -> i64 {
        self.next.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_border_is_remembered_whether_something_counts_or_not() {
        let moment = Moment::new(100);
        assert!(moment.is_within(None, None) && moment.is_within(Some(100), None));
        assert_eq!(moment.until(), i64::MAX);
        assert!(!moment.is_within(None, Some(100)) && !moment.is_within(Some(5), Some(50)));
        assert_eq!(moment.until(), i64::MAX, "what is over stays over");
        assert!(moment.is_within(Some(50), Some(170)));
        assert_eq!(moment.until(), 170);
        assert!(!moment.is_within(Some(130), Some(140)));
        assert_eq!(moment.until(), 130);
        assert!(!moment.is_within(Some(150), None));
        assert_eq!(moment.until(), 130);
    }
}
