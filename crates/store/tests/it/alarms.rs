use store::{Alarm, Store, WaitingAlarms};

use crate::fresh;

async fn due(store: &Store, now_ms: i64) -> Vec<String> {
    store.due_alarms(now_ms, 10).await.unwrap().into_iter().map(|alarm| alarm.body).collect()
}

#[tokio::test]
async fn alarms_wait_until_they_are_taken() {
    let (_directory, store) = fresh().await;
    assert_eq!(store.waiting_alarms().await.unwrap(), WaitingAlarms::default());
    let first = store.add_alarm("quota", "{\"n\":1}", 100).await.unwrap();
    let second = store.add_alarm("low_balance", "{\"n\":2}", 200).await.unwrap();
    assert_eq!(due(&store, 99).await, [""; 0]);
    assert_eq!(due(&store, 200).await, ["{\"n\":1}", "{\"n\":2}"], "the oldest first");
    assert_eq!(store.due_alarms(200, 1).await.unwrap().len(), 1);

    store.alarm_failed(&first, Some(1_000), "HTTP 500").await.unwrap();
    assert_eq!(due(&store, 999).await, ["{\"n\":2}"]);
    assert_eq!(store.waiting_alarms().await.unwrap(), WaitingAlarms { count: 2, next_ms: Some(200) });
    store.alarm_delivered(&second, 300).await.unwrap();
    assert_eq!(store.waiting_alarms().await.unwrap(), WaitingAlarms { count: 1, next_ms: Some(1_000) });
    let again = store.due_alarms(1_000, 10).await.unwrap();
    let expected = Alarm {
        id: first.clone(),
        kind: "quota".to_owned(),
        body: "{\"n\":1}".to_owned(),
        made_ms: 100,
        attempts: 1,
    };
    assert_eq!(again, [expected]);
    // A post that was taken is not made due by an older one that is noted late.
    store.alarm_failed(&second, Some(0), "late").await.unwrap();
    store.alarm_failed(&first, None, "given up").await.unwrap();
    assert_eq!(due(&store, i64::MAX).await, [""; 0]);
    assert_eq!(store.waiting_alarms().await.unwrap(), WaitingAlarms::default());
}

#[tokio::test]
async fn old_alarms_go_and_waiting_ones_stay() {
    let (_directory, store) = fresh().await;
    let [delivered, given_up, _waiting] = [
        store.add_alarm("a", "1", 1).await.unwrap(),
        store.add_alarm("b", "2", 2).await.unwrap(),
        store.add_alarm("c", "3", 3).await.unwrap(),
    ];
    store.alarm_delivered(&delivered, 50).await.unwrap();
    store.alarm_failed(&given_up, None, "HTTP 410").await.unwrap();
    assert_eq!(store.prune_alarms(2).await.unwrap(), 0);
    assert_eq!(store.prune_alarms(51).await.unwrap(), 2);
    assert_eq!(store.prune_alarms(i64::MAX).await.unwrap(), 0);
    assert_eq!(due(&store, 3).await, ["3"]);
}
