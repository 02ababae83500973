//! Adding the ledger up: what `qiusuo doctor` asks.

use sqlx::Row as _;

use crate::{Result, Store};

/// A sum that does not fit the entries that it is the sum of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerProblem {
    /// What does not fit, and where.
    pub what: String,
    /// What the entries add up to.
    pub expected: i64,
    /// What stands there.
    pub found: i64,
}

/// A statement that gives, for everything of one kind whose sum does not fit: a name, the expected and the found sum.
const CHECKS: [(&str, &str); 7] = [
    (
        "balance of account",
        "SELECT accounts.name, CAST(COALESCE(SUM(ledger.amount), 0) AS BIGINT) AS expected, accounts.balance \
         FROM accounts LEFT JOIN ledger ON ledger.account = accounts.id GROUP BY accounts.id, accounts.name, \
         accounts.balance HAVING CAST(COALESCE(SUM(ledger.amount), 0) AS BIGINT) <> accounts.balance",
    ),
    (
        "held by leases of account",
        "SELECT accounts.name, CAST(COALESCE(SUM(ledger.held), 0) AS BIGINT) AS expected, accounts.held \
         FROM accounts LEFT JOIN ledger ON ledger.account = accounts.id GROUP BY accounts.id, accounts.name, \
         accounts.held HAVING CAST(COALESCE(SUM(ledger.held), 0) AS BIGINT) <> accounts.held",
    ),
    (
        "open leases of account",
        "SELECT accounts.name, CAST(COALESCE(SUM((leases.granted - leases.settled) * leases.price), 0) AS BIGINT), \
         accounts.held FROM accounts LEFT JOIN leases ON leases.account = accounts.id GROUP BY accounts.id, \
         accounts.name, accounts.held HAVING \
         CAST(COALESCE(SUM((leases.granted - leases.settled) * leases.price), 0) AS BIGINT) <> accounts.held",
    ),
    (
        "calls counted against the quota (caller, API, day)",
        "SELECT day_use.caller || ' ' || day_use.api || ' ' || day_use.day, CAST(COALESCE(SUM(CASE WHEN ledger.kind \
         IN ('settlement', 'loss', 'reversal') THEN ledger.calls ELSE 0 END), 0) AS BIGINT), day_use.settled \
         FROM day_use LEFT JOIN ledger ON ledger.caller = day_use.caller AND ledger.api = day_use.api AND \
         ledger.day = day_use.day GROUP BY day_use.caller, day_use.api, day_use.day, day_use.settled HAVING \
         CAST(COALESCE(SUM(CASE WHEN ledger.kind IN ('settlement', 'loss', 'reversal') THEN ledger.calls ELSE 0 END), \
         0) AS BIGINT) <> day_use.settled",
    ),
    (
        "money counted against the cap (caller, API)",
        "SELECT spending.caller || ' ' || spending.api, CAST(COALESCE(-SUM(ledger.amount), 0) AS BIGINT), \
         spending.settled FROM spending LEFT JOIN ledger ON ledger.caller = spending.caller AND \
         ledger.api = spending.api GROUP BY spending.caller, spending.api, spending.settled HAVING \
         CAST(COALESCE(-SUM(ledger.amount), 0) AS BIGINT) <> spending.settled",
    ),
    (
        "calls held by leases (caller, API, day)",
        "SELECT caller || ' ' || api || ' ' || day, CAST(SUM(expected) AS BIGINT), CAST(SUM(found) AS BIGINT) FROM \
         (SELECT caller, api, day, granted - settled AS expected, 0 AS found FROM leases \
         UNION ALL SELECT caller, api, day, 0, held FROM day_use) AS sides \
         GROUP BY caller, api, day HAVING SUM(expected) <> SUM(found)",
    ),
    (
        "money held by leases (caller, API)",
        "SELECT caller || ' ' || api, CAST(SUM(expected) AS BIGINT), CAST(SUM(found) AS BIGINT) FROM \
         (SELECT caller, api, (granted - settled) * price AS expected, 0 AS found FROM leases \
         UNION ALL SELECT caller, api, 0, held FROM spending) AS sides \
         GROUP BY caller, api HAVING SUM(expected) <> SUM(found)",
    ),
];

impl Store {
    /// Adds up all entries and compares the sums with those that are kept; nothing is changed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn check_ledger(&self) -> Result<Vec<LedgerProblem>> {
        let mut problems = Vec::new();
        for (what, statement) in CHECKS {
            for row in sqlx::query(statement).fetch_all(self.readers()).await? {
                let name: String = row.try_get(0)?;
                problems.push(LedgerProblem {
                    what: format!("{what} {name}"),
                    expected: row.try_get(1)?,
                    found: row.try_get(2)?,
                });
            }
        }
        Ok(problems)
    }
}
