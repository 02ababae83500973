//! Killed, stopped, started again; with the lease file as it was, lost or damaged.

use std::sync::atomic::{AtomicI64, Ordering};

use store::ledger::{AlarmRules, LeaseStep, LeaseTerms};

use super::{super::Ask, *};

#[tokio::test]
async fn a_stopped_node_gives_everything_back() {
    let mut node = Node::start().await;
    let account = node.account("1.0000").await;
    node.set(1, Some(account), price("0.0010"));
    for _ in 0..5 {
        node.admit(1).await.unwrap().succeed();
    }
    node.stop().await;
    assert_eq!(node.balance(account).await, ("0.9950".to_owned(), "0.0000".to_owned()));
    assert!(node.store.leases("local").await.unwrap().is_empty());
    node.check().await;
}

#[tokio::test]
async fn a_killed_node_goes_on_where_it_stood() {
    let mut node = Node::start().await;
    let account = node.account("0.1000").await;
    node.set(1, Some(account), Limits { quota: Some(1_000), ..price("0.0010") });
    for _ in 0..5 {
        node.admit(1).await.unwrap().succeed();
    }
    let under_way = node.admit(1).await.unwrap();
    node.restart().await;
    // Whoever was killed answers nobody any more.
    std::mem::forget(under_way);
    assert_eq!(node.call_until_refused(1).await, (94, Refused::Balance));
    node.check().await;
    assert_eq!(node.calls(EntryKind::Settlement).await, 100);
    assert_eq!(node.calls(EntryKind::Loss).await, 0);
}

#[tokio::test]
async fn a_command_takes_up_what_a_killed_node_left() {
    let mut node = Node::start().await;
    let account = node.account("1.0000").await;
    node.set(1, Some(account), price("0.0010"));
    for _ in 0..7 {
        node.admit(1).await.unwrap().succeed();
    }
    node.kill().await;
    node.check().await;
    assert_eq!(node.balance(account).await, ("0.9930".to_owned(), "0.0000".to_owned()));
    assert!(node.store.leases("local").await.unwrap().is_empty());
}

#[tokio::test]
async fn a_lease_of_yesterday_or_at_another_price_is_not_gone_on_with() {
    let mut node = Node::start().await;
    let account = node.account("1.0000").await;
    node.set(1, Some(account), Limits { quota: Some(10), ..price("0.0010") });
    node.set(2, Some(account), price("0.0010"));
    node.admit(1).await.unwrap().succeed();
    node.admit(2).await.unwrap().succeed();
    node.kill().await;
    node.clock.set(NOON + HALF_A_DAY);
    node.set(2, Some(account), price("0.0020"));
    node.run().await;
    node.check().await;
    assert!(node.store.leases("local").await.unwrap().is_empty());
    assert_eq!(node.call_until_refused(1).await.0, 10);
    node.admit(2).await.unwrap().succeed();
    node.check().await;
    assert_eq!(node.balance(account).await.0, "0.9860");
}

#[tokio::test]
async fn limits_that_were_lowered_while_the_node_was_down_are_in_force() {
    let mut node = Node::start().await;
    let account = node.account("10.0000").await;
    node.set(1, None, quota(1_000));
    node.set(2, Some(account), price("0.0010"));
    for _ in 0..40 {
        node.admit(1).await.unwrap().succeed();
        node.admit(2).await.unwrap().succeed();
    }
    node.kill().await;
    node.set(1, None, quota(45));
    node.set(2, Some(account), Limits { cap: Some(yuan("0.0450")), ..price("0.0010") });
    node.run().await;
    assert_eq!(node.call_until_refused(1).await.0, 5);
    assert_eq!(node.call_until_refused(2).await, (5, Refused::Cap));
    node.check().await;
}

/// What a damaged or lost file costs: at most the lease that runs, and never a call too many.
async fn check_damaged(damage: impl Fn(&std::path::Path)) {
    let mut node = Node::start().await;
    let limit = 1_000;
    node.set(1, None, quota(limit));
    let mut passed = 0;
    for _ in 0..200 {
        node.admit(1).await.unwrap().succeed();
        passed += 1;
    }
    node.kill().await;
    let lease = node.store.leases("local").await.unwrap().remove(0);
    damage(&node.file());
    node.run().await;
    passed += node.call_until_refused(1).await.0;
    node.check().await;
    assert!(passed <= limit, "oversold: {passed}");
    assert!(limit - passed <= lease.granted - lease.settled, "more than the lease is lost: {passed}");
    let (settled, lost) = (node.calls(EntryKind::Settlement).await, node.calls(EntryKind::Loss).await);
    assert_eq!(settled + lost, limit);
    assert!(lost > 0 && settled <= passed);
}

#[tokio::test]
async fn a_lost_file_costs_the_lease() {
    check_damaged(|path| std::fs::remove_file(path).unwrap()).await;
}

