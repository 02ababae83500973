//! Rate, quota, cap, and the clock.

use super::{super::Ask, *};

#[tokio::test]
async fn without_limits_everything_passes_and_nothing_is_leased() {
    let node = Node::start().await;
    node.set(1, None, Limits::NONE);
    for _ in 0..1_000 {
        node.admit(1).await.unwrap().succeed();
    }
    node.check().await;
    assert!(node.store.ledger(None, EVER, (0, 10)).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_quota_lasts_to_its_last_call_and_is_renewed_at_midnight_in_shanghai() {
    let node = Node::start().await;
    node.set(1, None, quota(777));
    let to_midnight = Refused::Quota { retry_after: HALF_A_DAY as u64 / 1000 };
    assert_eq!(node.call_until_refused(1).await, (777, to_midnight));
    assert_eq!(node.call_until_refused(1).await, (0, to_midnight));
    node.clock.set(NOON + HALF_A_DAY - 1);
    assert_eq!(node.call_until_refused(1).await, (0, Refused::Quota { retry_after: 1 }));
    node.clock.set(NOON + HALF_A_DAY);
    assert_eq!(node.call_until_refused(1).await, (777, Refused::Quota { retry_after: 86_400 }));
    node.check().await;
    assert_eq!(node.calls(EntryKind::Settlement).await, 2 * 777);
}

#[tokio::test]
async fn a_clock_that_leaps_sells_no_day_twice() {
    let node = Node::start().await;
    node.set(1, None, quota(100));
    for _ in 0..40 {
        node.admit(1).await.unwrap().succeed();
    }
    node.clock.set(NOON + HALF_A_DAY);
    assert_eq!(node.call_until_refused(1).await.0, 100, "the day after");
    node.clock.set(NOON);
    assert_eq!(node.call_until_refused(1).await.0, 60, "back: what was left of the day");
    node.clock.set(NOON + HALF_A_DAY);
    assert_eq!(node.call_until_refused(1).await.0, 0, "and forwards again");
    node.clock.set(NOON + 900 * HALF_A_DAY);
    assert_eq!(node.call_until_refused(1).await.0, 100, "far ahead");
    node.check().await;
}

#[tokio::test]
async fn a_call_over_midnight_is_given_back_to_its_own_day() {
    let node = Node::start().await;
    node.set(1, None, quota(10));
    let permit = node.admit(1).await.unwrap();
    node.clock.set(NOON + HALF_A_DAY);
    assert_eq!(node.call_until_refused(1).await.0, 10);
    drop(permit);
    node.check().await;
    assert_eq!(node.call_until_refused(1).await.0, 0);
    node.clock.set(NOON);
    assert_eq!(node.call_until_refused(1).await.0, 10);
    node.check().await;
    assert_eq!(node.calls(EntryKind::Settlement).await, 20);
}

#[tokio::test]
async fn a_rate_tells_to_the_second_when_a_call_passes() {
    let node = Node::start().await;
    let rate = store::Rate { calls: 2, period_ms: 60_000 };
    node.set(1, None, Limits { rate: Some(rate), burst: Some(1), ..Limits::NONE });
    node.admit(1).await.unwrap().succeed();
    assert_eq!(node.admit(1).await.unwrap_err(), Refused::Rate { retry_after: 30 });
    node.clock.advance(500);
    assert_eq!(node.admit(1).await.unwrap_err(), Refused::Rate { retry_after: 30 });
    node.clock.advance(29_499);
    assert_eq!(node.admit(1).await.unwrap_err(), Refused::Rate { retry_after: 1 });
    // Whoever puts the time of day right changes no rate.
    node.clock.set(NOON - HALF_A_DAY);
    assert_eq!(node.admit(1).await.unwrap_err(), Refused::Rate { retry_after: 1 });
    node.clock.advance(1);
    node.admit(1).await.unwrap().succeed();
}

#[tokio::test]
async fn a_refused_or_failed_call_takes_nothing_of_the_rate() {
    let node = Node::start().await;
    let rate = Some(store::Rate { calls: 1, period_ms: 3_600_000 });
    node.set(1, None, Limits { rate, ..quota(1) });
    for _ in 0..5 {
        drop(node.admit(1).await.unwrap());
    }
    node.set(1, None, Limits { rate, ..quota(0) });
    for _ in 0..5 {
        assert!(matches!(node.admit(1).await, Err(Refused::Quota { .. })), "the rate was given back");
    }
    node.set(1, None, Limits { rate, ..quota(1) });
    node.admit(1).await.unwrap().succeed();
    assert!(matches!(node.admit(1).await, Err(Refused::Rate { .. })), "the rate is asked first");
}

#[tokio::test]
async fn the_first_limit_in_the_order_of_the_contract_is_named() {
    let node = Node::start().await;
    let account = node.account("0.0000").await;
    let all = Limits { quota: Some(0), cap: Some(Amount::ZERO), ..price("1.0000") };
    node.set(1, Some(account), all);
    assert!(matches!(node.admit(1).await, Err(Refused::Quota { .. })));
    node.set(1, Some(account), Limits { quota: None, ..all });
    assert_eq!(node.admit(1).await.unwrap_err(), Refused::Cap);
    node.set(1, Some(account), Limits { quota: None, cap: None, ..all });
    assert_eq!(node.admit(1).await.unwrap_err(), Refused::Balance);
    node.set(1, None, Limits { quota: None, cap: None, ..all });
    assert_eq!(node.admit(1).await.unwrap_err(), Refused::Balance, "nobody pays");
}

#[tokio::test]
async fn limits_that_change_are_in_force_at_the_next_call() {
    let node = Node::start().await;
    node.set(1, None, quota(1_000));
    for _ in 0..50 {
        node.admit(1).await.unwrap().succeed();
    }
    node.set(1, None, quota(60));
    assert_eq!(node.call_until_refused(1).await.0, 10);
    node.set(1, None, quota(30));
    assert_eq!(node.call_until_refused(1).await.0, 0);
    node.set(1, None, quota(61));
    assert_eq!(node.call_until_refused(1).await.0, 1);
    node.set(1, None, Limits::NONE);
    for _ in 0..500 {
        node.admit(1).await.unwrap().succeed();
    }
    node.check().await;
    assert_eq!(node.calls(EntryKind::Settlement).await, 61);
}

/// Others give calls back all the time: whoever has no quota left is told so, and does not wait.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_is_not_held_up_by_the_failures_of_others() {
    let node = Node::start().await;
    let account = node.account("10.0000").await;
    node.set(1, Some(account), price("0.0010"));
    node.set(2, None, quota(5));
    let failing = async {
        loop {
            drop(node.admit(1).await.unwrap());
            tokio::task::yield_now().await;
        }
    };
    let asking = async {
        assert!(matches!(node.call_until_refused(2).await, (5, Refused::Quota { .. })));
        for _ in 0..20 {
            assert!(matches!(node.admit(2).await, Err(Refused::Quota { .. })));
        }
    };
    tokio::select! {
        () = failing => {}
        () = asking => {}
    }
    node.check().await;
}

/// Whoever asks for the ledger all the time holds up neither himself nor others.
#[tokio::test]
async fn many_who_wait_for_the_ledger_are_all_answered() {
    let mut node = Node::start().await;
    node.stop().await;
    for caller in 1..=100 {
        node.set(caller, None, quota(1_000));
    }
    let mut keeper = node.keeper_by_hand().await;
    let gate = |caller| Arc::clone(&node.known.caller(caller).unwrap().gates[0]);
    keeper.work((1..=100).map(|caller| Ask::Lease(gate(caller))).collect()).await.unwrap();
    let mut waiting = Vec::new();
    for _ in 0..10 {
        for caller in 1..=100 {
            let lease = gate(caller).lease.load_full().unwrap();
            if lease.take(0).is_some() {
                lease.answered();
            }
        }
        let (done, answered) = tokio::sync::oneshot::channel();
        waiting.push(answered);
        keeper.work(vec![Ask::Settle(None, done)]).await.unwrap();
        assert!(keeper.due.len() <= 100, "each lease is due once: {}", keeper.due.len());
    }
    let answered = waiting.iter_mut().filter_map(|answered| answered.try_recv().ok()).count();
    assert!(answered >= 5, "{answered} are answered though new ones come");
    while keeper.is_behind {
        keeper.work(Vec::new()).await.unwrap();
    }
    let late = waiting.iter_mut().filter_map(|answered| answered.try_recv().ok()).count();
    assert_eq!(answered + late, 10);
    assert_eq!(node.calls(EntryKind::Settlement).await, 1_000);
}
