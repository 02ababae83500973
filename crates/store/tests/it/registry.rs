use store::{
    ApplicationChange, By, CallerChange, Error, NewApiToken, NewApplication, RegistryChange, RevokedUser,
    Store, Subject, UserRecord,
};

use crate::fresh;

const BY: By<'_> = By { who: "a test", now_ms: 5_000 };

async fn application(store: &Store, partner: &str) -> store::Result<i64> {
    let change = ApplicationChange::default();
    store.create_application(&NewApplication { partner, secure_key: b"sealed", change: &change }, &BY).await
}

async fn token(store: &Store, name: &str, byte: u8) -> store::Result<String> {
    let caller = CallerChange::default();
    store
        .create_api_token(&NewApiToken { name, prefix: "qs_ab", hash: &[byte; 32], caller: &caller }, &BY)
        .await
}

#[tokio::test]
async fn applications() {
    let (_directory, store) = fresh().await;
    assert_eq!(application(&store, "one").await.unwrap(), 1);
    assert_eq!(application(&store, "two").await.unwrap(), 2);
    let error = application(&store, "one").await.unwrap_err();
    assert!(matches!(&error, Error::Exists { what: "application", name } if name == "one"), "{error}");
    assert_eq!(store.last_sequence_of(Subject::Registry).await.unwrap(), 2, "what failed announces nothing");
    let disabled = CallerChange { enabled: Some(false), ..CallerChange::default() };
    let change = ApplicationChange { caller: disabled, refuse_repeated_nonce: Some(true) };
    store.update_application("one", &change, &BY).await.unwrap();
    assert_eq!(store.revoke_application("one", &BY).await.unwrap(), 6);
    assert_eq!(store.last_sequence_of(Subject::Registry).await.unwrap(), 4);
    let one = store.application_by_partner("one").await.unwrap().unwrap();
    assert_eq!((one.id, one.secure_key.as_slice(), one.created_ms), (1, &b"sealed"[..], 5_000));
    assert_eq!((one.enabled, one.refuse_repeated_nonce, one.not_before), (false, true, 6));
    assert_eq!(format!("{one:?}"), "Application(1 one)", "no secret is printed");
    assert_eq!(store.applications().await.unwrap().len(), 2);
    assert!(store.application_by_partner("three").await.unwrap().is_none());
    let error = store.update_application("three", &change, &BY).await.unwrap_err();
    assert!(matches!(error, Error::NotFound { what: "application", .. }), "{error}");
}

#[tokio::test]
async fn tokens_and_operators() {
    let (_directory, store) = fresh().await;
    token(&store, "web", 1).await.unwrap();
    let error = token(&store, "web", 2).await.unwrap_err();
    assert!(matches!(error, Error::Exists { what: "API token", .. }), "{error}");
    let disabled = CallerChange { enabled: Some(false), ..CallerChange::default() };
    store.update_api_token("web", &disabled, &BY).await.unwrap();
    let tokens = store.api_tokens().await.unwrap();
    assert_eq!(tokens.len(), 1);
    assert_eq!(
        (tokens[0].name.as_str(), tokens[0].enabled, tokens[0].hash.as_slice()),
        ("web", false, &[1; 32][..])
    );

    store.create_operator("li", "owner", "qo_ab", &[1; 32], &BY).await.unwrap();
    let error = store.create_operator("li", "reader", "qo_cd", &[2; 32], &BY).await.unwrap_err();
    assert!(matches!(error, Error::Exists { what: "operator", .. }), "{error}");
    store.set_operator_enabled("li", false, &BY).await.unwrap();
    let operators = store.operators().await.unwrap();
    assert_eq!(
        (operators[0].name.as_str(), operators[0].role.as_str(), operators[0].enabled),
        ("li", "owner", false)
    );
    assert_eq!(store.last_sequence_of(Subject::Registry).await.unwrap(), 4);
}

#[tokio::test]
async fn the_last_owner_stays_where_one_has_to() {
    let (_directory, store) = fresh().await;
    store.create_operator("li", "owner", "qo_ab", &[1; 32], &BY).await.unwrap();
    store.create_operator("wang", "owner", "qo_cd", &[2; 32], &BY).await.unwrap();
    store.create_operator("ed", "editor", "qo_ef", &[3; 32], &BY).await.unwrap();
    let switch = |name, enabled| store.set_operator_enabled_keeping("owner", name, enabled, &BY);
    let both = tokio::join!(switch("li", false), switch("wang", false));
    assert_eq!([&both.0, &both.1].into_iter().filter(|done| done.is_ok()).count(), 1, "{both:?}");
    let left = if both.0.is_ok() { "wang" } else { "li" };
    let audited = store.audit(None, 100).await.unwrap().len();
    let error = switch(left, false).await.unwrap_err();
    assert!(matches!(&error, Error::Last { name, .. } if name == left), "{error}");
    assert_eq!(store.audit(None, 100).await.unwrap().len(), audited, "a refusal leaves nothing behind");
    switch("ed", false).await.unwrap();
    for name in ["li", "wang"] {
        switch(name, true).await.unwrap();
    }
    switch(left, false).await.unwrap();
}

