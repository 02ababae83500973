//! Accounts, leases and the ledger: what is sold never exceeds what there is, and every sum fits its entries.

use std::path::Path;

use proptest::prelude::*;
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _};
use store::{
    Amount, Api, By, Error, Store,
    ledger::{AlarmRules, EntryKind, LeaseOutcome, LeaseStep, LeaseTerms, Period, Shortage},
};

use crate::fresh;

const BY: By<'static> = By { who: "somebody", now_ms: 1_795_752_000_000 };
const EVER: Period = Period { from_ms: 0, to_ms: i64::MAX };
const DAY: i64 = 20_784;

fn terms(account: Option<i64>, price: i64) -> LeaseTerms {
    LeaseTerms {
        caller: 1,
        api: Api::Suggest,
        day: DAY,
        account,
        price: Amount(price),
        quota: None,
        cap: None,
    }
}

fn grant(lease: i64, terms: LeaseTerms, wanted: i64) -> LeaseStep {
    LeaseStep::Grant { lease, terms, wanted, slot: 1, seal: 1 }
}

/// Runs a statement on a database that no store has open.
async fn alter(directory: &Path, statement: &str) {
    let url = format!("sqlite://{}", directory.join("qiusuo.db").display());
    let mut connection = AnyConnection::connect(&url).await.unwrap();
    sqlx::query(AssertSqlSafe(statement.to_owned())).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

async fn run(store: &Store, step: LeaseStep) -> LeaseOutcome {
    store.run_leases("here", &[step], (&AlarmRules::default(), BY.now_ms)).await.unwrap().remove(0)
}

#[tokio::test]
async fn the_smallest_of_quota_cap_and_balance_is_granted_and_the_first_that_is_short_is_named() {
    let (_directory, store) = fresh().await;
    let account = store.create_account("team", Amount(1_000), &BY).await.unwrap();
    let full = LeaseTerms { quota: Some(30), cap: Some(Amount(250)), ..terms(Some(account), 10) };
    let granted = run(&store, grant(0, full, 100)).await;
    assert_eq!(granted, LeaseOutcome::Granted { lease: 1, calls: 25 }, "the cap");
    assert_eq!(run(&store, grant(1, full, 100)).await, LeaseOutcome::Short(Shortage::Cap));
    let more = LeaseTerms { cap: None, ..full };
    assert_eq!(
        run(&store, grant(1, more, 100)).await,
        LeaseOutcome::Granted { lease: 1, calls: 5 },
        "the quota"
    );
    assert_eq!(run(&store, grant(1, more, 100)).await, LeaseOutcome::Short(Shortage::Quota));
    let unlimited = terms(Some(account), 10);
    assert_eq!(run(&store, grant(1, unlimited, 100)).await, LeaseOutcome::Granted { lease: 1, calls: 70 });
    assert_eq!(run(&store, grant(1, unlimited, 100)).await, LeaseOutcome::Short(Shortage::Balance));
    assert_eq!(run(&store, grant(0, terms(None, 10), 1)).await, LeaseOutcome::Short(Shortage::Balance));
    assert_eq!(run(&store, grant(0, terms(None, 0), 7)).await, LeaseOutcome::Granted { lease: 2, calls: 7 });
    let shown = store.account("team").await.unwrap();
    assert_eq!((shown.balance, shown.held), (Amount(1_000), Amount(1_000)));
    assert_eq!(store.check_ledger().await.unwrap(), []);
}

#[tokio::test]
async fn steps_that_do_not_fit_a_lease_change_nothing() {
    let (_directory, store) = fresh().await;
    run(&store, grant(0, terms(None, 0), 10)).await;
    let settle = |calls| LeaseStep::Settle { lease: 1, calls, minute: 0, quota: None };
    let wrong = [
        vec![settle(11)],
        vec![settle(10), settle(1)],
        vec![LeaseStep::Return { lease: 1, calls: 11 }],
        vec![LeaseStep::Close { lease: 1 }],
        vec![settle(1), LeaseStep::Close { lease: 1 }],
        vec![LeaseStep::Lose { lease: 2, reason: String::new() }],
        vec![settle(1), grant(7, terms(None, 0), 1)],
        vec![settle(1), grant(1, LeaseTerms { day: DAY + 1, ..terms(None, 0) }, 1)],
    ];
    for steps in wrong {
        let refused = store.run_leases("here", &steps, (&AlarmRules::default(), BY.now_ms)).await;
        assert!(matches!(refused, Err(Error::Damaged { .. })), "{steps:?}: {refused:?}");
    }
    let lease = store.leases("here").await.unwrap().remove(0);
    assert_eq!((lease.granted, lease.settled), (10, 0));
    assert_eq!(store.ledger(None, EVER, (0, 100)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn entries_are_listed_in_their_order_by_account_and_period() {
    let (_directory, store) = fresh().await;
    let first = store.create_account("first", Amount(5), &BY).await.unwrap();
    let second = store.create_account("second", Amount(0), &BY).await.unwrap();
    for amount in 1..=4 {
        let at = By { now_ms: BY.now_ms + amount, ..BY };
        store.add_money(second, (EntryKind::TopUp, Amount(amount)), "note", &at).await.unwrap();
    }
    let amounts = async |account, period, page| -> Vec<i64> {
        let entries = store.ledger(account, period, page).await.unwrap();
        entries.iter().map(|entry| entry.amount.0).collect()
    };
    assert_eq!(amounts(Some(first), EVER, (0, 10)).await, [5]);
    assert_eq!(amounts(Some(second), EVER, (0, 10)).await, [1, 2, 3, 4]);
    assert_eq!(amounts(None, EVER, (0, 10)).await, [5, 1, 2, 3, 4]);
    assert_eq!(amounts(None, EVER, (2, 2)).await, [2, 3]);
    let period = Period { from_ms: BY.now_ms + 2, to_ms: BY.now_ms + 4 };
    assert_eq!(amounts(Some(second), period, (0, 10)).await, [2, 3]);
    assert!(matches!(store.account("third").await, Err(Error::NotFound { .. })));
    assert!(matches!(store.create_account("first", Amount(0), &BY).await, Err(Error::Exists { .. })));
    let absurd = Amount(i64::MAX / 2);
    assert!(store.add_money(first, (EntryKind::TopUp, absurd), "", &BY).await.is_err());
    let audited = store.audit(None, 100).await.unwrap();
    let topped: Vec<_> = audited.iter().filter(|row| row.record.action == "top-up").collect();
    assert_eq!(topped.len(), 4);
    assert!(topped[0].record.before.as_ref().unwrap().contains("0.0006"), "{topped:?}");
    assert!(topped[0].record.after.as_ref().unwrap().contains("0.0010"), "{topped:?}");
}

#[tokio::test]
async fn the_audit_log_says_which_entry_was_taken_back() {
    let (_directory, store) = fresh().await;
    let account = store.create_account("team", Amount(1_000), &BY).await.unwrap();
    let lose = |lease| LeaseStep::Lose { lease, reason: String::new() };
    let steps = [grant(0, terms(None, 0), 3), lose(1), grant(0, terms(Some(account), 10), 3), lose(2)];
    store.run_leases("here", &steps, (&AlarmRules::default(), BY.now_ms)).await.unwrap();
    let entries = store.ledger(None, EVER, (0, 100)).await.unwrap();
    let losses: Vec<i64> =
        entries.iter().filter(|entry| entry.kind == EntryKind::Loss).map(|entry| entry.id).collect();
    let [unpaid, paid] = losses[..] else { panic!("{entries:?}") };
    for entry in [unpaid, paid] {
        store.reverse_entry(entry, "it was right", &BY).await.unwrap();
    }
    let audited = store.audit(None, 100).await.unwrap();
    let subjects: Vec<_> = audited
        .iter()
        .filter(|row| row.record.action == "reversal")
        .map(|row| row.record.subject.as_str())
        .collect();
    assert_eq!(subjects, [format!("entry {paid} of account {account}"), format!("entry {unpaid}")]);
}

#[tokio::test]
async fn a_node_that_does_not_come_back_has_spent_everything() {
    let (_directory, store) = fresh().await;
    let account = store.create_account("team", Amount(1_000), &BY).await.unwrap();
    let steps = [grant(0, terms(Some(account), 10), 20)];
    store.run_leases("elsewhere", &steps, (&AlarmRules::default(), BY.now_ms)).await.unwrap();
    assert_eq!(store.end_leases_of_others("here", DAY, BY.now_ms).await.unwrap(), 0, "its day is not over");
    assert_eq!(store.end_leases_of_others("elsewhere", DAY + 1, BY.now_ms).await.unwrap(), 0, "its own");
    assert_eq!(store.end_leases_of_others("here", DAY + 1, BY.now_ms).await.unwrap(), 1);
    let shown = store.account("team").await.unwrap();
    assert_eq!((shown.balance, shown.held), (Amount(800), Amount(0)));
    assert!(store.leases("elsewhere").await.unwrap().is_empty());
    assert_eq!(store.check_ledger().await.unwrap(), []);
}

#[tokio::test]
async fn what_was_altered_behind_the_ledgers_back_is_found() {
    let (directory, store) = fresh().await;
    let account = store.create_account("team", Amount(1_000), &BY).await.unwrap();
    let steps = [
        grant(0, LeaseTerms { quota: Some(50), ..terms(Some(account), 10) }, 20),
        LeaseStep::Settle { lease: 1, calls: 5, minute: 0, quota: None },
    ];
    store.run_leases("here", &steps, (&AlarmRules::default(), BY.now_ms)).await.unwrap();
    assert_eq!(store.check_ledger().await.unwrap(), []);
    store.close().await;
    let alterations = [
        ("UPDATE accounts SET balance = balance + 1", "balance of account team"),
        ("UPDATE accounts SET held = held - 1", "held by leases of account team"),
        ("UPDATE leases SET granted = granted + 1", "open leases of account team"),
        ("UPDATE day_use SET settled = settled - 1", "calls counted against the quota"),
        ("UPDATE spending SET settled = settled - 1", "money counted against the cap"),
        ("UPDATE day_use SET held = held - 1", "calls held by leases (caller, API, day) 1 0 20784"),
        ("DELETE FROM day_use", "calls held by leases (caller, API, day) 1 0 20784"),
        ("UPDATE spending SET held = held - 10", "money held by leases (caller, API) 1 0"),
        ("DELETE FROM spending", "money held by leases (caller, API) 1 0"),
        ("DELETE FROM ledger WHERE kind = 'settlement'", "balance of account team"),
    ];
    for (alteration, named) in alterations {
        let copy = tempfile::tempdir().unwrap();
        std::fs::copy(directory.path().join("qiusuo.db"), copy.path().join("qiusuo.db")).unwrap();
        alter(copy.path(), alteration).await;
        let store = Store::open_existing(copy.path()).await.unwrap();
        let found = store.check_ledger().await.unwrap();
        assert!(found.iter().any(|problem| problem.what.starts_with(named)), "{alteration}: {found:?}");
    }
}

#[derive(Clone, Debug)]
enum Deed {
    Grant { caller: i64, wanted: i64 },
    Settle { part: i64 },
    Return { part: i64 },
    Lose,
    TopUp { amount: i64 },
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        (1..4_i64, 1..40_i64).prop_map(|(caller, wanted)| Deed::Grant { caller, wanted }),
        (1..4_i64).prop_map(|part| Deed::Settle { part }),
        (1..4_i64).prop_map(|part| Deed::Return { part }),
        Just(Deed::Lose),
        (0..300_i64).prop_map(|amount| Deed::TopUp { amount }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever is done in whatever order: nothing is oversold, and every sum fits.
    #[test]
    fn no_order_of_deeds_oversells(deeds in prop::collection::vec(deed(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (_directory, store) = fresh().await;
            let account = store.create_account("team", Amount(500), &BY).await.unwrap();
            let mut came_in = 500;
            for deed in deeds {
                let leases = store.leases("here").await.unwrap();
                let last = leases.last().map(|lease| (lease.id, lease.granted - lease.settled));
                match (deed, last) {
                    (Deed::Grant { caller, wanted }, _) => {
                        let limits = LeaseTerms { caller, quota: Some(30), cap: Some(Amount(200)), ..terms(Some(account), 7) };
                        run(&store, grant(0, limits, wanted)).await;
                    }
                    (Deed::Settle { part }, Some((lease, left))) => {
                        run(&store, LeaseStep::Settle { lease, calls: left / part, minute: 0, quota: None }).await;
                    }
                    (Deed::Return { part }, Some((lease, left))) => {
                        run(&store, LeaseStep::Return { lease, calls: left / part }).await;
                    }
                    (Deed::Lose, Some((lease, _))) => {
                        let steps = [LeaseStep::Lose { lease, reason: "lost".to_owned() }, LeaseStep::Close { lease }];
                        store.run_leases("here", &steps, (&AlarmRules::default(), BY.now_ms)).await.unwrap();
                    }
                    (Deed::TopUp { amount }, _) => {
                        let money = (EntryKind::TopUp, Amount(amount));
                        store.add_money(account, money, "", &BY).await.unwrap();
                        came_in += amount;
                    }
                    (_, None) => {}
                }
            }
            assert_eq!(store.check_ledger().await.unwrap(), []);
            let entries = store.ledger(None, EVER, (0, 10_000)).await.unwrap();
            let spent = |caller| -> i64 {
                let spends = [EntryKind::Settlement, EntryKind::Loss];
                let of = entries.iter().filter(|entry| entry.caller == Some(caller) && spends.contains(&entry.kind));
                of.map(|entry| entry.calls).sum()
            };
            assert!((1..4).all(|caller| spent(caller) <= 28), "a cap of 200 at 7 a call");
            let shown = store.account("team").await.unwrap();
            assert!(shown.held >= Amount(0) && shown.balance >= shown.held);
            assert_eq!(shown.balance.0, came_in - 7 * (1..4).map(spent).sum::<i64>());
        });
    }
}
