//! When an indexer commits.

use std::time::Duration;

use search::Change;

use super::COMMIT_DOCUMENTS;
use crate::jobs::Jobs;

/// The longest that a change stays invisible in a server while more keep coming.
const COMMIT_AFTER: Duration = Duration::from_millis(300);
/// The longest that counters wait for a commit, which they need only to be in the row table after a crash without
/// being taken up again.
const COMMIT_COUNTERS_AFTER: Duration = Duration::from_secs(5);
/// The shortest time between two commits when nothing more is waiting.
pub(super) const COMMIT_SPACING: Duration = Duration::from_millis(50);
/// Items that came within so short a time are those of somebody who has more: a commit for each handful of them is a
/// segment for each, and an import would spend its time merging.
const MANY: usize = 200;
/// The same as [`COMMIT_DOCUMENTS`] where nobody searches: every commit is a segment that is to be merged.
const COMMIT_DOCUMENTS_OF_A_COMMAND: usize = 100_000;
/// The longest that a command lets the changes wait that nobody asked for. Half a second passes with each commit in which
/// nothing else goes on; a command that reads beside this one says that it answers from what is there so far.
const COMMIT_AFTER_OF_A_COMMAND: Duration = Duration::from_secs(10);

/// What is applied and not committed.
#[derive(Default)]
pub(super) struct Pending {
    /// Changes of items: nobody sees them before a commit.
    pub(super) items: usize,
    /// Counters, which are in place already.
    counters: usize,
}

/// What an indexer finds when it looks whether a commit is due.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    /// How long ago the last commit was.
    pub(super) since: Duration,
    /// Whether nothing more is waiting.
    pub(super) is_idle: bool,
    /// Whether somebody waits for what is pending.
    pub(super) is_asked: bool,
}

impl Pending {
    pub(super) fn add(&mut self, changes: &[(i64, Change)]) {
        let counters = changes.iter().filter(|(_, change)| matches!(change, Change::Counters(..))).count();
        self.counters += counters;
        self.items += changes.len() - counters;
    }

    pub(super) fn any(&self) -> bool {
        self.items + self.counters > 0
    }

    /// Whether it is time for a commit.
    pub(super) fn is_due(&self, jobs: Jobs, moment: Moment) -> bool {
        self.any()
            && match jobs {
                Jobs::Server => self.is_due_in_a_server(moment),
                Jobs::Command => {
                    moment.is_asked
                        || self.items + self.counters >= COMMIT_DOCUMENTS_OF_A_COMMAND
                        || moment.since >= COMMIT_AFTER_OF_A_COMMAND
                }
            }
    }

    fn is_due_in_a_server(&self, moment: Moment) -> bool {
        let patience = match self.items {
            _ if self.items + self.counters >= COMMIT_DOCUMENTS => return true,
            0 => COMMIT_COUNTERS_AFTER,
            items if moment.is_idle && items < MANY => COMMIT_SPACING,
            _ => COMMIT_AFTER,
        };
        moment.since >= patience
    }
}

#[cfg(test)]
mod tests {
    use search::Counters;

    use super::*;

    fn is_due(jobs: Jobs, items: usize, milliseconds: u64, is_idle: bool, is_asked: bool) -> bool {
        let since = Duration::from_millis(milliseconds);
        Pending { items, counters: 0 }.is_due(jobs, Moment { since, is_idle, is_asked })
    }

    #[test]
    fn a_server_commits_often_and_a_command_when_it_is_asked() {
        for jobs in [Jobs::Server, Jobs::Command] {
            assert!(!is_due(jobs, 0, 60_000, true, true), "there is nothing");
        }
        assert!(is_due(Jobs::Server, 1, 50, true, false) && !is_due(Jobs::Server, 1, 49, true, true));
        assert!(is_due(Jobs::Server, 200, 300, true, false) && !is_due(Jobs::Server, 200, 299, true, false));
        assert!(is_due(Jobs::Server, 5_000, 0, false, false));
        assert!(is_due(Jobs::Command, 1, 0, false, true));
        assert!(!is_due(Jobs::Command, 99_999, 9_999, true, false));
        assert!(
            is_due(Jobs::Command, 100_000, 0, false, false) && is_due(Jobs::Command, 1, 10_000, false, false)
        );
    }

    #[test]
    fn counters_alone_wait_longer() {
        let mut pending = Pending::default();
        pending.add(&[(1, Change::Counters(1, Counters::default()))]);
        let moment = |seconds| Moment { since: Duration::from_secs(seconds), is_idle: true, is_asked: false };
        assert!(pending.any() && !pending.is_due(Jobs::Server, moment(4)));
        assert!(pending.is_due(Jobs::Server, moment(5)));
    }
}
