//! Credentials in memory: what changed is read again, and nothing else.

use engine::{
    Administration, Api, CallerUpdate, Clock, Limit, LimitChange, Limits, Rate, Registry, open_store, secrets,
};
use store::{By, CallerChange, NewApiToken};

use crate::support::{NOW_MS, administration, eventually, options, serve_at};

const NOW: i64 = NOW_MS / 1000;
const DEFAULTS: [Limits; 2] = [Limits::NONE; 2];

async fn refreshed(registry: &Registry, service: &Administration<'_>) -> usize {
    registry.refresh(service.store, service.secrets, &DEFAULTS).await.unwrap()
}

#[tokio::test]
async fn the_change_of_one_token_reads_one_row_of_100_000() {
    const TOKENS: usize = 100_000;
    let directory = tempfile::tempdir().unwrap();
    let clock = Clock::fixed(NOW_MS);
    let beside = open_store(options(directory.path())).await.unwrap();
    let service = administration(&beside, &clock);
    let (first, second) = (
        service.create_token("first", &CallerUpdate::default()).await.unwrap(),
        service.create_token("second", &CallerUpdate::default()).await.unwrap(),
    );
    many_tokens(directory.path(), TOKENS - 2).await;

    let registry = Registry::default();
    assert_eq!(refreshed(&registry, &service).await, TOKENS);
    assert_eq!((registry.callers().len(), refreshed(&registry, &service).await), (TOKENS, 0));
    let before = registry.api_token(&first.secret, NOW_MS).unwrap();
    let untouched = registry.api_token(&second.secret, NOW_MS).unwrap();

    let quota = LimitChange { quota: Some(Limit::At(7)), ..LimitChange::default() };
    let update = CallerUpdate { limits: vec![(Api::Suggest, quota)], ..CallerUpdate::default() };
    service.update_token("first", &update).await.unwrap();
    assert_eq!(refreshed(&registry, &service).await, 2, "the token and its limits");
    let after = registry.api_token(&first.secret, NOW_MS).unwrap();
    assert_eq!(
        (before.caller.limits(Api::Suggest).quota, after.caller.limits(Api::Suggest).quota),
        (None, Some(7))
    );
    assert!(std::sync::Arc::ptr_eq(&before.caller.gates[0], &after.caller.gates[0]), "what it used up stays");
    let same = registry.api_token(&second.secret, NOW_MS).unwrap();
    assert!(std::sync::Arc::ptr_eq(&untouched, &same));
    assert_eq!(registry.caller(after.caller.number).unwrap().limits(Api::Suggest).quota, Some(7));

    let rotated = service.rotate_token("first", 0).await.unwrap();
    assert_eq!(refreshed(&registry, &service).await, 2);
    assert!(registry.api_token(&first.secret, NOW_MS).is_none());
    assert!(registry.api_token(&rotated.secret, NOW_MS).is_some());
    assert_eq!(registry.callers().len(), TOKENS);
}

/// Tokens that nobody made one by one: a hundred thousand durable commits would take minutes.
async fn many_tokens(directory: &std::path::Path, count: usize) {
    let store = store::Store::open_existing(directory).await.unwrap();
    let names: Vec<String> = (0..count).map(|number| format!("token {number}")).collect();
    let hashes: Vec<[u8; 32]> = names.iter().map(|name| secrets::hash(name)).collect();
    let caller = CallerChange::default();
    let token =
        |at: usize| NewApiToken { name: &names[at], prefix: "qs", hash: &hashes[at], caller: &caller };
    let tokens: Vec<NewApiToken<'_>> = (0..count).map(token).collect();
    store.create_api_tokens(&tokens, &By { who: "a test", now_ms: NOW_MS }).await.unwrap();
    store.close().await;
}

#[tokio::test]
async fn what_was_rotated_is_good_until_the_overlap_ends() {
    let directory = tempfile::tempdir().unwrap();
    let clock = Clock::fixed(NOW_MS);
    let beside = open_store(options(directory.path())).await.unwrap();
    let service = administration(&beside, &clock);
    let old_token = service.create_token("web", &CallerUpdate::default()).await.unwrap().secret;
    let old_key = service.create_application("demo", &CallerUpdate::default(), None).await.unwrap().secret;
    let new_token = service.rotate_token("web", 60_000).await.unwrap();
    let new_key = service.rotate_application("demo", 60_000).await.unwrap();
    assert_eq!(
        (new_token.previous_until_ms, new_key.previous_until_ms),
        (Some(NOW_MS + 60_000), Some(NOW_MS + 60_000))
    );
    let registry = Registry::default();
    refreshed(&registry, &service).await;

    let keys = |now_ms| {
        let application = registry.application("demo").unwrap();
        application.keys(now_ms).map(str::to_owned).collect::<Vec<_>>()
    };
    let known = |token: &str, now_ms| registry.api_token(token, now_ms).is_some();
    let last = NOW_MS + 59_999;
    assert!(known(&old_token, last) && known(&new_token.secret, last));
    assert_eq!(keys(last), [new_key.secret.clone(), old_key.clone()]);
    assert!(!known(&old_token, last + 1) && known(&new_token.secret, last + 1));
    assert_eq!(keys(last + 1), std::slice::from_ref(&new_key.secret));
    assert_eq!(service.show_token("web").await.unwrap().previous_until_ms, Some(NOW_MS + 60_000));

    let token = registry.api_token(&new_token.secret, NOW_MS).unwrap();
    let printed = format!("{token:?} {:?}", registry.application("demo").unwrap());
    for secret in [&old_token, &new_token.secret, &old_key, &new_key.secret] {
        assert!(!printed.contains(secret.as_str()), "{printed}");
        assert!(!printed.contains(&secrets::hex(&secrets::hash(secret))), "{printed}");
    }
}

