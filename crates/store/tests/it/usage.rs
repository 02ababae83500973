//! Reading what was called.

use store::{
    Amount, Api, By, CallerChange, NewApiToken, UsageRow,
    ledger::{AlarmRules, Bucket, LeaseStep, LeaseTerms, UsageOf, UsageSum, first_minute_of_day},
};

use crate::fresh;

const BY: By<'static> = By { who: "somebody", now_ms: 1_795_752_000_000 };
const DAY: i64 = 20_784;

#[tokio::test]
async fn calls_are_summed_by_api_and_code_over_minutes_hours_and_days_of_shanghai() {
    let (_directory, store) = fresh().await;
    let account = store.create_account("team", Amount(1_000), &BY).await.unwrap();
    for (name, hash, account) in [("paid", [1; 32], Some(account)), ("free", [2; 32], None)] {
        let caller = CallerChange { account: Some(account), ..CallerChange::default() };
        store
            .create_api_token(&NewApiToken { name, prefix: "qs", hash: &hash, caller: &caller }, &BY)
            .await
            .unwrap();
    }
    let midnight = first_minute_of_day(DAY);
    let terms = LeaseTerms {
        caller: 1,
        api: Api::Suggest,
        day: DAY,
        account: Some(account),
        price: Amount(10),
        quota: None,
        cap: None,
    };
    let steps = [
        LeaseStep::Grant { lease: 0, terms, wanted: 10, slot: 1, seal: 1 },
        LeaseStep::Settle { lease: 1, calls: 3, minute: midnight + 61, quota: None },
        LeaseStep::Settle { lease: 1, calls: 2, minute: midnight + 62, quota: None },
    ];
    for step in steps {
        store.run_leases("here", &[step], (&AlarmRules::default(), BY.now_ms)).await.unwrap();
    }
    let row = |caller, api, minute, code, calls| UsageRow { caller, api, minute, code, calls };
    let rows = [
        row(1, Api::Suggest, midnight + 61, 303, 7),
        row(2, Api::Suggest, midnight + 61, 0, 11),
        row(2, Api::Search, midnight - 1, -1, 1),
    ];
    store.add_usage(&rows).await.unwrap();

    let read = async |of, period, bucket| store.usage(of, period, bucket).await.unwrap();
    let sum =
        |minute, api, code, calls, amount| UsageSum { minute, api, code, calls, amount: Amount(amount) };
    let ever = (0, i64::MAX);
    let days = [
        sum(midnight - 1_440, Api::Search, -1, 1, 0),
        sum(midnight, Api::Suggest, 0, 16, 50),
        sum(midnight, Api::Suggest, 303, 7, 0),
    ];
    assert_eq!(read(UsageOf::All, ever, Bucket::Day).await, days);
    let of_team = UsageOf::Account(account);
    let hours = [sum(midnight + 60, Api::Suggest, 0, 5, 50), sum(midnight + 60, Api::Suggest, 303, 7, 0)];
    assert_eq!(read(of_team, ever, Bucket::Hour).await, hours);
    assert_eq!(read(UsageOf::Caller(1), ever, Bucket::Hour).await, hours);
    let minutes = [
        sum(midnight + 61, Api::Suggest, 0, 3, 30),
        sum(midnight + 61, Api::Suggest, 303, 7, 0),
        sum(midnight + 62, Api::Suggest, 0, 2, 20),
    ];
    assert_eq!(read(of_team, ever, Bucket::Minute).await, minutes);
    assert_eq!(read(of_team, (midnight + 62, midnight + 63), Bucket::Minute).await, minutes[2..]);
    assert_eq!(read(of_team, (0, midnight + 61), Bucket::Minute).await, []);
    assert_eq!(read(UsageOf::Caller(3), ever, Bucket::Day).await, []);
}
