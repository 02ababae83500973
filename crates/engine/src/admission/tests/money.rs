//! Balance, cap, and what the ledger says.

use super::*;

#[tokio::test]
async fn money_lasts_to_the_last_call_and_a_top_up_is_in_force() {
    let node = Node::start().await;
    let account = node.account("7.7770").await;
    node.set(1, Some(account), price("0.0010"));
    assert_eq!(node.call_until_refused(1).await, (7_777, Refused::Balance));
    node.check().await;
    assert_eq!(node.balance(account).await, ("0.0000".to_owned(), "0.0000".to_owned()));
    node.store.add_money(account, (EntryKind::TopUp, yuan("0.0035")), "", &BY).await.unwrap();
    node.admission.changed();
    assert_eq!(node.call_until_refused(1).await, (3, Refused::Balance));
    node.check().await;
    assert_eq!(node.balance(account).await.0, "0.0005");
}

#[tokio::test]
async fn callers_of_one_account_share_its_last_money() {
    let node = Node::start().await;
    let account = node.account("0.1000").await;
    for caller in 1..=3 {
        node.set(caller, Some(account), price("0.0010"));
        // Each holds a part, and leaves the rest of it alone.
        node.admit(caller).await.unwrap().succeed();
    }
    assert_eq!(node.call_until_refused(2).await, (97, Refused::Balance));
    assert_eq!(node.call_until_refused(1).await, (0, Refused::Balance));
    node.check().await;
    assert_eq!(node.balance(account).await, ("0.0000".to_owned(), "0.0000".to_owned()));
}

#[tokio::test]
async fn what_one_caller_gives_back_another_of_its_account_may_have() {
    let node = Node::start().await;
    let account = node.account("0.0010").await;
    node.set(1, Some(account), price("0.0010"));
    node.set(2, Some(account), price("0.0010"));
    let permit = node.admit(1).await.unwrap();
    assert_eq!(node.admit(2).await.unwrap_err(), Refused::Balance);
    drop(permit);
    node.admit(2).await.unwrap().succeed();
    assert_eq!(node.admit(1).await.unwrap_err(), Refused::Balance);
    node.check().await;
    assert_eq!(node.calls(EntryKind::Settlement).await, 1);
}

#[tokio::test]
async fn a_cap_is_the_callers_own_and_is_for_ever() {
    let node = Node::start().await;
    let account = node.account("100.0000").await;
    let capped = Limits { cap: Some(yuan("0.0500")), ..price("0.0010") };
    node.set(1, Some(account), capped);
    node.set(2, Some(account), price("0.0010"));
    assert_eq!(node.call_until_refused(1).await, (50, Refused::Cap));
    node.admit(2).await.unwrap().succeed();
    node.clock.set(NOON + HALF_A_DAY);
    assert_eq!(node.call_until_refused(1).await, (0, Refused::Cap));
    node.set(1, Some(account), Limits { cap: Some(yuan("0.0510")), ..capped });
    assert_eq!(node.call_until_refused(1).await, (1, Refused::Cap));
    node.check().await;
    assert_eq!(node.balance(account).await.0, "99.9480");
}

#[tokio::test]
async fn a_new_price_counts_from_the_next_call() {
    let node = Node::start().await;
    let account = node.account("1.0000").await;
    node.set(1, Some(account), price("0.0100"));
    for _ in 0..10 {
        node.admit(1).await.unwrap().succeed();
    }
    node.set(1, Some(account), price("0.3000"));
    assert_eq!(node.call_until_refused(1).await, (3, Refused::Balance));
    node.check().await;
    assert_eq!(node.balance(account).await, ("0.0000".to_owned(), "0.0000".to_owned()));
}

#[tokio::test]
async fn failures_give_back_to_the_unit() {
    let node = Node::start().await;
    let account = node.account("1000.0000").await;
    node.set(1, Some(account), Limits { quota: Some(1_000_000), ..price("0.0001") });
    let mut successes = 0;
    let mut seed = 7_u32;
    for _ in 0..3_000 {
        let permit = node.admit(1).await.unwrap();
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        if seed >> 16 & 3 == 0 {
            drop(permit);
        } else {
            permit.succeed();
            successes += 1;
        }
    }
    node.check().await;
    assert_eq!(node.calls(EntryKind::Settlement).await, successes);
    let spent = Amount(10_000_000 - successes);
    assert_eq!(node.balance(account).await.0, spent.to_string());
}

#[tokio::test]
async fn a_loss_can_be_taken_back_once() {
    let mut node = Node::start().await;
    let account = node.account("1.0000").await;
    node.set(1, Some(account), Limits { quota: Some(100), ..price("0.0100") });
    node.admit(1).await.unwrap().succeed();
    node.kill().await;
    std::fs::remove_file(node.file()).unwrap();
    node.run().await;
    let entries = node.store.ledger(Some(account), EVER, (0, 100)).await.unwrap();
    let loss = entries.iter().find(|entry| entry.kind == EntryKind::Loss).unwrap();
    assert!(loss.calls > 1 && loss.amount < Amount::ZERO && loss.note.contains("lost"), "{loss:?}");
    let note = "the call that was made is forgiven";
    node.store.reverse_entry(loss.id, note, &BY).await.unwrap();
    assert!(node.store.reverse_entry(loss.id, note, &BY).await.is_err());
    assert!(node.store.reverse_entry(entries[0].id + 1, note, &BY).await.is_err(), "a lease is no loss");
    node.admission.changed();
    assert_eq!(node.call_until_refused(1).await.0, 100);
    node.check().await;
    assert_eq!(node.balance(account).await.0, "0.0000");
}

/// An alarm is raised when a balance falls below its threshold, however it falls, and again only after it was above.
#[tokio::test]
async fn a_low_balance_is_told_once_for_each_fall() {
    let mut node = Node::start().await;
    let account = node.account("0.0100").await;
    node.store.set_low_balance(account, Some(yuan("0.0050")), &BY).await.unwrap();
    node.set(1, Some(account), price("0.0010"));
    let told = async |node: &Node| {
        node.admission.changed();
        node.admission.settle(None).await.unwrap();
        node.store.waiting_alarms().await.unwrap().count
    };
    let money = async |node: &Node, amount: &str| {
        let kind = if amount.starts_with('-') { EntryKind::Correction } else { EntryKind::TopUp };
        node.store.add_money(account, (kind, yuan(amount)), "", &BY).await.unwrap();
    };
    assert_eq!(told(&node).await, 0);
    for calls in [5, 1, 1] {
        for _ in 0..calls {
            node.admit(1).await.unwrap().succeed();
        }
        assert_eq!(told(&node).await, i64::from(calls < 5), "after {calls} more");
    }
    money(&node, "0.0010").await;
    assert_eq!(told(&node).await, 1, "still low: nothing new");
    money(&node, "0.0100").await;
    assert_eq!(told(&node).await, 1, "enough again");
    money(&node, "-0.0120").await;
    assert_eq!(told(&node).await, 2, "an operator took it out");
    money(&node, "0.0100").await;
    assert_eq!(told(&node).await, 2);
    node.admit(1).await.unwrap().succeed();
    node.kill().await;
    std::fs::remove_file(node.file()).unwrap();
    node.run().await;
    assert_eq!(told(&node).await, 3, "lost with a lease");
    // What was never spent from is no fall.
    node.store.create_account("new", Amount::ZERO, &BY).await.unwrap();
    let other = node.store.account("new").await.unwrap().id;
    node.store.set_low_balance(other, Some(yuan("1.0000")), &BY).await.unwrap();
    assert_eq!(told(&node).await, 3);
}