#[tokio::test]
async fn revoked_tokens_are_dead_and_new_ones_of_the_same_second_live() {
    let directory = tempfile::tempdir().unwrap();
    let clock = Clock::fixed(NOW_MS);
    let engine = serve_at(directory.path(), &clock).await;
    let beside = open_store(options(directory.path())).await.unwrap();
    let service = administration(&beside, &clock);
    for partner in ["one", "two"] {
        service.create_application(partner, &CallerUpdate::default(), None).await.unwrap();
    }
    let registry = engine.registry();
    eventually("the registry is read", || registry.application("two").is_some()).await;
    let user = |partner: &str, uuid: &str| {
        engine.secrets().user(registry.application(partner).unwrap().number, uuid)
    };
    // Whether a token of that moment is dead.
    let dead = |partner: &str, uuid: &str, issued| {
        registry.revoked(&registry.application(partner).unwrap(), user(partner, uuid), issued)
    };
    let issued = |partner: &str, uuid: &str| {
        registry.issued_at(&registry.application(partner).unwrap(), user(partner, uuid), NOW)
    };
    assert!(!dead("one", "u", 0));
    assert_eq!(issued("one", "u"), NOW);

    service.revoke_user("one", "u").await.unwrap();
    eventually("one user's are dead", || dead("one", "u", NOW)).await;
    assert!(!dead("one", "other", NOW) && !dead("two", "u", NOW), "nobody else's");
    assert_eq!(issued("one", "u"), NOW + 1);
    assert!(!dead("one", "u", NOW + 1));

    service.revoke_application("one").await.unwrap();
    eventually("one application's are dead", || dead("one", "other", NOW)).await;
    assert!(dead("one", "u", NOW + 1), "those since the user's revocation too");
    assert!(!dead("two", "u", NOW));
    assert!(!dead("one", "u", issued("one", "u")));

    service.revoke_all().await.unwrap();
    eventually("all are dead", || dead("two", "u", NOW)).await;
    assert!(dead("one", "u", NOW + 2));
    assert!(!dead("one", "u", issued("one", "u")) && !dead("two", "u", issued("two", "u")));

    assert!(service.revoke_user("three", "u").await.is_err());
    engine.close().await;
}

#[tokio::test]
async fn limits_are_the_configurations_unless_they_are_set() {
    let directory = tempfile::tempdir().unwrap();
    let clock = Clock::fixed(NOW_MS);
    let beside = open_store(options(directory.path())).await.unwrap();
    let service = administration(&beside, &clock);
    let rate = Rate { calls: 5, period_ms: 1_000 };
    let change =
        LimitChange { rate: Some(Limit::At(rate)), quota: Some(Limit::None), ..LimitChange::default() };
    let update = CallerUpdate { limits: vec![(Api::Search, change)], ..CallerUpdate::default() };
    service.create_application("demo", &update, Some(true)).await.unwrap();
    let defaults = [Limits { quota: Some(100), burst: Some(9), ..Limits::NONE }; 2];
    let registry = Registry::default();
    registry.refresh(service.store, service.secrets, &defaults).await.unwrap();
    let application = registry.application("demo").unwrap();
    let expected = Limits { rate: Some(rate), ..Limits::NONE };
    assert_eq!(*application.caller.limits(Api::Search), expected);
    assert_eq!(*application.caller.limits(Api::Suggest), defaults[0]);
    assert!(application.refuse_repeated_nonce);

    let price = LimitChange { price: Some(Some(1)), ..LimitChange::default() };
    let update = CallerUpdate { limits: vec![(Api::Search, price)], ..CallerUpdate::default() };
    let error = service.update_application("demo", &update, None).await.unwrap_err();
    assert!(error.to_string().contains("no account that pays"), "{error}");
    let update = CallerUpdate { account: Some(Some("nobody".to_owned())), ..CallerUpdate::default() };
    let error = service.update_application("demo", &update, None).await.unwrap_err();
    assert!(error.to_string().contains("no account \"nobody\""), "{error}");
}
