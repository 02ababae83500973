use sqlx::{AnyConnection, Connection as _};
use store::{
    Api, AuditRow, By, CallerChange, Error, Limit, LimitChange, LimitRecord, NewApiToken, Rate, Store,
};

use crate::fresh;

const BY: By<'_> = By { who: "li", now_ms: 5_000 };

async fn token(store: &Store, name: &str, caller: &CallerChange) -> store::Result<String> {
    store.create_api_token(&NewApiToken { name, prefix: "qs_ab", hash: &[7; 32], caller }, &BY).await
}

fn limited(change: LimitChange) -> CallerChange {
    CallerChange { limits: vec![(Api::Suggest, change)], ..CallerChange::default() }
}

#[tokio::test]
async fn a_change_is_noted_with_what_was_before() {
    let (_directory, store) = fresh().await;
    let rate = Limit::At(Rate { calls: 5, period_ms: 1_000 });
    let change = LimitChange { rate: Some(rate), ..LimitChange::default() };
    token(&store, "web", &limited(change)).await.unwrap();
    let quota = LimitChange { quota: Some(Limit::None), allowed: Some(false), ..LimitChange::default() };
    store.update_api_token("web", &limited(quota), &By { who: "wang", now_ms: 6_000 }).await.unwrap();
    store.rotate_api_token("web", ("qs_cd", &[8; 32]), 9_000, &BY).await.unwrap();

    let rows = store.audit(None, 10).await.unwrap();
    let told = |row: &AuditRow| (row.id, row.at_ms, row.record.who.clone(), row.record.action.clone());
    let expected = [(3, 5_000, "li", "rotate"), (2, 6_000, "wang", "update"), (1, 5_000, "li", "create")];
    let expected = expected.map(|(id, at_ms, who, action)| (id, at_ms, who.to_owned(), action.to_owned()));
    assert_eq!(rows.iter().map(told).collect::<Vec<_>>(), expected);
    assert!(rows.iter().all(|row| row.record.subject == "token web"));
    let created = r#"{"name":"web","begins":"qs_ab","account":null,"enabled":true,"limits":{"suggest":{"rate":"5/s"}}}"#;
    assert_eq!((rows[2].record.before.as_deref(), rows[2].record.after.as_deref()), (None, Some(created)));
    assert_eq!(rows[1].record.before.as_deref(), Some(created));
    let after = rows[1].record.after.as_deref().unwrap();
    assert!(after.contains(r#"{"suggest":{"allowed":false,"rate":"5/s","quota":"none"}}"#), "{after}");
    let rotated = rows[0].record.after.as_deref().unwrap();
    assert!(rotated.contains(r#""begins":"qs_cd""#) && rotated.contains(r#""previous_until_ms":9000"#));

    assert_eq!(store.audit(None, 1).await.unwrap()[0].id, 3);
    assert_eq!(store.audit(Some(3), 1).await.unwrap()[0].id, 2);
    assert_eq!(store.audit(Some(1), 9).await.unwrap(), []);
}

#[tokio::test]
async fn what_costs_money_needs_somebody_who_pays() {
    let (_directory, store) = fresh().await;
    let refused = |outcome: store::Result<String>| {
        let error = outcome.unwrap_err();
        assert!(matches!(&error, Error::NobodyPays { name, .. } if name == "web"), "{error}");
    };
    let price = LimitChange { price: Some(Some(1)), ..LimitChange::default() };
    let cap = LimitChange { cap: Some(Limit::At(0)), ..LimitChange::default() };
    refused(token(&store, "web", &limited(price)).await);
    refused(token(&store, "web", &limited(cap)).await);
    assert_eq!((store.audit(None, 9).await.unwrap().len(), store.api_tokens().await.unwrap().len()), (0, 0));

    let free = LimitChange { price: Some(Some(0)), cap: Some(Limit::None), ..LimitChange::default() };
    token(&store, "web", &limited(free)).await.unwrap();
    let error = store.update_api_token("web", &limited(price), &BY).await.unwrap_err();
    assert!(matches!(error, Error::NobodyPays { .. }), "{error}");
    let nobody = CallerChange { account: Some(Some(9)), ..limited(price) };
    let error = store.update_api_token("web", &nobody, &BY).await.unwrap_err();
    assert!(matches!(error, Error::NotFound { what: "account", .. }), "{error}");
    let expected = LimitRecord { price: Some(0), cap: Limit::None, ..LimitRecord::default() };
    assert_eq!(
        store.limits().await.unwrap(),
        [(1, Api::Suggest, expected)],
        "what is refused changes nothing"
    );
    assert_eq!(store.limits_of(&[1, 2]).await.unwrap(), [(1, Api::Suggest, expected)]);
    assert!(matches!(store.account_number("x").await, Err(Error::NotFound { what: "account", .. })));
}

#[tokio::test]
async fn an_account_is_meant_by_its_number_or_its_name() {
    let (directory, store) = fresh().await;
    let url = format!("sqlite://{}", directory.path().join("qiusuo.db").display());
    let mut connection = AnyConnection::connect(&url).await.unwrap();
    for statement in [
        "INSERT INTO accounts VALUES (1, 'shop', 0, 0, NULL, 0, 5)",
        "INSERT INTO accounts VALUES (2, '1', 0, 0, NULL, 0, 5)",
        "INSERT INTO accounts VALUES (3, '77', 0, 0, NULL, 0, 5)",
    ] {
        sqlx::query(statement).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
    for (text, number) in [("shop", 1), ("1", 1), ("2", 2), ("77", 3)] {
        assert_eq!(store.account_number(text).await.unwrap(), number, "{text}");
    }
    assert!(store.account_number("0").await.is_err());
    assert_eq!(store.account_names().await.unwrap()[&1], "shop");

    let price = LimitChange { price: Some(Some(1)), ..LimitChange::default() };
    let paid = CallerChange { account: Some(Some(1)), ..limited(price) };
    token(&store, "web", &paid).await.unwrap();
    let without = CallerChange { account: Some(None), ..CallerChange::default() };
    let error = store.update_api_token("web", &without, &BY).await.unwrap_err();
    assert!(matches!(error, Error::NobodyPays { .. }), "{error}");
    let free = CallerChange { account: Some(None), ..limited(LimitChange { price: Some(None), ..price }) };
    store.update_api_token("web", &free, &BY).await.unwrap();
    assert_eq!(store.api_token_by_name("web").await.unwrap().unwrap().account, None);
    let last = &store.audit(None, 1).await.unwrap()[0].record;
    assert!(
        last.before
            .as_deref()
            .unwrap()
            .contains(r#""account":1,"enabled":true,"limits":{"suggest":{"price":"0.0001"}}"#)
    );
}

#[tokio::test]
async fn many_tokens_are_made_or_none() {
    let (_directory, store) = fresh().await;
    let caller = CallerChange::default();
    let new = |name, hash| NewApiToken { name, prefix: "qs", hash, caller: &caller };
    store.create_api_tokens(&[new("a", &[1; 32]), new("b", &[2; 32])], &BY).await.unwrap();
    let error = store.create_api_tokens(&[new("c", &[3; 32]), new("a", &[4; 32])], &BY).await.unwrap_err();
    assert!(matches!(&error, Error::Exists { name, .. } if name == "a"), "{error}");
    let numbers: Vec<i64> = store.api_tokens().await.unwrap().iter().map(|token| token.caller).collect();
    assert_eq!((numbers, store.audit(None, 9).await.unwrap().len()), (vec![1, 2], 2));
}