#[tokio::test]
async fn users() {
    let (_directory, store) = fresh().await;
    application(&store, "one").await.unwrap();
    application(&store, "two").await.unwrap();
    let user =
        |user_id, age| UserRecord { application: 1, user_id, seen_ms: 9, age, ..UserRecord::default() };
    store.put_users(&[user(-5, Some(30)), user(6, None), user(-5, None)]).await.unwrap();
    store.put_users(&[user(6, Some(40))]).await.unwrap();
    assert_eq!(store.count_users(1).await.unwrap(), 2);
    assert_eq!(store.revoked_users().await.unwrap(), []);
    assert_eq!(store.revoke_user("one", -5, &BY).await.unwrap(), 6);
    assert_eq!(store.revoke_user("two", 8, &BY).await.unwrap(), 6);
    store.put_users(&[user(-5, None)]).await.unwrap();
    let revoked = |application, user_id, not_before| RevokedUser { application, user_id, not_before };
    assert_eq!(store.revoked_users().await.unwrap(), [revoked(1, -5, 6), revoked(2, 8, 6)]);
    assert_eq!(store.last_sequence_of(Subject::Registry).await.unwrap(), 4);
}

#[tokio::test]
async fn a_revocation_ends_what_was_issued_after_the_one_before_it() {
    let (_directory, store) = fresh().await;
    application(&store, "one").await.unwrap();
    // All in one second: a token issued in between carries the moment of the revocation before.
    assert_eq!(store.revoke_user("one", 1, &BY).await.unwrap(), 6);
    assert_eq!(store.revoke_user("one", 1, &BY).await.unwrap(), 7);
    assert_eq!(store.revoke_application("one", &BY).await.unwrap(), 8);
    assert_eq!(store.revoke_all(&BY).await.unwrap(), 9);
    assert_eq!(store.revoke_user("one", 2, &BY).await.unwrap(), 10);
    assert_eq!(store.revoke_application("one", &BY).await.unwrap(), 11);
    assert_eq!(store.access_tokens_not_before().await.unwrap(), 9);
    let later = By { now_ms: 60_999, ..BY };
    assert_eq!(store.revoke_all(&later).await.unwrap(), 61);
    assert!(matches!(store.revoke_application("two", &BY).await, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn a_rotation_keeps_what_was_before_until_then() {
    let (_directory, store) = fresh().await;
    token(&store, "web", 1).await.unwrap();
    application(&store, "one").await.unwrap();
    store.rotate_api_token("web", ("qs_cd", &[2; 32]), 9_000, &BY).await.unwrap();
    store.rotate_application("one", b"other", 9_000, &BY).await.unwrap();
    let token = store.api_token_by_name("web").await.unwrap().unwrap();
    assert_eq!((token.prefix.as_str(), token.hash.as_slice()), ("qs_cd", &[2; 32][..]));
    assert_eq!((token.previous_hash.as_deref(), token.previous_until_ms), (Some(&[1; 32][..]), 9_000));
    let one = store.application_by_partner("one").await.unwrap().unwrap();
    assert_eq!(
        (one.secure_key.as_slice(), one.previous_key.as_deref()),
        (&b"other"[..], Some(&b"sealed"[..]))
    );

    store.rotate_api_token("web", ("qs_ef", &[3; 32]), BY.now_ms, &BY).await.unwrap();
    store.rotate_application("one", b"third", 0, &BY).await.unwrap();
    let token = store.api_token_by_name("web").await.unwrap().unwrap();
    assert_eq!((token.previous_hash, token.previous_until_ms), (None, 0), "at once, for both before it");
    let one = store.application_by_partner("one").await.unwrap().unwrap();
    assert_eq!((one.previous_key, one.previous_until_ms), (None, 0));
    let error = store.rotate_api_token("app", ("qs_ef", &[4; 32]), 0, &BY).await.unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }), "{error}");
}

#[tokio::test]
async fn a_reader_is_told_which_callers_changed() {
    let (_directory, store) = fresh().await;
    token(&store, "web", 1).await.unwrap();
    application(&store, "one").await.unwrap();
    let first = store.registry_changes(0).await.unwrap();
    assert_eq!((first.sequence, first.change), (2, RegistryChange::Callers(vec![1, 2])));
    assert_eq!(store.registry_changes(2).await.unwrap().change, RegistryChange::Nothing);

    store.update_api_token("web", &CallerChange::default(), &BY).await.unwrap();
    store.update_api_token("web", &CallerChange::default(), &BY).await.unwrap();
    assert_eq!(store.registry_changes(2).await.unwrap().change, RegistryChange::Callers(vec![1]));
    assert_eq!(store.api_tokens_of(&[1, 2, 3]).await.unwrap().len(), 1);
    assert_eq!(store.applications_of(&[1, 2, 3]).await.unwrap().len(), 1);

    store.record_applied("somebody", 3).await.unwrap();
    store.prune_changes().await.unwrap();
    let change = store.registry_changes(3).await.unwrap().change;
    assert_eq!(change, RegistryChange::Callers(vec![1]), "what is asked for is there");
    assert_eq!(store.registry_changes(2).await.unwrap().change, RegistryChange::Everything, "one is gone");
    store.record_applied("somebody", 4).await.unwrap();
    store.prune_changes().await.unwrap();
    assert_eq!(store.registry_changes(3).await.unwrap().change, RegistryChange::Everything);
    assert_eq!(store.registry_changes(4).await.unwrap().change, RegistryChange::Nothing);

    store.set_operator_enabled("nobody", true, &BY).await.unwrap_err();
    assert_eq!(store.registry_changes(4).await.unwrap().change, RegistryChange::Nothing);
    store.create_operator("li", "owner", "qo_ab", &[1; 32], &BY).await.unwrap();
    assert_eq!(store.registry_changes(4).await.unwrap().change, RegistryChange::Everything);
}
