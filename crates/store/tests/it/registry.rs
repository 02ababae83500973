use store::{Error, RevokedUser, Subject, UserRecord};

use crate::fresh;

#[tokio::test]
async fn applications() {
    let (_directory, store) = fresh().await;
    assert_eq!(store.create_application("one", b"sealed", 5).await.unwrap(), 1);
    assert_eq!(store.create_application("two", b"sealed", 6).await.unwrap(), 2);
    let error = store.create_application("one", b"other", 7).await.unwrap_err();
    assert!(matches!(&error, Error::Exists { what: "application", name } if name == "one"), "{error}");
    assert_eq!(store.last_sequence_of(Subject::Registry).await.unwrap(), 2, "what failed announces nothing");
    store.set_application_enabled("one", false).await.unwrap();
    store.set_application_refuses_repeats("one", true).await.unwrap();
    store.set_application_not_before("one", 77).await.unwrap();
    assert_eq!(store.last_sequence_of(Subject::Registry).await.unwrap(), 5);
    let one = store.application_by_partner("one").await.unwrap().unwrap();
    assert_eq!((one.id, one.secure_key.as_slice(), one.created_ms), (1, &b"sealed"[..], 5));
    assert_eq!((one.enabled, one.refuse_repeated_nonce, one.not_before), (false, true, 77));
    assert_eq!(format!("{one:?}"), "Application(1 one)", "no secret is printed");
    assert_eq!(store.applications().await.unwrap().len(), 2);
    assert!(store.application_by_partner("three").await.unwrap().is_none());
    let error = store.set_application_enabled("three", true).await.unwrap_err();
    assert!(matches!(error, Error::NotFound { what: "application", .. }), "{error}");
}

#[tokio::test]
async fn tokens_and_operators() {
    let (_directory, store) = fresh().await;
    let id = store.create_api_token("web", "qs_ab", &[1; 32], 5).await.unwrap();
    let error = store.create_api_token("web", "qs_cd", &[2; 32], 5).await.unwrap_err();
    assert!(matches!(error, Error::Exists { what: "API token", .. }), "{error}");
    store.set_api_token_enabled(&id, false).await.unwrap();
    let tokens = store.api_tokens().await.unwrap();
    assert_eq!(tokens.len(), 1);
    assert_eq!(
        (tokens[0].name.as_str(), tokens[0].enabled, tokens[0].hash.as_slice()),
        ("web", false, &[1; 32][..])
    );

    store.create_operator("li", "owner", "qo_ab", &[1; 32], 5).await.unwrap();
    let error = store.create_operator("li", "reader", "qo_cd", &[2; 32], 5).await.unwrap_err();
    assert!(matches!(error, Error::Exists { what: "operator", .. }), "{error}");
    store.set_operator_enabled("li", false).await.unwrap();
    let operators = store.operators().await.unwrap();
    assert_eq!(
        (operators[0].name.as_str(), operators[0].role.as_str(), operators[0].enabled),
        ("li", "owner", false)
    );
    assert_eq!(store.last_sequence_of(Subject::Registry).await.unwrap(), 4);
}

#[tokio::test]
async fn users() {
    let (_directory, store) = fresh().await;
    let user =
        |user_id, age| UserRecord { application: 1, user_id, seen_ms: 9, age, ..UserRecord::default() };
    store.put_users(&[user(-5, Some(30)), user(6, None), user(-5, None)]).await.unwrap();
    store.put_users(&[user(6, Some(40))]).await.unwrap();
    assert_eq!(store.count_users(1).await.unwrap(), 2);
    assert_eq!(store.revoked_users().await.unwrap(), []);
    store.revoke_user(1, -5, 100, 9).await.unwrap();
    store.revoke_user(2, 8, 200, 9).await.unwrap();
    store.put_users(&[user(-5, None)]).await.unwrap();
    let revoked = |application, user_id, not_before| RevokedUser { application, user_id, not_before };
    assert_eq!(store.revoked_users().await.unwrap(), [revoked(1, -5, 100), revoked(2, 8, 200)]);
    assert_eq!(store.last_sequence_of(Subject::Registry).await.unwrap(), 2);
}
