use super::*;
use chrono::TimeDelta;
use data_encoding::BASE64;
use secrecy::SecretString;

fn post(text: &str, key: &str) -> TestRequest {
    by(TestRequest::post().uri("/api/v1/notes"), "own:case:note")
        .insert_header(("idempotency-key", key))
        .set_json(note(text))
}

fn key() -> String {
    CaseId::new().to_string()
}

#[actix_web::test]
async fn the_same_request_twice_has_one_effect_and_one_answer() {
    let world = world();
    let service = world.service().await;
    let (text, key) = (fresh_text(), key());
    let first = send(&service, post(&text, &key)).await;
    let second = send(&service, post(&text, &key)).await;
    assert_eq!((first.status, second.status), (201, 201));
    assert_eq!(first.body, second.body);
    assert_eq!(first.header("location"), second.header("location"));
    assert_eq!(first.header("etag"), second.header("etag"));
    assert_eq!((first.header("idempotency-replayed"), second.header("idempotency-replayed")), ("", "true"));
    assert_eq!(world.notes(&text).await, 1);
}

#[actix_web::test]
async fn another_body_with_the_same_key_is_refused() {
    let world = world();
    let service = world.service().await;
    let (text, key) = (fresh_text(), key());
    assert_eq!(send(&service, post(&text, &key)).await.status, 201);
    let other = send(&service, post("other", &key)).await;
    assert_eq!((other.status, other.code()), (422, "key_reused"));
}

#[actix_web::test]
async fn many_at_once_have_one_effect() {
    let world = world();
    let service = world.service().await;
    let (text, key) = (fresh_text(), key());
    let all = futures_util::future::join_all((0..20).map(|_| send(&service, post(&text, &key)))).await;
    assert!(all.iter().all(|got| got.status == 201), "{:?}", all.iter().map(|g| g.text.clone()).collect::<Vec<_>>());
    assert!(all.iter().all(|got| got.body == all[0].body));
    assert_eq!(all.iter().filter(|got| got.header("idempotency-replayed").is_empty()).count(), 1);
    assert_eq!(world.notes(&text).await, 1);
}

#[actix_web::test]
async fn a_refused_request_may_be_corrected_under_the_same_key() {
    let world = world();
    let service = world.service().await;
    let (text, key) = (fresh_text(), key());
    assert_eq!(send(&service, post("", &key)).await.status, 400);
    assert_eq!(send(&service, post(&text, &key)).await.status, 201);
}

#[actix_web::test]
async fn a_key_is_forgotten_after_a_day() {
    let world = world();
    let service = world.service().await;
    let (text, key) = (fresh_text(), key());
    // Long before the keys of all other tests, which may share the database.
    world.clock.set("2020-01-01T00:00:00Z".parse().unwrap());
    let start = world.clock.now();
    assert_eq!(send(&service, post(&text, &key)).await.status, 201);
    world.clock.set(start.plus(TimeDelta::hours(24)));
    assert_eq!(send(&service, post(&text, &key)).await.header("idempotency-replayed"), "true");
    world.clock.set(start.plus(TimeDelta::hours(24) + TimeDelta::microseconds(1)));
    assert_eq!(send(&service, post("other words", &key)).await.status, 201);
    assert_eq!(send(&service, post("other words", &key)).await.header("idempotency-replayed"), "true");
    world.clock.set(start.plus(TimeDelta::hours(49)));
    assert!(world.door.purge_keys().await.unwrap() >= 1);
    assert_eq!(send(&service, post(&text, &key)).await.header("idempotency-replayed"), "");
    assert_eq!(world.notes(&text).await, 2);
}

#[actix_web::test]
async fn a_key_has_at_least_sixteen_visible_characters() {
    let world = world();
    let service = world.service().await;
    for bad in ["short", "", "with a space in the middle", &"x".repeat(256)] {
        let got = send(&service, post("a", bad)).await;
        assert_eq!((got.status, got.code()), (400, "bad_idempotency_key"), "{bad}");
    }
    let twice = post("a", &key()).append_header(("idempotency-key", key()));
    assert_eq!(send(&service, twice).await.code(), "bad_idempotency_key");
}

#[actix_web::test]
async fn strangers_with_the_same_key_do_not_get_each_others_answers() {
    let world = world();
    let service = world.service().await;
    let (a, b, key) = (fresh_text(), fresh_text(), key());
    let open = |text: &str| {
        let post = TestRequest::post().uri("/api/v1/open-notes").insert_header(("idempotency-key", key.as_str()));
        send(&service, post.set_json(note(text)))
    };
    let (first, other, again) = (open(&a).await, open(&b).await, open(&a).await);
    assert_eq!((first.status, other.status, again.status), (201, 201, 201));
    assert_eq!(other.header("idempotency-replayed"), "");
    assert_eq!((again.header("idempotency-replayed"), &again.body), ("true", &first.body));
    // Nor does somebody who is known.
    let known = send(&service, post(&a, &key)).await;
    assert_eq!((known.status, known.header("idempotency-replayed")), (201, ""));
}

#[actix_web::test]
async fn a_stored_key_does_not_tell_who_used_it_where() {
    let world = world();
    let service = world.service().await;
    let key = key();
    assert_eq!(send(&service, post(&fresh_text(), &key)).await.status, 201);
    let scopes = world.scopes(&key).await;
    assert_eq!(scopes.len(), 1);
    assert!(!scopes[0].contains("acct_") && !scopes[0].contains("notes"), "{scopes:?}");
}

#[actix_web::test]
async fn a_request_is_known_again_while_master_keys_are_exchanged() {
    let master = |id: &str, byte: u8| SecretString::from(format!("{id}:{}", BASE64.encode(&[byte; 32])));
    let ring = |entries: &[SecretString]| Keyring::from_entries(entries).unwrap();
    let world = world().with_keys(ring(&[master("k1", 1)]));
    let (text, key) = (fresh_text(), key());
    assert_eq!(send(&world.service().await, post(&text, &key)).await.status, 201);
    let world = world.with_keys(ring(&[master("k2", 2), master("k1", 1)]));
    let again = send(&world.service().await, post(&text, &key)).await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (201, "true"));
    assert_eq!(world.notes(&text).await, 1);
}
