//! A change of money that is sent again is made once.

use store::{
    Amount, By, Error, Store,
    ledger::{EntryKind, MoneyMove, Moved},
};

use crate::fresh;

const BY: By<'static> = By { who: "somebody", now_ms: 1_795_752_000_000 };
const DAY_MS: i64 = 24 * 3_600_000;
const TOP_UP: MoneyMove<'static> =
    MoneyMove { kind: EntryKind::TopUp, amount: Amount(7), note: "invoice 12", key: Some("k1") };

async fn after(store: &Store, account: i64, asked: MoneyMove<'_>, ms: i64) -> store::Result<Moved> {
    store.move_money(account, &asked, &By { now_ms: BY.now_ms + ms, ..BY }).await
}

#[tokio::test]
async fn the_same_key_and_change_within_a_day_is_told_as_the_first_time() {
    let (_directory, store) = fresh().await;
    let account = store.create_account("team", Amount(100), &BY).await.unwrap();
    let first = after(&store, account, TOP_UP, 0).await.unwrap();
    assert_eq!(first, Moved { entry: 2, balance: Amount(107) });
    store.add_money(account, (EntryKind::Correction, Amount(-50)), "", &BY).await.unwrap();
    assert_eq!(after(&store, account, TOP_UP, DAY_MS - 1).await.unwrap(), first);
    for other in [
        MoneyMove { amount: Amount(8), ..TOP_UP },
        MoneyMove { note: "invoice 13", ..TOP_UP },
        MoneyMove { kind: EntryKind::Correction, ..TOP_UP },
    ] {
        let error = after(&store, account, other, 1).await.unwrap_err();
        assert!(matches!(&error, Error::KeyReused { key } if key == "k1"), "{error}");
    }
    assert_eq!(store.account("team").await.unwrap().balance, Amount(57));
    assert_eq!(store.audit(None, 100).await.unwrap().len(), 3, "what is told again is no change");

    let second = store.create_account("others", Amount(0), &BY).await.unwrap();
    assert_eq!(
        after(&store, second, TOP_UP, 0).await.unwrap().balance,
        Amount(7),
        "a key is one of its account"
    );
    let again = after(&store, account, TOP_UP, DAY_MS).await.unwrap();
    assert_eq!(again.balance, Amount(64), "a day later it is forgotten");
    assert_eq!(store.check_ledger().await.unwrap(), []);
}

#[tokio::test]
async fn of_many_at_once_one_is_made() {
    let (_directory, store) = fresh().await;
    let account = store.create_account("team", Amount(0), &BY).await.unwrap();
    let calls: Vec<_> = (0..8)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { after(&store, account, TOP_UP, 0).await.unwrap() })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap(), Moved { entry: 1, balance: Amount(7) });
    }
    assert_eq!(store.account("team").await.unwrap().balance, Amount(7));
    let without = MoneyMove { key: None, ..TOP_UP };
    for balance in [14, 21] {
        assert_eq!(after(&store, account, without, 0).await.unwrap().balance, Amount(balance));
    }
}