#[tokio::test]
async fn a_file_of_zeros_costs_the_lease() {
    check_damaged(|path| {
        let bytes = std::fs::metadata(path).unwrap().len();
        std::fs::write(path, vec![0; bytes as usize]).unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_flipped_byte_of_a_counter_costs_the_lease() {
    for byte in 64..72 {
        check_damaged(|path| {
            let mut bytes = std::fs::read(path).unwrap();
            bytes[byte] ^= 0x40;
            std::fs::write(path, bytes).unwrap();
        })
        .await;
    }
}

/// The store failed at a commit: some of what was to be done was done, and the keeper does not know it.
#[tokio::test]
async fn what_a_failed_transaction_did_is_read_again() {
    let mut node = Node::start().await;
    node.stop().await;
    node.set(1, None, quota(1_000));
    let mut keeper = node.keeper_by_hand().await;
    let gate = Arc::clone(&node.known.caller(1).unwrap().gates[0]);
    keeper.work(vec![Ask::Lease(Arc::clone(&gate))]).await.unwrap();
    let lease = gate.lease.load_full().unwrap();
    for _ in 0..3 {
        assert!(lease.take(0).is_some());
        lease.answered();
    }
    let left = lease.left.load(Ordering::SeqCst);
    let grant = |number, wanted, caller| LeaseStep::Grant {
        lease: number,
        terms: LeaseTerms { caller, ..lease.terms },
        wanted,
        slot: 9,
        seal: 9,
    };
    let settle = LeaseStep::Settle { lease: lease.id, calls: 3, minute: 0, quota: None };
    let steps = [settle, grant(lease.id, 5, 1), grant(0, 7, 2)];
    node.store.run_leases("local", &steps, (&AlarmRules::default(), NOON)).await.unwrap();
    keeper.unsure = true;
    keeper.work(Vec::new()).await.unwrap();
    assert!(!keeper.unsure);
    assert_eq!(lease.left.load(Ordering::SeqCst), left + 5, "what was granted can be spent");
    let leases = node.store.leases("local").await.unwrap();
    assert_eq!(leases.iter().map(|lease| lease.id).collect::<Vec<_>>(), [lease.id], "nobody knew the other");
    // Ended by somebody else: nothing of it can be spent any more, and nothing is settled twice.
    let calls = i64::from(lease.left.swap(0, Ordering::SeqCst));
    let steps = [LeaseStep::Return { lease: lease.id, calls }, LeaseStep::Close { lease: lease.id }];
    node.store.run_leases("local", &steps, (&AlarmRules::default(), NOON)).await.unwrap();
    keeper.unsure = true;
    keeper.work(Vec::new()).await.unwrap();
    assert!(gate.lease.load().is_none());
    assert_eq!(node.store.check_ledger().await.unwrap(), []);
    assert_eq!(node.calls(EntryKind::Settlement).await, 3);
}

/// At the turn of a minute many leases are written down; whoever needs one meanwhile does not wait for all of them.
#[tokio::test]
async fn whoever_asks_for_a_lease_does_not_wait_for_the_ledger() {
    let mut node = Node::start().await;
    node.stop().await;
    for caller in 1..=201 {
        node.set(caller, None, quota(1_000));
    }
    let mut keeper = node.keeper_by_hand().await;
    let gate = |caller| Arc::clone(&node.known.caller(caller).unwrap().gates[0]);
    keeper.work((1..=200).map(|caller| Ask::Lease(gate(caller))).collect()).await.unwrap();
    for caller in 1..=200 {
        let lease = gate(caller).lease.load_full().unwrap();
        assert!(lease.take(0).is_some());
        lease.answered();
    }
    node.clock.advance(60_000);
    keeper.work(vec![Ask::Lease(gate(201))]).await.unwrap();
    assert!(gate(201).lease.load().is_some());
    let written = node.calls(EntryKind::Settlement).await;
    assert!((1..200).contains(&written) && keeper.is_behind, "a piece: {written}");
    while keeper.is_behind {
        keeper.work(Vec::new()).await.unwrap();
    }
    assert_eq!(node.calls(EntryKind::Settlement).await, 200);
    // Nobody spends for two minutes: everything goes back.
    for _ in 0..2 {
        node.clock.advance(60_000);
        keeper.work(Vec::new()).await.unwrap();
        while keeper.is_behind {
            keeper.work(Vec::new()).await.unwrap();
        }
    }
    assert!(node.store.leases("local").await.unwrap().is_empty());
    assert_eq!(node.store.check_ledger().await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_clients_and_many_kills_sell_exactly_the_limit() {
    let mut node = Node::start().await;
    let account = node.account("3.3330").await;
    for caller in 1..=3 {
        node.set(caller, Some(account), Limits { quota: Some(2_000), ..price("0.0010") });
    }
    let (answered, cut) = (AtomicI64::new(0), AtomicI64::new(0));
    for round in 0..8 {
        let last = round == 7;
        std::thread::scope(|scope| {
            for client in 0..6 {
                let (node, answered, cut) = (&node, &answered, &cut);
                let handle = tokio::runtime::Handle::current();
                scope.spawn(move || {
                    handle.block_on(async {
                        for call in 0..if last { 4_000 } else { 90 } {
                            match node.admit(1 + client % 3).await {
                                // Killed with the call under way.
                                Ok(permit) if !last && call == 80 => {
                                    std::mem::forget(permit);
                                    cut.fetch_add(1, Ordering::SeqCst);
                                }
                                Ok(permit) if call % 7 == 0 => drop(permit),
                                Ok(permit) => {
                                    permit.succeed();
                                    answered.fetch_add(1, Ordering::SeqCst);
                                }
                                Err(_) => break,
                            }
                        }
                    });
                });
            }
        });
        if !last {
            node.restart().await;
        }
    }
    for caller in 1..=3 {
        let (passed, refused) = node.call_until_refused(caller).await;
        answered.fetch_add(passed, Ordering::SeqCst);
        assert_eq!(refused, Refused::Balance);
    }
    node.check().await;
    let (answered, cut) = (answered.into_inner(), cut.into_inner());
    assert_eq!(node.calls(EntryKind::Settlement).await, 3_333);
    assert_eq!(answered + cut, 3_333, "{cut} calls were under way");
    assert_eq!(node.balance(account).await, ("0.0000".to_owned(), "0.0000".to_owned()));
}
